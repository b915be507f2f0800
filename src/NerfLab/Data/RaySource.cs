using System.Runtime.InteropServices;
using NerfLab.Math;

namespace NerfLab.Data;

/// <summary>What is behind the objects while a field is trained and measured.</summary>
public enum Background
{
    /// <summary>White: the convention of the Blender scenes.</summary>
    White,

    /// <summary>Black.</summary>
    Black,

    /// <summary>A new colour for every ray while training, which forbids a field to paint fog in the background's colour; white when measured.</summary>
    Random,
}

/// <summary>Rays with what was photographed along them.</summary>
/// <param name="Rays">R rays.</param>
/// <param name="Rgb">[R,3], 0 to 1, in front of <paramref name="Background"/> where the pictures have alpha.</param>
/// <param name="Background">[R,3], the colour to put behind a rendering of these rays.</param>
public sealed record Batch(Rays Rays, Tensor Rgb, Tensor Background);

/// <summary>Draws random pixels from all pictures of a split. The pictures are kept with 8 bits per sample.</summary>
public sealed class RaySource : IDisposable
{
    const long MostGarbage = 64 << 20; // bytes

    readonly Photographs _photographs;
    readonly SeePixels _see;
    readonly IReadOnlyList<View> _views;
    readonly CountingPixels? _counting; // null where there is no mask
    readonly int _channels;
    readonly torch.Device _device;

    /// <summary>Reads all pictures.</summary>
    /// <param name="views">At least one.</param>
    /// <param name="device">Where the pixels are kept and the rays are made.</param>
    /// <param name="progress">Told after each picture how many have been read.</param>
    /// <param name="see">How pixels become rays and colours; null for the reference, <see cref="Math.Pixels.See"/>.</param>
    /// <exception cref="BadInputException">A picture cannot be read.</exception>
    public RaySource(IReadOnlyList<View> views, torch.Device device, Action<int>? progress = null, SeePixels? see = null)
    {
        if (views.Count == 0) throw new BadInputException("the scene has no view to learn from");
        using var scope = torch.NewDisposeScope();
        (_device, _views, _see) = (device, views, see ?? Math.Pixels.See);
        _channels = views.Any(v => v.HasAlpha) ? 4 : 3;
        var first = new long[views.Count];
        for (int i = 1; i < views.Count; i++) first[i] = first[i - 1] + (long)views[i - 1].Camera.Width * views[i - 1].Camera.Height;
        Pixels = first[^1] + (long)views[^1].Camera.Width * views[^1].Camera.Height;

        var pixels = torch.empty([Pixels, _channels], torch.uint8);
        Tensor? counting = null; // [P]
        long garbage = 0;
        for (int i = 0; i < views.Count; i++)
        {
            var bitmap = views[i].Read();
            long count = (long)bitmap.Width * bitmap.Height;
            // A tensor for each picture would leave holes that the C library does not fill again.
            Fill(pixels.narrow(0, first[i], count).bytes, bitmap.Samples, bitmap.Channels);
            if (views[i].ReadMask() is { } mask)
            {
                counting ??= torch.ones([Pixels], torch.uint8);
                MemoryMarshal.AsBytes(mask.AsSpan()).CopyTo(counting.narrow(0, first[i], mask.Length).bytes);
            }
            progress?.Invoke(i + 1);
            // Read pictures are of no more use, but the collector would let as much of them pile up as there are pixels.
            if ((garbage += bitmap.Samples.Length) <= MostGarbage) continue;
            GC.Collect();
            garbage = 0;
        }
        if (counting is not null) _counting = new CountingPixels(counting.to(device));
        if (_counting?.Count == 0) throw new BadInputException("the masks exclude every pixel of every view; white means that a pixel counts");
        _photographs = new Photographs(
            pixels.to(device).DetachFromDisposeScope(),
            Cameras.Pack([.. views.Select(v => v.Camera)]).to(device).DetachFromDisposeScope(),
            torch.tensor(first).to(device).DetachFromDisposeScope(),
            torch.tensor(views.Select(v => (long)v.Camera.Width).ToArray()).to(device).DetachFromDisposeScope(),
            views.Any(v => !v.Camera.Distortion.IsNone));
    }

    /// <summary>Copies the samples of a picture; one without alpha among others that have it is opaque.</summary>
    void Fill(Span<byte> target, byte[] samples, int channels)
    {
        if (channels == _channels)
        {
            samples.CopyTo(target);
            return;
        }
        target.Fill(255);
        for (int from = 0, to = 0; from < samples.Length; from += channels, to += _channels) samples.AsSpan(from, channels).CopyTo(target[to..]);
    }

    /// <summary>Pixels of all pictures together.</summary>
    public long Pixels { get; }

    /// <summary>Draws rays with replacement, all pixels that count (<see cref="View.ReadMask"/>) equally likely.</summary>
    /// <param name="rays">R.</param>
    /// <param name="background">What to put behind transparent pixels.</param>
    /// <param name="random">The stream to draw from.</param>
    public Batch Draw(long rays, Background background, torch.Generator random)
    {
        var pixel = torch.randint(0, _counting?.Count ?? Pixels, [rays], torch.int64, generator: random).to(_device);
        if (_counting is not null) pixel = _counting.At(pixel);
        return At(pixel, Behind(rays, background, random));
    }

    /// <summary>Draws a square of rays out of a random place of a random view, all views that are large enough equally likely. Masks are not looked at.</summary>
    /// <param name="size">P: the patch has P x P rays, row by row.</param>
    /// <param name="stride">Pixels from one ray of the patch to the next, at least 1: a patch of the same size that shows more.</param>
    /// <param name="background">What to put behind transparent pixels.</param>
    /// <param name="random">The stream to draw from.</param>
    /// <exception cref="BadInputException">No view is large enough.</exception>
    public Batch DrawPatch(int size, int stride, Background background, torch.Generator random)
    {
        int extent = (size - 1) * stride + 1, fitting = _views.Count(v => v.Camera.Width >= extent && v.Camera.Height >= extent);
        if (fitting == 0) throw new BadInputException($"patches of {size}x{size} pixels, {stride} apart, are larger than every picture; smaller ones are expected");
        var chosen = Below(fitting);
        var view = 0;
        for (; chosen > 0 || _views[view].Camera.Width < extent || _views[view].Camera.Height < extent; view++)
            if (_views[view].Camera.Width >= extent && _views[view].Camera.Height >= extent) chosen--;
        var camera = _views[view].Camera;
        int row = Below(camera.Height - extent + 1), column = Below(camera.Width - extent + 1);
        return Patch(view, row, column, size, stride, background, random);

        int Below(int count)
        {
            using var drawn = torch.randint(0, count, [1], torch.int64, generator: random);
            return (int)drawn.ToInt64();
        }
    }

    /// <summary>The square of rays at a place of a view.</summary>
    /// <param name="view">Index into the views.</param>
    /// <param name="row">Of the upper left ray.</param>
    /// <param name="column">Of the upper left ray.</param>
    /// <param name="size">P: the patch has P x P rays, row by row.</param>
    /// <param name="stride">Pixels from one ray of the patch to the next, at least 1.</param>
    /// <param name="background">What to put behind transparent pixels.</param>
    /// <param name="random">The stream to draw a random background from.</param>
    /// <exception cref="BadInputException">The patch does not lie within the picture.</exception>
    public Batch Patch(int view, int row, int column, int size, int stride, Background background, torch.Generator random)
    {
        var (camera, extent) = (_views[view].Camera, (size - 1) * stride + 1);
        if (size < 1 || stride < 1 || row < 0 || column < 0 || row + extent > camera.Height || column + extent > camera.Width)
            throw new BadInputException($"{_views[view].Name}: a patch of {size}x{size} pixels, {stride} apart, at row {row} and column {column} does not lie within {camera.Width}x{camera.Height}");
        var steps = torch.arange((long)size, torch.int64, _device) * stride;
        var pixel = _photographs.First[view] + (row + steps).unsqueeze(1) * camera.Width + column + steps; // [P,P]
        return At(pixel.flatten(), Behind((long)size * size, background, random));
    }

    Batch At(Tensor pixel, Tensor behind)
    {
        var (rays, rgb) = _see(_photographs, pixel, behind);
        return new Batch(rays, rgb, behind);
    }

    Tensor Behind(long rays, Background background, torch.Generator random) => background switch
    {
        Background.White => torch.ones(rays, 3, device: _device),
        Background.Black => torch.zeros(rays, 3, device: _device),
        _ => Sampling.Uniform([rays, 3], random, _device),
    };

    /// <summary>Frees the pixels.</summary>
    public void Dispose()
    {
        _photographs.Dispose();
        _counting?.Dispose();
    }
}
