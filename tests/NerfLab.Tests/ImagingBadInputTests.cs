using System.Buffers.Binary;
using System.Text;
using NerfLab.Imaging;

namespace NerfLab.Tests;

public sealed class ImagingBadInputTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    private static readonly byte[] png = ImageFile.Encode(Noise(40, 30, 4), ImageFormat.Png);
    private static readonly byte[] jpeg = ImageFile.Encode(Noise(64, 48, 3), ImageFormat.Jpeg, 90);

    private static Bitmap Noise(int width, int height, int channels)
    {
        var bitmap = new Bitmap(width, height, channels);
        new Random(3).NextBytes(bitmap.Samples);
        return bitmap;
    }

    private void Refused(string name, byte[]? content, params string[] words)
    {
        if (content != null) File.WriteAllBytes(folder[name], content);
        var error = Assert.Throws<BadInputException>(() => ImageFile.ReadBitmap(folder[name]));
        Assert.StartsWith(folder[name] + ": ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
        foreach (var word in words) Assert.Contains(word, error.Message);
    }

    private void SizeRefused(string name, params string[] words)
    {
        var error = Assert.Throws<BadInputException>(() => ImageFile.ReadSize(folder[name]));
        foreach (var word in (string[])[folder[name], .. words]) Assert.Contains(word, error.Message);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        Refused("nothing.png", null, "no such picture");
        Refused("no/folder.png", null, "no such picture");
        SizeRefused("nothing.png", "no such picture");
        Directory.CreateDirectory(folder["folder.png"]);
        Refused("folder.png", null, "cannot be read");
    }

    [Fact]
    public void Files_that_are_no_pictures_are_named()
    {
        Refused("empty.png", [], "empty");
        SizeRefused("empty.png", "empty");
        Refused("text.jpg", Encoding.UTF8.GetBytes("This is not a photograph."), "neither PNG nor JPEG");
        SizeRefused("text.jpg", "neither PNG nor JPEG");
        Refused("short.png", [0x89], "neither PNG nor JPEG");
        using (var huge = File.Create(folder["huge.jpg"])) huge.SetLength(ImageFile.MaxBytes + 1); // sparse: takes no room
        Refused("huge.jpg", null, "at most");
        Refused("picture.gif", Encoding.ASCII.GetBytes("GIF89a......"), "474946383961");
    }

    [Fact]
    public void A_png_cut_anywhere_is_refused()
    {
        // The last four bytes, the checksum of the empty end mark, say nothing about the picture.
        for (var length = 8; length < png.Length - 4; length += length < 100 || length > png.Length - 50 ? 1 : 97) Refused("cut.png", png[..length], "PNG");
        Refused("cut.png", png[..(png.Length / 2)], "truncated");
    }

    [Fact]
    public void A_png_with_one_wrong_bit_is_refused()
    {
        for (var at = 8; at < png.Length - 4; at += at < 80 || at > png.Length - 30 ? 1 : 211)
        {
            var broken = (byte[])png.Clone();
            broken[at] ^= 0x10;
            Refused("bit.png", broken, "PNG");
        }
    }

    [Fact]
    public void A_wrong_checksum_of_transparency_is_refused_as_well()
    {
        var file = PngWriter.Write(4, 4, PngWriter.Palette, 8, new int[16], palette: [1, 2, 3], transparency: [9]);
        var at = file.AsSpan().IndexOf("tRNS"u8);
        file[at + 4] ^= 1;
        Refused("trns.png", file, "PNG");
    }

    [Fact]
    public void Monstrous_sizes_are_refused_before_memory_is_taken()
    {
        foreach (var (width, height, words) in new[] { (65535u, 65535u, "at most"), (0x7FFFFFFFu, 0x7FFFFFFFu, "at most"), (uint.MaxValue, 1u, "at most"), (8192u, 8192u, "more than its"), (0u, 5u, "at least 1x1 ") })
        {
            var claims = (byte[])png.Clone();
            BinaryPrimitives.WriteUInt32BigEndian(claims.AsSpan(16), width);
            BinaryPrimitives.WriteUInt32BigEndian(claims.AsSpan(20), height);
            BinaryPrimitives.WriteUInt32BigEndian(claims.AsSpan(29), PngWriter.Crc(claims.AsSpan(12, 17)));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Refused("claims.png", claims, $"{width}x{height}", words);
            SizeRefused("claims.png", $"{width}x{height}");
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 << 20);
        }
        var large = (byte[])jpeg.Clone();
        large.AsSpan(Frame(large) + 5, 4).Fill(0xFF);
        Refused("claims.jpg", large, "65535x65535", "at most");
    }

    private static int Frame(byte[] file) => file.AsSpan().IndexOf(new byte[] { 0xFF, 0xC0 });

    [Fact]
    public void A_jpeg_cut_anywhere_is_refused()
    {
        for (var length = 3; length < jpeg.Length - 2; length += length < 700 || length > jpeg.Length - 50 ? 1 : 97) Refused("cut.jpg", jpeg[..length], length < 8 ? "" : "JPEG");
        Refused("cut.jpg", jpeg[..(jpeg.Length / 2)], "truncated");
    }

    [Fact]
    public void Colours_that_are_not_supported_are_named()
    {
        byte[] cmyk = [0xFF, 0xD8, 0xFF, 0xC0, 0, 20, 8, 0, 16, 0, 16, 4, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0, 4, 0x11, 0, 0xFF, 0xD9];
        Refused("cmyk.jpg", cmyk, "CMYK", "RGB");
        SizeRefused("cmyk.jpg", "CMYK");
        cmyk[11] = 2;
        Refused("two.jpg", cmyk, "2 components");
        var twelve = (byte[])jpeg.Clone();
        twelve[Frame(twelve) + 4] = 12;
        Refused("twelve.jpg", twelve, "JPEG");
    }

    [Fact]
    public void What_a_format_cannot_hold_is_not_written()
    {
        void NotWritten(string name, Bitmap bitmap, string words, int quality = 95)
        {
            Assert.Contains(words, Assert.Throws<BadInputException>(() => ImageFile.Write(folder[name], bitmap, quality)).Message);
            Assert.Empty(Directory.GetFiles(folder["."]));
        }
        NotWritten("a.jpg", Noise(4, 4, 4), "alpha");
        NotWritten("a.jpg", Noise(4, 4, 2), "alpha");
        NotWritten("a.bmp", Noise(4, 4, 3), ".png or .jpg");
        NotWritten("a", Noise(4, 4, 3), ".png or .jpg");
        NotWritten("a.jpg", Noise(4, 4, 3), "1 to 100", quality: 0);
        NotWritten("a.jpg", Noise(4, 4, 3), "1 to 100", quality: 101);
        NotWritten("a.jpg", Noise(70000, 1, 1), "JPEG");
    }
}
