using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="Planes.Features"/> and <see cref="Decomposition"/>: every feature is a sum of products of samples of planes and lines.</summary>
/// <remarks>
/// Each call copies the parameters into <see cref="TexelStrips"/>, which is worth it from about a sample for four texels on; fewer
/// go to the reference. The forward pass goes through the samples block by block. The backward pass goes through the products
/// strip by strip, one thread a strip, where there are few strips in several parts of the samples that are added in their
/// order: no two threads write the same number, and the bits do not depend on the number of threads.
/// </remarks>
[SkipLocalsInit]
static unsafe class FusedPlanes
{
    const int Lanes = TexelStrips.Lanes, Block = TexelStrips.Block;
    const int MostFactors = 32; // whose places have room on the stack
    const int MostParts = 6; // of a single strip; two processors have no pause with six tasks, more have some work each

    /// <summary>
    /// Planes; the reference takes what this does not know: other devices and dtypes, gradients of positions, few samples, many or
    /// huge planes.
    /// </summary>
    public static Tensor Features(IReadOnlyList<Tensor> levels, Tensor x, IReadOnlyList<PlaneAxes> axes, PlaneAggregation how, PlaneConvention convention)
    {
        if (!Known(levels, x, 4) || levels.Any(l => l.shape[0] != axes.Count)) return Planes.Features(levels, x, axes, how, convention);
        var plan = new Plan(convention);
        foreach (var (level, l) in levels.Select((t, l) => (t, l)))
        {
            var (channels, size) = ((int)level.shape[1], level.numel() / axes.Count);
            Factor[] planes = [.. axes.Select((a, p) => plan.Factor(TexelStrips.Plane(level, a), l, size * p, channels))];
            if (how == PlaneAggregation.Product) plan.Product(planes, 0, channels, plan.Features);
            else
                for (int p = 0; p < planes.Length; p++)
                    if (how == PlaneAggregation.Concat) plan.Product([planes[p]], 0, channels, plan.Features + p, planes.Length);
                    else plan.Product([planes[p]], 0, channels, plan.Features, scale: how == PlaneAggregation.Mean ? 1f / planes.Length : 1);
            plan.Features += how == PlaneAggregation.Concat ? channels * planes.Length : channels;
        }
        return Apply(plan, levels, x) ?? Planes.Features(levels, x, axes, how, convention);
    }

    /// <summary>Planes times lines; the reference takes the same as above.</summary>
    public static Tensor VectorMatrix(IReadOnlyList<Tensor> planes, IReadOnlyList<Tensor> lines, Tensor x, IReadOnlyList<PlaneAxes> planeAxes, IReadOnlyList<int> lineAxes,
        int density, PlaneConvention convention)
    {
        if (!Known(planes, x, 3) || !Known(lines, x, 2) || planes.Count != lines.Count || density < 0
            || planes.Zip(lines).Any(m => m.First.shape[0] != m.Second.shape[0] || m.First.shape[0] < density))
            return Decomposition.VectorMatrix(planes, lines, x, planeAxes, lineAxes, density, convention);
        var plan = new Plan(convention) { Features = density > 0 ? 1 : 0 };
        for (int m = 0; m < planes.Count; m++)
        {
            int channels = (int)planes[m].shape[0];
            var plane = plan.Factor(TexelStrips.Plane(planes[m], planeAxes[m]), m, 0, density, channels - density);
            var line = plan.Factor(TexelStrips.Line(lines[m], lineAxes[m]), planes.Count + m, 0, density, channels - density);
            plan.Split([plane, line], density, channels);
        }
        return Apply(plan, [.. planes, .. lines], x) ?? Decomposition.VectorMatrix(planes, lines, x, planeAxes, lineAxes, density, convention);
    }

    /// <summary>Products of lines; the reference takes the same as above.</summary>
    public static Tensor Canonical(IReadOnlyList<Tensor> lines, Tensor x, int density, PlaneConvention convention)
    {
        if (!Known(lines, x, 2) || lines.Count != 3 || density < 0 || lines.Any(l => l.shape[0] != lines[0].shape[0] || l.shape[0] < density))
            return Decomposition.Canonical(lines, x, density, convention);
        var plan = new Plan(convention) { Features = density > 0 ? 1 : 0 };
        int channels = (int)lines[0].shape[0];
        plan.Split([.. lines.Select((l, a) => plan.Factor(TexelStrips.Line(l, a), a, 0, density, channels - density))], density, channels);
        return Apply(plan, lines, x) ?? Decomposition.Canonical(lines, x, density, convention);
    }

    static bool Known(IReadOnlyList<Tensor> factors, Tensor x, int dimensions) =>
        !x.requires_grad && x.ndim == 2 && x.shape[1] == 3 && factors.Count > 0 && factors.All(f => f.ndim == dimensions && f.numel() > 0)
        && AreFloats([x, .. factors]);

    static Tensor? Apply(Plan plan, IReadOnlyList<Tensor> factors, Tensor x)
    {
        if (!plan.Fits((int)x.shape[0])) return null;
        if (torch.is_grad_enabled() && factors.Any(f => f.requires_grad)) return Function.apply([x, .. factors, plan]);
        using var positions = Plan.Positions(x);
        using var strips = plan.Strips([.. factors]);
        return plan.Forward(positions, strips, (int)x.shape[0]);
    }

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedPlanes);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (x, factors, plan) = ((Tensor)vars[0], vars[1..^1].Cast<Tensor>().ToArray(), (Plan)vars[^1]);
            var (positions, strips) = (Plan.Positions(x), plan.Strips(factors));
            ctx.save_for_backward(plan.Multiplies ? [positions, strips] : [positions]);
            ctx.save_data("plan", plan);
            ctx.save_data("shapes", factors.Select(f => f.shape).ToArray());
            ctx.save_data("count", (int)x.shape[0]);
            return plan.Forward(positions, strips, (int)x.shape[0]);
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (plan, saved) = ((Plan)ctx.get_data("plan"), ctx.get_saved_variables());
            using var given = grad_output.contiguous();
            return [null!, .. plan.Backward(saved[0], plan.Multiplies ? saved[1] : null, given, (int)ctx.get_data("count"), (long[][])ctx.get_data("shapes")), null!];
        }
    }

    /// <summary>A plane or a line of a tensor.</summary>
    /// <param name="Texels">Its shape.</param>
    /// <param name="Tensor">Which tensor.</param>
    /// <param name="Offset">Where in the tensor it begins.</param>
    /// <param name="Start">Where its strips begin.</param>
    /// <param name="Index">Which of all factors.</param>
    sealed record Factor(TexelStrips Texels, int Tensor, long Offset, long Start, int Index);

    /// <summary>A strip of a product of factors, and where its features go.</summary>
    /// <param name="Factors">What is multiplied.</param>
    /// <param name="Strip">Which strip of each factor.</param>
    /// <param name="Channel">The strip's first channel.</param>
    /// <param name="Width">How many channels it has.</param>
    /// <param name="Column">The feature that the first channel is added to.</param>
    /// <param name="Step">From there to the feature of the next channel; 0 sums them up.</param>
    /// <param name="Scale">Times this.</param>
    sealed record Piece(Factor[] Factors, int Strip, int Channel, int Width, int Column, int Step, float Scale);

    /// <summary>What a call computes, as a list of strips, and its passes.</summary>
    sealed class Plan(PlaneConvention convention)
    {
        readonly List<Piece> _pieces = [];
        readonly List<Factor> _factors = [];
        long _size; // of all strips
        int _strips;

        /// <summary>Width of the result.</summary>
        public int Features { get; set; }

        /// <summary>Whether gradients need the values of other factors.</summary>
        public bool Multiplies => _pieces.Any(p => p.Factors.Length > 1);

        /// <summary>Whether this can be computed and the copy is worth its time.</summary>
        public bool Fits(int samples) => _factors.Count <= MostFactors && _factors.All(f => f.Texels.IsKnown) && samples >= MeanTexels / 4;

        long MeanTexels => _size / Lanes / int.Max(_strips, 1);

        static int Count(int channels) => (channels + Lanes - 1) / Lanes;

        /// <summary>Notes a plane or a line, whose channels form groups; a strip belongs to one group.</summary>
        public Factor Factor(TexelStrips texels, int tensor, long offset, params ReadOnlySpan<int> groups)
        {
            var factor = new Factor(texels, tensor, offset, _size, _factors.Count);
            _factors.Add(factor);
            foreach (int channels in groups) (_size, _strips) = (_size + texels.Size * Count(channels), _strips + Count(channels));
            return factor;
        }

        /// <summary>Notes a product of a group of channels.</summary>
        public void Product(Factor[] factors, int channel, int channels, int column, int step = 1, float scale = 1, int strip = 0)
        {
            for (int c = 0; c < channels; c += Lanes) _pieces.Add(new Piece(factors, strip++, channel + c, int.Min(Lanes, channels - c), column + c * step, step, scale));
        }

        /// <summary>Notes a product whose components of density are summed up to feature 0; the others become the next features.</summary>
        public void Split(Factor[] factors, int density, int channels)
        {
            Product(factors, 0, density, 0, step: 0);
            Product(factors, density, channels - density, Features, strip: Count(density));
            Features += channels - density;
        }

        /// <summary>Positions axis by axis within each block, the last block filled up, [blocks,3,Block].</summary>
        public static Tensor Positions(Tensor x)
        {
            using var contiguous = x.contiguous();
            int count = (int)x.shape[0], blocks = (count + Block - 1) / Block;
            var positions = torch.empty([blocks, 3, Block]);
            nint from = (nint)Floats(contiguous), to = (nint)Floats(positions);
            Parallel.For(0, blocks, block =>
            {
                float* source = (float*)from + 3L * Block * block, target = (float*)to + 3L * Block * block;
                int samples = int.Min(Block, count - block * Block);
                if (samples < Block) new Span<float>(target, 3 * Block).Clear();
                for (int i = 0; i < samples; i++, source += 3) (target[i], target[i + Block], target[i + 2 * Block]) = (source[0], source[1], source[2]);
            });
            return positions;
        }

        /// <summary>All factors as strips.</summary>
        public Tensor Strips(Tensor[] factors)
        {
            Tensor[] sources = [.. factors.Select(f => f.contiguous())];
            nint[] from = [.. sources.Select(s => (nint)Floats(s))];
            var strips = torch.empty([_size]);
            nint to = (nint)Floats(strips);
            Parallel.For(0, _pieces.Count, p =>
            {
                var piece = _pieces[p];
                foreach (var f in piece.Factors) f.Texels.Fill((float*)from[f.Tensor] + Channel(f, piece), piece.Width, (float*)to + Strip(f, piece));
            });
            GC.KeepAlive(sources);
            return strips;
        }

        static long Channel(Factor factor, Piece piece) => factor.Offset + (long)piece.Channel * factor.Texels.Width * int.Max(factor.Texels.Height, 1);

        static long Strip(Factor factor, Piece piece) => factor.Start + piece.Strip * factor.Texels.Size;

        public Tensor Forward(Tensor positions, Tensor strips, int count)
        {
            var features = torch.empty([count, Features]);
            nint x = (nint)Floats(positions), texels = (nint)Floats(strips), to = (nint)Floats(features);
            Parallel.For(0, (count + Block - 1) / Block, block =>
            {
                float* places = stackalloc float[_factors.Count * TexelStrips.PlaceSize], values = stackalloc float[Block * Lanes];
                int samples = int.Min(Block, count - block * Block);
                float* target = (float*)to + (long)block * Block * Features;
                foreach (var factor in _factors) factor.Texels.Place((float*)x + 3L * Block * block, Block, convention, places + factor.Index * TexelStrips.PlaceSize);
                new Span<float>(target, samples * Features).Clear();
                foreach (var piece in _pieces)
                {
                    bool multiply = false;
                    foreach (var factor in piece.Factors)
                    {
                        factor.Texels.Sample((float*)texels + Strip(factor, piece), places + factor.Index * TexelStrips.PlaceSize, values, samples, multiply);
                        multiply = true;
                    }
                    Add(values, target, piece, samples);
                }
            });
            GC.KeepAlive((positions, strips));
            return features;
        }

        public IEnumerable<Tensor> Backward(Tensor positions, Tensor? strips, Tensor given, int count, long[][] shapes)
        {
            // With few strips the samples are cut, as long as a part has about as many of them as a strip has texels to be added.
            int parts = (int)long.Min((MostParts + _pieces.Count - 1) / int.Max(_pieces.Count, 1), 1 + count / MeanTexels), blocks = (count + Block - 1) / Block;
            Tensor[] gradients = [.. shapes.Select(s => torch.empty(s))];
            using var sums = torch.empty([parts, _size]);
            nint x = (nint)Floats(positions), texels = strips is null ? 0 : (nint)Floats(strips), from = (nint)Floats(given), sum = (nint)Floats(sums);
            nint[] to = [.. gradients.Select(g => (nint)Floats(g))];
            Parallel.For(0, _pieces.Count * parts, task =>
            {
                int part = task % parts, begin = (int)((long)blocks * part / parts) * Block, end = int.Min(count, (int)((long)blocks * (part + 1) / parts) * Block);
                Scatter(_pieces[task / parts], (float*)x, (float*)texels, (float*)from, (float*)sum + part * _size, begin, end);
            });
            Parallel.For(0, _pieces.Count, p =>
            {
                foreach (var f in _pieces[p].Factors)
                {
                    float* first = (float*)sum + Strip(f, _pieces[p]);
                    for (int part = 1; part < parts; part++) RowArithmetic.Add(first, first + part * _size, (int)f.Texels.Size);
                    f.Texels.Read(first, _pieces[p].Width, (float*)to[f.Tensor] + Channel(f, _pieces[p]));
                }
            });
            GC.KeepAlive((positions, strips, given));
            return gradients;
        }

        /// <summary>Gradients of a strip from the samples of a part.</summary>
        void Scatter(Piece piece, float* x, float* texels, float* given, float* sums, int begin, int end)
        {
            var factors = piece.Factors;
            float* places = stackalloc float[factors.Length * TexelStrips.PlaceSize], values = stackalloc float[factors.Length * Block * Lanes];
            float* gradient = stackalloc float[Block * Lanes], share = stackalloc float[Block * Lanes];
            foreach (var f in factors) new Span<float>(sums + Strip(f, piece), (int)f.Texels.Size).Clear();
            for (int first = begin; first < end; first += Block)
            {
                int samples = int.Min(Block, end - first);
                Take(given + (long)first * Features, gradient, piece, samples);
                for (int f = 0; f < factors.Length; f++)
                {
                    factors[f].Texels.Place(x + 3L * first, Block, convention, places + f * TexelStrips.PlaceSize);
                    if (factors.Length > 1) factors[f].Texels.Sample(texels + Strip(factors[f], piece), places + f * TexelStrips.PlaceSize, values + f * Block * Lanes, samples, false);
                }
                for (int f = 0; f < factors.Length; f++)
                {
                    // Times the other factors.
                    float* product = gradient;
                    for (int k = 0; k < factors.Length; k++)
                    {
                        if (k == f) continue;
                        Multiply(product, values + k * Block * Lanes, share, samples * Lanes);
                        product = share;
                    }
                    factors[f].Texels.Scatter(sums + Strip(factors[f], piece), places + f * TexelStrips.PlaceSize, product, samples);
                }
            }
        }

        static void Multiply(float* a, float* b, float* product, int count)
        {
            for (int i = 0; i < count; i += Lanes) (Vector256.Load(a + i) * Vector256.Load(b + i)).Store(product + i);
        }

        /// <summary>Adds a strip's values to their features.</summary>
        void Add(float* values, float* features, Piece piece, int count)
        {
            var (width, step, scale) = (piece.Width, piece.Step, piece.Scale);
            float* target = features + piece.Column;
            for (int i = 0; i < count; i++, target += Features, values += Lanes)
                if (step == 0) *target += scale * Vector256.Sum(Vector256.Load(values));
                else if (step == 1 && width == Lanes) (Vector256.Load(target) + scale * Vector256.Load(values)).Store(target);
                else
                    for (int c = 0; c < width; c++) target[c * step] += scale * values[c];
        }

        /// <summary>The gradients of a strip's values; channels that it does not have get none.</summary>
        void Take(float* given, float* gradient, Piece piece, int count)
        {
            var (width, step, scale) = (piece.Width, piece.Step, piece.Scale);
            float* source = given + piece.Column;
            if (width < Lanes) new Span<float>(gradient, count * Lanes).Clear();
            for (int i = 0; i < count; i++, source += Features, gradient += Lanes)
                if (step == 1 && width == Lanes) (scale * Vector256.Load(source)).Store(gradient);
                else
                    for (int c = 0; c < width; c++) gradient[c] = scale * source[c * step];
        }
    }
}
