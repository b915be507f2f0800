using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;

namespace NerfLab.Kernels;

/// <summary>A plane or a line whose channels lie side by side, eight to a strip, with a border of zeros around the texels.</summary>
/// <remarks>
/// Parameters keep channels slowest, so that a sample of C channels touches C places far apart; in a strip it touches two,
/// the upper and the lower pair of texels. The border takes the place of tests: what lies outside is read from it, and
/// gradients that go there are forgotten.
/// </remarks>
/// <param name="Width">Texels along the width of a plane, or along a line.</param>
/// <param name="Height">Texels along the height of a plane; 0 for a line.</param>
/// <param name="Across">The coordinate along the width.</param>
/// <param name="Down">The coordinate along the height; of no meaning for a line.</param>
readonly unsafe record struct TexelStrips(int Width, int Height, int Across, int Down)
{
    /// <summary>Channels of a strip.</summary>
    public const int Lanes = 8;

    /// <summary>Samples that are treated together: their numbers stay in the first-level cache.</summary>
    public const int Block = 128;

    /// <summary>How many numbers <see cref="Place"/> writes: for each sample where its first texel is, and up to four weights.</summary>
    public const int PlaceSize = Block * 5;

    /// <summary>Those of a plane.</summary>
    /// <param name="plane">[...,H,W].</param>
    /// <param name="axes">Which coordinates run along width and height.</param>
    public static TexelStrips Plane(Tensor plane, PlaneAxes axes) => new((int)plane.shape[^1], (int)plane.shape[^2], axes.Across, axes.Down);

    /// <summary>Those of a line.</summary>
    /// <param name="line">[...,L].</param>
    /// <param name="axis">Which coordinate runs along it.</param>
    public static TexelStrips Line(Tensor line, int axis) => new((int)line.shape[^1], 0, axis, 0);

    /// <summary>Whether its coordinates are x, y or z, and an integer can count its numbers.</summary>
    public bool IsKnown => Across is >= 0 and < 3 && Down is >= 0 and < 3 && (Width + 2L) * (Height + 2L) * Lanes <= int.MaxValue;

    /// <summary>Numbers from one row of texels to the next.</summary>
    int Pitch => (Width + 2) * Lanes;

    int Rows => int.Max(Height, 1);

    /// <summary>Numbers of a strip.</summary>
    public long Size => (long)Pitch * (Height == 0 ? 1 : Height + 2);

    /// <summary>The first texel behind the border.</summary>
    int First => Lanes + (Height == 0 ? 0 : Pitch);

    /// <summary>Copies channels, [count, texels], into a strip; those that it does not have become 0.</summary>
    public void Fill(float* channels, int count, float* strip)
    {
        nint step = (nint)Rows * Width;
        // Any channel can stand for those that are not there: they are masked.
        nint c1 = Step(1), c2 = Step(2), c3 = Step(3), c4 = Step(4), c5 = Step(5), c6 = Step(6), c7 = Step(7);
        var mask = Vector256.LessThan(Vector256<int>.Indices, Vector256.Create(count)).AsSingle();
        Clear(First);
        for (int row = 0; row < Rows; row++)
        {
            if (row > 0) Clear(2 * Lanes);
            for (int i = 0; i < Width; i++, channels++, strip += Lanes)
                (mask & Vector256.Create(*channels, channels[c1], channels[c2], channels[c3], channels[c4], channels[c5], channels[c6], channels[c7])).Store(strip);
        }
        Clear(First);

        void Clear(int numbers)
        {
            new Span<float>(strip, numbers).Clear();
            strip += numbers;
        }

        nint Step(int channel) => channel < count ? channel * step : 0;
    }

    /// <summary>Copies a strip back into channels, [count, texels], without its border.</summary>
    public void Read(float* strip, int count, float* channels)
    {
        for (int row = 0; row < Rows; row++)
            for (int c = 0; c < count; c++)
            {
                float* source = strip + First + (long)row * Pitch + c, target = channels + ((long)c * Rows + row) * Width;
                for (int i = 0; i < Width; i++) target[i] = source[(long)i * Lanes];
            }
    }

    /// <summary>Finds the texels around the samples of a block.</summary>
    /// <param name="x">Coordinates, -1 to 1, a block of the first axis.</param>
    /// <param name="step">From there to the block of the next axis.</param>
    /// <param name="convention">Where texels lie.</param>
    /// <param name="place"><see cref="PlaceSize"/> numbers: the first texel of each sample as an integer, then weights texel by texel.</param>
    public void Place(float* x, long step, PlaneConvention convention, float* place)
    {
        for (int i = 0; i < Block; i += Lanes)
        {
            var column = Cell(Vector256.Load(x + Across * step + i), Width, convention, out var right);
            float* weights = place + Block + i;
            if (Height == 0)
            {
                (column * Lanes).Store((int*)place + i);
                (Vector256<float>.One - right).Store(weights);
                right.Store(weights + Block);
                continue;
            }
            var row = Cell(Vector256.Load(x + Down * step + i), Height, convention, out var lower);
            (row * Pitch + column * Lanes).Store((int*)place + i);
            Vector256<float> left = Vector256<float>.One - right, upper = Vector256<float>.One - lower;
            (upper * left).Store(weights);
            (upper * right).Store(weights + Block);
            (lower * left).Store(weights + 2 * Block);
            (lower * right).Store(weights + 3 * Block);
        }
    }

    /// <summary>The texel before a coordinate, counted from that of the border, and how far the coordinate is from it towards the next.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<int> Cell(Vector256<float> x, int texels, PlaneConvention convention, out Vector256<float> fraction)
    {
        // In the order in which libtorch computes it, for the same bits.
        var at = convention.AlignCorners ? (x + Vector256<float>.One) * ((texels - 1) * 0.5f) : (x + Vector256<float>.One) * (texels * 0.5f) - Vector256.Create(0.5f);
        // Outside the border is as far away as beyond it. Not-a-number goes to the first texel with a weight that is not a
        // number, so that it is seen.
        at = convention.Padding == PlanePadding.Border
            ? Vector256.Min(Vector256.Max(at, Vector256<float>.Zero), Vector256.Create(texels - 1f))
            : Vector256.Min(Vector256.Max(at, Vector256.Create(-1f)), Vector256.Create((float)texels));
        var cell = Vector256.Min(Vector256.Floor(at), Vector256.Create(texels - 1f));
        fraction = at - cell;
        return Vector256.ConvertToInt32(cell) + Vector256<int>.One;
    }

    /// <summary>Mixes the texels around each sample.</summary>
    /// <param name="strip">The strip.</param>
    /// <param name="place">From <see cref="Place"/>.</param>
    /// <param name="values">[count,8], replaced or multiplied.</param>
    /// <param name="count">Samples.</param>
    /// <param name="multiply">Whether to multiply.</param>
    public void Sample(float* strip, float* place, float* values, int count, bool multiply)
    {
        float* weights = place + Block;
        int pitch = Pitch;
        bool line = Height == 0;
        for (int i = 0; i < count; i++)
        {
            float* texel = strip + ((int*)place)[i];
            var mixed = Vector256.Create(weights[i]) * Vector256.Load(texel);
            mixed = Vector256.FusedMultiplyAdd(Vector256.Create(weights[i + Block]), Vector256.Load(texel + Lanes), mixed);
            if (!line)
            {
                texel += pitch;
                mixed = Vector256.FusedMultiplyAdd(Vector256.Create(weights[i + 2 * Block]), Vector256.Load(texel), mixed);
                mixed = Vector256.FusedMultiplyAdd(Vector256.Create(weights[i + 3 * Block]), Vector256.Load(texel + Lanes), mixed);
            }
            if (multiply) mixed *= Vector256.Load(values + i * Lanes);
            mixed.Store(values + i * Lanes);
        }
    }

    /// <summary>Adds to the texels around each sample what its gradient asks of them.</summary>
    /// <param name="strip">The strip.</param>
    /// <param name="place">From <see cref="Place"/>.</param>
    /// <param name="gradients">[count,8].</param>
    /// <param name="count">Samples.</param>
    public void Scatter(float* strip, float* place, float* gradients, int count)
    {
        float* weights = place + Block;
        int pitch = Pitch;
        bool line = Height == 0;
        for (int i = 0; i < count; i++)
        {
            float* texel = strip + ((int*)place)[i];
            var gradient = Vector256.Load(gradients + i * Lanes);
            Add(texel, weights[i], gradient);
            Add(texel + Lanes, weights[i + Block], gradient);
            if (line) continue;
            texel += pitch;
            Add(texel, weights[i + 2 * Block], gradient);
            Add(texel + Lanes, weights[i + 3 * Block], gradient);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(float* texel, float weight, Vector256<float> gradient) => Vector256.FusedMultiplyAdd(Vector256.Create(weight), gradient, Vector256.Load(texel)).Store(texel);
}
