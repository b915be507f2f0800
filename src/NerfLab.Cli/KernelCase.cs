using NerfLab.Data;
using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Cli;

/// <summary>What a pass has to do, however it is written: see docs/performance.md for the formulas.</summary>
/// <param name="Bytes">Numbers read and written, times their size.</param>
/// <param name="Flops">Additions, multiplications, and functions such as exp.</param>
readonly record struct Cost(double Bytes, double Flops);

/// <summary>A kernel with inputs of the sizes that training has.</summary>
/// <param name="Name">Of the kernel, with what tells it apart from others of the same kind.</param>
/// <param name="Call">Calls it; the result is differentiated.</param>
/// <param name="Trained">What gradients are asked for; none for kernels without a backward pass.</param>
/// <param name="Forward">Cost of the forward pass.</param>
/// <param name="Backward">Cost of the backward pass.</param>
sealed record KernelCase(string Name, Func<Kernels.Kernels, Tensor> Call, Tensor[] Trained, Cost Forward, Cost Backward)
{
    /// <summary>Samples of a ray, in the mean.</summary>
    const int PerRay = 16;

    /// <summary>All kernels over N samples on N/16 rays of very different numbers of samples.</summary>
    /// <remarks>Rays lie in the unit cube, from one random place to another: samples of a ray are neighbours, as they are in training.</remarks>
    /// <param name="samples">N, at least 16.</param>
    /// <returns>Cases whose tensors belong to the caller's dispose scope.</returns>
    public static IReadOnlyList<KernelCase> All(int samples)
    {
        using var random = new Generator(1);
        long n = samples, r = samples / PerRay;
        var (origins, targets) = (Random(r, 3), Random(r, 3));
        var lengths = (targets - origins).square().sum(-1).sqrt().clamp_min(1e-3);
        var rays = new Rays(origins, nn.functional.normalize(targets - origins, dim: -1));
        var offsets = cat([zeros(1, int64), randint(0, n + 1, [r - 1], int64, generator: random).sort().Values, tensor(new[] { n })]);
        var counts = offsets.narrow(0, 1, r) - offsets.narrow(0, 0, r);
        var (ray, pieces) = (arange(r, int64).repeat_interleave(counts), lengths / counts.clamp_min(1));
        var deltas = pieces.index_select(0, ray);
        var t = (arange(n, int64) - offsets.index_select(0, ray) + 0.5) * deltas;
        var packed = Packed();
        _ = packed.RayIndex; // the kernels of a step share it
        var u = packed.Positions.clone();
        var (d, x) = (packed.Directions.clone(), u * 2 - 1);

        return
        [
            Pixels(), March(), Keep(), Place(), Encode(),
            Hash(), Voxels(sparse: false), Voxels(sparse: true), TriPlane(), Vm(), Cp(),
            Layers(32, 64, 64, 16), Layers(63, 128, 128, 128, 128), Weights(), Sums(), Head(compare: false), Head(compare: true), Rows(), Average(),
        ];

        Tensor Random(params long[] shape) => rand(shape, generator: random);
        Tensor Parameter(params long[] shape) => ((rand(shape, generator: random) - 0.5) * 0.5).requires_grad_();
        RaySamples Packed() => new(rays, t, deltas, offsets);

        KernelCase Pixels()
        {
            const int Size = 128, Views = 16;
            Camera[] cameras = [.. Enumerable.Range(0, Views).Select(v => Camera.FromAngle(Size, Size, 0.7f, Pose.LookAt(new(3, v - 8, 1), new(0, 0, 0), new(0, 0, 1))))];
            var photographs = new Photographs(randint(0, 256, [Views * Size * Size, 4], uint8, generator: random), Cameras.Pack(cameras),
                arange(Views, int64) * (Size * Size), full([Views], Size, int64), false);
            var (pixel, behind) = (randint(0, Views * Size * Size, [r], int64, generator: random), Random(r, 3));
            return new("SeePixels", k => k.SeePixels(photographs, pixel, behind).Rgb, [], new(60 * r, 40 * r), default);
        }

        KernelCase March()
        {
            const float Step = 1 / 150f;
            var grid = new OccupancyGrid(Random(64, 64, 64).view(-1) < 0.1, new Box(new(0, 0, 0), new(1, 1, 1)), 64, 1);
            var steps = new RaySteps(zeros(r), lengths, Random(r), Step, new Spacing(SpacingKind.Linear));
            double looked = (lengths / Step).ceil().sum().ToDouble(), met = RaySteps.March(rays, steps, grid).T.shape[0];
            return new("MarchRays", k => k.MarchRays(rays, steps, grid).T, [], new(44 * r + looked + 4 * met, 21 * looked), default);
        }

        KernelCase Keep()
        {
            var density = Random(n) * 8;
            double kept = VolumeRendering.KeepVisible(density, packed, 1e-2f).Count;
            return new("KeepVisible", k => k.KeepVisible(density, packed, 1e-2f).T, [], new(12 * n + 16 * r + 8 * kept, 6 * n), default);
        }

        KernelCase Place() => new("PlaceSamples", k => k.PlaceSamples(Packed()).Positions, [], new(28 * n + 32 * r, 6 * n), default);

        KernelCase Encode() => new("DirectionEncode, degree 4", k => k.DirectionEncode(d, 4), [], new((12 + 64) * n, 40 * n), default);

        KernelCase Hash()
        {
            const int Levels = 8, Features = 4, Width = Levels * Features;
            var layout = new HashGridLayout(Levels, Features, 15, 16, 256);
            var table = Parameter(layout.FirstRows[^1], Features);
            double flops = n * Levels * (16.0 * Features + 21);
            return new("HashEncode, L8F4", k => k.HashEncode(u, table, layout), [table],
                new(n * (12 + 4 * Width + 32.0 * Width), flops), new(n * (12 + 4 * Width + 64.0 * Width) + 4.0 * table.numel(), flops));
        }

        KernelCase Voxels(bool sparse)
        {
            const int Side = 80, Channels = 1 + 12;
            var layout = new VoxelLayout(Side, Side, Side, true);
            Tensor? links = null;
            long rows = layout.Count;
            if (sparse)
            {
                var exists = Random(rows) < 0.25;
                links = where(exists, exists.to(int64).cumsum(0) - 1, full_like(exists, -1, int64)).to(int32);
                rows = exists.sum().ToInt64();
            }
            Tensor[] parts = [Parameter(rows, 1), Parameter(rows, Channels - 1)];
            double flops = n * (16.0 * Channels + 21), linked = sparse ? 32 : 0, present = sparse ? 0.25 : 1;
            return new($"VoxelInterpolate, 1 + 12, {(sparse ? "a quarter of " : "")}80³", k => k.VoxelInterpolate(u, parts, layout, links), parts,
                new(n * (12 + linked + 4 * Channels + 32.0 * Channels * present), flops), new(n * (12 + linked + 4 * Channels + 64.0 * Channels * present) + 4.0 * rows * Channels, flops));
        }

        KernelCase TriPlane()
        {
            const int P = 3, C = 12;
            var planes = Parameter(P, C, 64, 64);
            var axes = PlaneAxes.Parse("xy xz yz");
            double flops = n * P * (8.0 * C + 12), sampled = 16.0 * P * C;
            return new("PlaneFeatures, 3 of 12 x 64²", k => k.PlaneFeatures([planes], x, axes, PlaneAggregation.Sum, new PlaneConvention(false, PlanePadding.Border)), [planes],
                new(n * (12 + 4 * C + sampled), flops), new(n * (12 + 4 * C + 2 * sampled) + 4.0 * planes.numel(), flops));
        }

        KernelCase Vm()
        {
            const int M = 3, C = 24, Density = 8, Out = 1 + M * (C - Density);
            Tensor[] planes = [.. Enumerable.Range(0, M).Select(_ => Parameter(C, 64, 64))], lines = [.. Enumerable.Range(0, M).Select(_ => Parameter(C, 64))];
            var axes = PlaneAxes.Parse("xy xz yz");
            double sampled = 24.0 * M * C, parameters = planes.Concat(lines).Sum(p => p.numel());
            return new("VmFeatures, 3 of 8 + 16, 64", k => k.VmFeatures(planes, lines, x, axes, [2, 1, 0], Density, new PlaneConvention(true, PlanePadding.Zeros)), [.. planes, .. lines],
                new(n * (12 + 4 * Out + sampled), n * M * (13.0 * C + 17 + Density)), new(n * (12 + 4 * Out + 3 * sampled) + 4 * parameters, n * M * (26.0 * C + 17)));
        }

        KernelCase Cp()
        {
            const int C = 36, Density = 12, Out = 1 + C - Density;
            Tensor[] lines = [.. Enumerable.Range(0, 3).Select(_ => Parameter(C, 64))];
            double sampled = 8.0 * 3 * C, parameters = lines.Sum(p => p.numel());
            return new("CpFeatures, 12 + 24, 64", k => k.CpFeatures(lines, x, Density, new PlaneConvention(true, PlanePadding.Zeros)), lines,
                new(n * (12 + 4 * Out + sampled), n * (14.0 * C + 15 + Density)), new(n * (12 + 4 * Out + 3 * sampled) + 4 * parameters, n * (30.0 * C + 15)));
        }

        KernelCase Layers(params int[] widths)
        {
            var (input, weights) = (Parameter(n, widths[0]), Matrices(widths));
            double numbers = weights.Sum(w => w.numel()), kept = widths.Sum();
            return new($"PassLayers, {string.Join('-', widths)}", k => k.PassLayers(input, weights, null, false), [input, .. weights],
                new(4 * (n * kept + numbers), 2 * n * numbers), new(4 * (n * (kept + widths[0] + widths[^1]) + 2 * numbers), 4 * n * numbers));
        }

        Tensor[] Matrices(int[] widths) => [.. widths.Skip(1).Select((w, l) => Parameter(w, widths[l]))];

        KernelCase Weights()
        {
            var density = (Random(n) * 8).requires_grad_();
            return new("Weights", k => k.Weights(density, packed), [density], new(16 * n + 12 * r, 6 * n), new(20 * n + 12 * r, 5 * n));
        }

        KernelCase Sums()
        {
            var (weights, values) = (Random(n).requires_grad_(), Random(n, 3).requires_grad_());
            return new("Accumulate, 3 channels", k => k.Accumulate(weights, values, packed), [weights, values], new(16 * n + 20 * r, 6 * n), new(32 * n + 20 * r, 8 * n));
        }

        KernelCase Rows()
        {
            const double Touched = 0.1;
            const int Width = 4;
            long rows = 32 * n;
            var (p, m, v) = (Random(rows, Width), zeros(rows, Width), ones(rows, Width));
            var gradient = (Random(rows, Width) - 0.5) * (Random(rows, 1) < Touched);
            Tensor Step(Kernels.Kernels k)
            {
                k.StepRows(p, gradient, m, v, new AdamNumbers(1e-6, 0.9, 0.99, 1e-15, 100));
                return p;
            }
            return new($"StepRows, a tenth of {rows} rows", Step, [], new(rows * Width * (4 + 24 * Touched), rows * Width * 12 * Touched), default);
        }

        KernelCase Average()
        {
            long count = 128 * n;
            var (average, value) = (zeros(count), Random(count));
            Tensor Step(Kernels.Kernels k)
            {
                k.MoveAverage(average, value, 0.95);
                return average;
            }
            return new($"MoveAverage of {count} numbers", Step, [], new(12 * count, 3 * count), default);
        }

        KernelCase Head(bool compare)
        {
            const int Inputs = 32, Described = 16, Code = 16;
            var (features, background, target) = (Parameter(n, Inputs), ones(3), Random(r, 3));
            var head = new RadianceHead(new RawDensity(DensityActivation.Exp), SphericalHarmonics.Encode(rays.Directions, 4))
            {
                Trunk = Matrices([Inputs, 64, Described]), ColorSeesDensity = true, Color = Matrices([Described + Code, 64, 64, 3]),
            };
            double numbers = head.Parameters.Sum(w => w.numel()), given = 4 * (n * (Inputs + 2) + r * Code + numbers) + 8 * r;
            const string Name = "of 32, 64-wide networks";
            return compare
                ? new($"CompareHead {Name}", k => k.CompareHead(features, deltas, head, packed, t, background, target, ColorError.Squared).Error, [features, .. head.Parameters],
                    new(given + 32 * r, n * (2 * numbers + 20)), new(4 * (n * Inputs + numbers), n * (4 * numbers + 20)))
                : new($"RenderHead {Name}", k => k.RenderHead(features, deltas, head, packed, t, background).Color, [], new(given + 20 * r, n * (2 * numbers + 20)), default);
        }
    }
}
