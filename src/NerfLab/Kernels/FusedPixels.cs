using System.Numerics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="Pixels.See"/> in one pass over the rays: each is found, made and coloured where it is drawn.</summary>
internal static unsafe class FusedPixels
{
    const int Block = 256;

    /// <summary>Rays and colours; the reference takes what this does not know: other devices and dtypes, and lenses that are not ideal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such pixel.</exception>
    public static (Rays Rays, Tensor Rgb) See(Photographs photographs, Tensor pixel, Tensor behind)
    {
        if (photographs.Distorted || photographs.Pixels.device_type != DeviceType.CPU || pixel.device_type != DeviceType.CPU || pixel.dtype != torch.ScalarType.Int64
            || !AreFloats(behind) || behind.requires_grad)
            return Pixels.See(photographs, pixel, behind);
        int count = (int)pixel.shape[0];
        long pixels = photographs.Pixels.shape[0];
        using var chosen = pixel.contiguous();
        using var background = behind.expand(count, 3).contiguous();
        foreach (long p in new ReadOnlySpan<long>(Longs(chosen), count))
            if ((ulong)p >= (ulong)pixels) throw new ArgumentOutOfRangeException(nameof(pixel), p, $"pixel: expected 0 to {pixels - 1}");
        var (origins, directions, rgb) = (torch.empty([count, 3]), torch.empty([count, 3]), torch.empty([count, 3]));
        var table = new Table(photographs);
        long* numbers = Longs(chosen);
        Vector3* from = (Vector3*)Floats(origins), along = (Vector3*)Floats(directions), colors = (Vector3*)Floats(rgb), backs = (Vector3*)Floats(background);
        Parallel.For(0, (count + Block - 1) / Block, block => See(table, numbers, backs, from, along, colors, block * Block, int.Min(count, (block + 1) * Block)));
        GC.KeepAlive(photographs);
        return (new Rays(origins, directions), rgb);
    }

    static void See(Table table, long* pixel, Vector3* behind, Vector3* origins, Vector3* directions, Vector3* rgb, int first, int last)
    {
        // Pixels lie far apart in memory: without work between them they are waited for together.
        for (int i = first; i < last; i++) rgb[i] = table.Color(pixel[i], behind[i]);
        for (int i = first; i < last; i++) (origins[i], directions[i]) = table.Ray(pixel[i]);
    }

    /// <summary>The memory of photographs.</summary>
    readonly struct Table(Photographs photographs)
    {
        readonly byte* _pixels = Bytes(photographs.Pixels);
        readonly float* _cameras = Floats(photographs.Packed);
        readonly long* _first = Longs(photographs.First), _widths = Longs(photographs.Widths);
        readonly int _channels = (int)photographs.Pixels.shape[1], _views = (int)photographs.First.shape[0];

        public (Vector3 Origin, Vector3 Direction) Ray(long pixel)
        {
            // The last view that begins at or before the pixel.
            int view = 0;
            for (int above = _views; above - view > 1;)
            {
                int middle = (view + above) / 2;
                if (_first[middle] <= pixel) view = middle;
                else above = middle;
            }
            long within = pixel - _first[view], row = within / _widths[view];
            float* c = _cameras + view * Cameras.PackedSize;
            float x = (within - row * _widths[view] + 0.5f - c[2]) / c[0], y = (row + 0.5f - c[3]) / c[1];
            var direction = x * *(Vector3*)(c + Cameras.Right) + y * *(Vector3*)(c + Cameras.Down) + *(Vector3*)(c + Cameras.Forward);
            return (*(Vector3*)(c + Cameras.Position), direction / float.Max(direction.Length(), 1e-12f));
        }

        public Vector3 Color(long pixel, Vector3 behind)
        {
            byte* p = _pixels + pixel * _channels;
            var color = new Vector3(p[0], p[1], p[2]) / 255;
            if (_channels == 3) return color;
            float alpha = p[3] / 255f;
            return color * alpha + behind * (1 - alpha);
        }
    }
}
