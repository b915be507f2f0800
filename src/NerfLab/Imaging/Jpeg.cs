#if !IMAGES_PACKAGE
using System.Runtime.InteropServices;

namespace NerfLab.Imaging;

/// <summary>JPEG through libjpeg-turbo's TurboJPEG interface, version 2.</summary>
internal static unsafe partial class Jpeg
{
    public const string Library = "libturbojpeg.so.0";

    // Values of turbojpeg.h. A scan limit keeps a small progressive file from costing minutes.
    private const int Rgb = 0, Grey = 6, Subsampling444 = 0, SubsamplingGrey = 3, AccurateDct = 4096, StopOnWarning = 8192, LimitScans = 32768;

    public static Bitmap Decode(ReadOnlySpan<byte> file, ImageHeader header)
    {
        var handle = tjInitDecompress();
        try
        {
            var bitmap = new Bitmap(header.Width, header.Height, header.Channels);
            // The library never writes beyond the size it is given, also where it should read the header differently.
            // Missing data it would fill with grey and only warn: that is an error here.
            fixed (byte* data = file, samples = bitmap.Samples)
                Check(handle, tjDecompress2(handle, data, new CULong((nuint)file.Length), samples, bitmap.Width, 0, bitmap.Height,
                    bitmap.Channels == 1 ? Grey : Rgb, AccurateDct | StopOnWarning | LimitScans), "the JPEG is damaged or truncated ({0}); fetch it again");
            return bitmap;
        }
        finally
        {
            tjDestroy(handle);
        }
    }

    public static byte[] Encode(Bitmap bitmap, int quality)
    {
        var handle = tjInitCompress();
        byte* buffer = null;
        CULong length = default;
        try
        {
            fixed (byte* samples = bitmap.Samples)
                Check(handle, tjCompress2(handle, samples, bitmap.Width, 0, bitmap.Height, bitmap.Channels == 1 ? Grey : Rgb, ref buffer, ref length,
                    bitmap.Channels == 1 ? SubsamplingGrey : Subsampling444, quality, AccurateDct), "a JPEG cannot hold this picture ({0}); write a PNG");
            return new ReadOnlySpan<byte>(buffer, checked((int)length.Value)).ToArray();
        }
        finally
        {
            tjFree(buffer);
            tjDestroy(handle);
        }
    }

    private static void Check(nint handle, int error, string sentence)
    {
        if (error != 0) throw new InvalidDataException(string.Format(sentence, "libjpeg-turbo: " + Marshal.PtrToStringUTF8(tjGetErrorStr2(handle))));
    }

    [LibraryImport(Library)] private static partial nint tjInitDecompress();
    [LibraryImport(Library)] private static partial nint tjInitCompress();
    [LibraryImport(Library)] private static partial int tjDestroy(nint handle);
    [LibraryImport(Library)] private static partial void tjFree(byte* buffer);
    [LibraryImport(Library)] private static partial nint tjGetErrorStr2(nint handle);
    [LibraryImport(Library)] private static partial int tjDecompress2(nint handle, byte* data, CULong size, byte* samples, int width, int pitch, int height, int format, int flags);
    [LibraryImport(Library)] private static partial int tjCompress2(nint handle, byte* samples, int width, int pitch, int height, int format, ref byte* data, ref CULong size, int subsampling, int quality, int flags);
}
#endif
