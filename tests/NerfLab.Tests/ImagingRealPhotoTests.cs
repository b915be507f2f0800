using NerfLab.Imaging;

namespace NerfLab.Tests;

public class ImagingRealPhotoTests
{
    [Fact]
    public void Photographs_of_the_fox()
    {
        var files = Directory.GetFiles(RealData.Path("scenes/fox/images"), "*.jpg");
        Assert.Equal(50, files.Length);
        Assert.All(files, f => Assert.Equal((1080, 1920), ImageFile.ReadSize(f)));
        var photo = ImageFile.ReadBitmap(RealData.Path("scenes/fox/images/0001.jpg"));
        Assert.Equal((1080, 1920, 3, 8), (photo.Width, photo.Height, photo.Channels, photo.Bits));
        Assert.InRange(photo.Samples.Average(s => (double)s), 60, 200);
        var half = photo.Resize(540, 960);
        Assert.Equal(photo.Samples.Average(s => (double)s), half.Samples.Average(s => (double)s), 0.6); // rounding up of halves adds at most 0.5
        for (var i = 0; i < 1000; i++)
        {
            int x = i * 7 % 540, y = i * 13 % 960, c = i % 3;
            int At(int dx, int dy) => photo.Samples[((2 * y + dy) * 1080 + 2 * x + dx) * 3 + c];
            Assert.Equal((At(0, 0) + At(1, 0) + At(0, 1) + At(1, 1) + 2) / 4, half.Samples[(y * 540 + x) * 3 + c]);
        }
    }

    [Fact]
    public void Renderings_of_the_lego()
    {
        var picture = ImageFile.ReadBitmap(RealData.Path("scenes/lego_400/train/r_0.png"));
        Assert.Equal((400, 400, 4, 8), (picture.Width, picture.Height, picture.Channels, picture.Bits));
        Assert.Equal(0, picture.Samples[3]); // nothing in the corner
        Assert.Equal(255, picture.Samples[(200 * 400 + 200) * 4 + 3]); // the excavator in the middle
        Assert.Equal(picture.Samples, ImageFile.Decode(ImageFile.Encode(picture, ImageFormat.Png), "again").Samples);
    }

    [Theory]
    [InlineData("styles/composition_vii.jpg", 1071, 712)] // big-endian EXIF
    [InlineData("styles/great_wave.jpg", 928, 514)] // progressive
    [InlineData("styles/starry_night.jpg", 1024, 640)]
    [InlineData("styles/the_scream.jpg", 1200, 1528)]
    public void Paintings(string name, int width, int height)
    {
        Assert.Equal((width, height), ImageFile.ReadSize(RealData.Path(name)));
        var painting = ImageFile.ReadBitmap(RealData.Path(name));
        Assert.Equal((width, height, 3), (painting.Width, painting.Height, painting.Channels));
    }
}
