using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.RowArithmetic;
using static NerfLab.Kernels.TensorMemory;
using static NerfLab.Kernels.TileNetwork;

namespace NerfLab.Kernels;

/// <summary>
/// <see cref="RenderedHead"/> bundle by bundle: a few rays go through decoder, compositing, error and back again while all of their
/// numbers lie in the cache. What no light comes back from, behind a transmittance of <see cref="Dark"/>, is not decoded.
/// </summary>
/// <remarks>
/// The gradients are computed together with the error, because the activations are there; the backward pass hands them out. Rays are
/// cut into parts whose number does not depend on the machine; each sums the gradients of the weights by itself, and the parts are
/// added in their order: the same bits with any number of threads. Limited by the arithmetic of the networks.
/// </remarks>
static unsafe class FusedRays
{
    /// <summary>Transmittance below which a ray ends.</summary>
    public const float Dark = 1e-4f;

    const int Parts = 16, Bundle = 256; // samples of a bundle, or one ray more

    /// <summary>See <see cref="RenderedHead.Render"/>; the reference takes other devices and dtypes, and computes gradients.</summary>
    public static RenderedHead Render(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background)
    {
        if (!Knows(features, head, samples) || torch.is_grad_enabled() && head.Parameters.Append(features).Any(t => t.requires_grad))
            return RenderedHead.Render(features, thickness, head, samples, places, background);
        using var scope = torch.NewDisposeScope();
        using var pass = new Pass(features, thickness, head, samples, places, background, null, default);
        pass.Run();
        return new RenderedHead(pass.Color.MoveToOuterDisposeScope(), pass.Opacity.MoveToOuterDisposeScope(), pass.Place.MoveToOuterDisposeScope());
    }

    /// <summary>See <see cref="RenderedHead.Compare"/>; the reference takes other devices and dtypes.</summary>
    public static (Tensor Error, RenderedHead Rendered) Compare(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background, Tensor target, ColorError error)
    {
        if (!Knows(features, head, samples)) return RenderedHead.Compare(features, thickness, head, samples, places, background, target, error);
        using var pass = new Pass(features, thickness, head, samples, places, background, target, error);
        var total = Function.apply([features, .. head.Parameters, pass]);
        return (total, new RenderedHead(pass.Color, pass.Opacity, pass.Place));
    }

    static bool Knows(Tensor features, RadianceHead head, RaySamples samples) => AreFloats([features, head.Codes, .. head.Parameters]) && RayBlocks.Knows(samples.Offsets);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedRays);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var pass = (Pass)vars[^1];
            var error = pass.Run();
            ctx.save_for_backward([.. pass.Gradients]);
            return torch.tensor(error, torch.float32);
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            float scale = grad_output.ToSingle();
            return [.. ctx.get_saved_variables().Select(g => scale == 1 ? g : g * scale), null!];
        }
    }

    /// <summary>One pass over all rays.</summary>
    sealed class Pass : IDisposable
    {
        readonly RadianceHead _head;
        readonly Tensor _features, _thickness, _codes, _background, _places, _offsets;
        readonly Tensor? _target;
        readonly ColorError _error;
        readonly TileNetwork? _trunk, _network; // null for none
        readonly Scratch? _trunkWeights, _trunkBack, _networkWeights, _networkBack;
        readonly int _rays, _width, _numbers, _code, _from; // F; how many z; D; the first z that colour sees
        readonly long _colors; // rows of the background: 1 or R

        public Pass(Tensor features, Tensor thickness, RadianceHead head, RaySamples samples, Tensor places, Tensor background, Tensor? target, ColorError error)
        {
            (_head, _error, _rays, _width) = (head, error, (int)samples.Rays.Count, (int)features.shape[1]);
            (_features, _thickness, _codes) = (features.detach().contiguous(), thickness.detach().contiguous(), head.Codes.detach().contiguous());
            (_background, _target, _places, _offsets) = (background.detach().contiguous(), target?.detach().contiguous(), places.contiguous(), samples.Offsets.contiguous());
            (_code, _from, _colors) = ((int)head.Codes.shape[1], head.ColorSeesDensity ? 0 : 1, background.ndim == 1 ? 1 : background.shape[0]);
            bool trains = target is not null;
            if (head.Trunk.Count > 0)
            {
                _trunk = new TileNetwork(head.Trunk, false, false);
                _trunkWeights = _trunk.Pack(head.Trunk, null);
                if (trains) _trunkBack = _trunk.PackBackward(head.Trunk);
            }
            if (head.Color.Count > 0)
            {
                _network = new TileNetwork(head.Color, head.ColorBiases is not null, false);
                _networkWeights = _network.Pack(head.Color, head.ColorBiases);
                if (trains) _networkBack = _network.PackBackward(head.Color);
            }
            _numbers = _trunk?.Widths[^1] ?? _width;
            (Color, Opacity, Place) = (torch.empty([_rays, 3]), torch.empty([_rays]), torch.empty([_rays]));
        }

        public Tensor Color { get; }

        public Tensor Opacity { get; }

        public Tensor Place { get; }

        /// <summary>Of the features, then of the head's parameters in their order.</summary>
        public IReadOnlyList<Tensor> Gradients { get; private set; } = [];

        public void Dispose()
        {
            foreach (var packed in new[] { _trunkWeights, _trunkBack, _networkWeights, _networkBack }) packed?.Dispose();
        }

        /// <summary>Renders, and where there is a target computes the error and its gradients.</summary>
        public double Run()
        {
            long count = _features.shape[0], longest = 0;
            long* offsets = RayBlocks.Offsets(_offsets, count);
            for (int r = 0; r < _rays; r++) longest = long.Max(longest, offsets[r + 1] - offsets[r]);
            var gradient = _target is null ? null : torch.empty([count, _width]);
            using var trunkSums = Scratch.Zeros((_trunk?.Gradients ?? 0) * Parts);
            using var networkSums = Scratch.Zeros((_network?.Gradients ?? 0) * Parts);
            var errors = new double[Parts];
            Parallel.For(0, Parts, part =>
            {
                // Parts of about as many samples each, and all of the rays.
                int first = FirstRay(part), end = FirstRay(part + 1);
                var bundle = new Rows(this, (Bundle + (int)longest + 7) / 8 * 8);
                float* trunkSum = trunkSums.First + (_trunk?.Gradients ?? 0) * part, networkSum = networkSums.First + (_network?.Gradients ?? 0) * part;
                while (first < end)
                {
                    int last = first + 1;
                    while (last < end && offsets[last] - offsets[first] < Bundle) last++;
                    errors[part] += bundle.Forward(first, last);
                    if (gradient is not null) bundle.Backward(Floats(gradient) + offsets[first] * _width, trunkSum, networkSum);
                    first = last;
                }
            });
            GC.KeepAlive(this);
            if (gradient is null) return 0;
            var ofTrunk = _trunk?.Sum(trunkSums.First, Parts).Weights ?? [];
            var (weights, biases) = _network?.Sum(networkSums.First, Parts) ?? ([], []);
            Gradients = [gradient, .. ofTrunk, .. weights, .. biases];
            return errors.Sum();

            int FirstRay(int part)
            {
                if (part == Parts) return _rays;
                if (count == 0) return (int)((long)_rays * part / Parts);
                int at = new ReadOnlySpan<long>(offsets, _rays).BinarySearch(count * part / Parts);
                if (at < 0) at = ~at;
                while (at > 0 && offsets[at - 1] == offsets[at]) at--; // of several places that are equal the first one
                return part == 0 ? 0 : at;
            }
        }

        /// <summary>The rays of one bundle and all that is known of their samples, row by row.</summary>
        ref struct Rows
        {
            readonly Pass _pass;
            readonly float* _x, _above, _below, _seen, _alpha, _weight, _left, _byDensity, _rgb;
            readonly float** _trunk, _network; // outputs of the layers
            readonly int* _visible;            // numbers of the samples that light comes back from, within the bundle
            readonly int* _ends;               // where each ray's visible samples end
            int _first, _last, _samples, _lit;

            public Rows(Pass pass, int rows)
            {
                _pass = pass;
                int trunkLayers = pass._trunk?.Layers ?? 0, networkLayers = pass._network?.Layers ?? 0;
                int widest = int.Max(int.Max(pass._trunk?.WidestPitch ?? 0, pass._network?.WidestPitch ?? 0), MatrixBlocks.Pitch(int.Max(pass._width, 4)));
                long each = pass.XPitch + 2L * widest + pass.SeenPitch + 4 + 3 + 1 + (pass._trunk?.Pitch.Skip(1).Sum() ?? 0) + (pass._network?.Pitch.Skip(1).Sum() ?? 0);
                float* free = Scratch.OfThread(each * rows + pass._rays + 2 * (trunkLayers + networkLayers) + 16L * 16);
                _x = Take(pass.XPitch);
                _above = Take(widest);
                _below = Take(widest);
                _seen = Take(pass.SeenPitch);
                _weight = Take(1);
                _left = Take(1);
                _alpha = Take(1);
                _byDensity = Take(1);
                _rgb = Take(3);
                _visible = (int*)Take(1);
                _trunk = (float**)free;
                _network = _trunk + trunkLayers;
                free = (float*)(_network + networkLayers);
                free += (16 - ((nint)free / sizeof(float) & 15)) & 15;
                for (int l = 0; l < trunkLayers; l++) _trunk[l] = Take(pass._trunk!.Pitch[l + 1]);
                for (int l = 0; l < networkLayers; l++) _network[l] = Take(pass._network!.Pitch[l + 1]);
                _ends = (int*)free;

                float* Take(int columns)
                {
                    float* taken = free;
                    free += (long)columns * rows;
                    return taken;
                }
            }

            /// <summary>From features to colours.</summary>
            /// <returns>The error's share of these rays.</returns>
            public double Forward(int first, int last)
            {
                var p = _pass;
                long* offsets = Longs(p._offsets);
                long begin = offsets[first];
                (_first, _last, _samples, _lit) = (first, last, (int)(offsets[last] - begin), 0);
                CopyRows(Floats(p._features) + begin * p._width, p._width, _x, p.XPitch, _samples, p._width);
                p._trunk?.Forward(p._trunkWeights!, _x, _trunk, _samples);
                float* z = Numbers(out int pitch), length = Floats(p._thickness) + begin;
                for (int i = 0; i < _samples; i++) _alpha[i] = p.Density(z[(long)i * pitch]) * length[i];
                for (int i = 0; i < _samples; i += 8) (-Exponential.ExpMinusOne(-Vector256.Load(_alpha + i))).Store(_alpha + i);
                for (int r = first; r < last; r++)
                {
                    float left = 1; // transmittance
                    for (int i = (int)(offsets[r] - begin), end = (int)(offsets[r + 1] - begin); i < end && left >= Dark; i++)
                    {
                        (_visible[_lit], _weight[_lit]) = (i, left * _alpha[i]);
                        left *= 1 - _alpha[i];
                        _left[_lit++] = left;
                    }
                    _ends[r - first] = _lit;
                }
                Colors(z, pitch);
                return Composite(begin);
            }

            readonly float* Numbers(out int pitch)
            {
                pitch = _pass._trunk?.Pitch[^1] ?? _pass.XPitch;
                return _pass._trunk is { } trunk ? _trunk[trunk.Layers - 1] : _x;
            }

            /// <summary>Colours of the visible samples.</summary>
            readonly void Colors(float* z, int pitch)
            {
                var p = _pass;
                float* codes = Floats(p._codes);
                int seen = p._numbers - p._from;
                for (int r = _first, v = 0; r < _last; r++)
                    for (float* code = codes + (long)r * p._code; v < _ends[r - _first]; v++)
                    {
                        float* row = z + (long)_visible[v] * pitch + p._from;
                        if (p._network is null)
                        {
                            for (int c = 0; c < 3; c++) _rgb[3 * v + c] = Dot(row + c * p._code, code, p._code);
                            continue;
                        }
                        float* input = _seen + (long)v * p.SeenPitch;
                        new Span<float>(row, seen).CopyTo(new Span<float>(input, seen));
                        new Span<float>(code, p._code).CopyTo(new Span<float>(input + seen, p._code));
                    }
                if (p._network is { } network)
                {
                    network.Forward(p._networkWeights!, _seen, _network, _lit);
                    CopyRows(_network[network.Layers - 1], network.Pitch[^1], _rgb, 3, _lit, 3);
                }
                for (int i = 0; i < 3 * _lit; i += 8) p.Shown(Vector256.Load(_rgb + i)).Store(_rgb + i);
            }

            /// <summary>Pixels, their error and its gradients by weights and colours, which take the place of colours.</summary>
            readonly double Composite(long begin)
            {
                var p = _pass;
                float* color = Floats(p.Color), opacity = Floats(p.Opacity), place = Floats(p.Place), places = Floats(p._places) + begin, length = Floats(p._thickness) + begin;
                double total = 0;
                float scale = 1f / (3 * p._rays);
                float* off = stackalloc float[3];
                for (int r = _first, start = 0; r < _last; start = _ends[r++ - _first])
                {
                    int end = _ends[r - _first];
                    float red = 0, green = 0, blue = 0, sum = 0, far = 0;
                    for (int v = start; v < end; v++)
                    {
                        float weight = _weight[v];
                        (red, green, blue) = (red + weight * _rgb[3 * v], green + weight * _rgb[3 * v + 1], blue + weight * _rgb[3 * v + 2]);
                        (sum, far) = (sum + weight, far + weight * places[_visible[v]]);
                    }
                    float* behind = Floats(p._background) + (p._colors == 1 ? 0 : 3L * r), pixel = color + 3L * r;
                    (opacity[r], place[r]) = (sum, far);
                    (pixel[0], pixel[1], pixel[2]) = (red + (1 - sum) * behind[0], green + (1 - sum) * behind[1], blue + (1 - sum) * behind[2]);
                    if (p._target is null) continue;
                    float* target = Floats(p._target) + 3L * r;
                    for (int c = 0; c < 3; c++) total += scale * p.Error(pixel[c] - target[c], out off[c]);
                    float after = 0; // Σ over the samples behind of weight times its gradient
                    for (int v = end - 1; v >= start; v--)
                    {
                        float* rgb = _rgb + 3 * v;
                        float byWeight = 0;
                        for (int c = 0; c < 3; c++)
                        {
                            byWeight += off[c] * (rgb[c] - behind[c]);
                            rgb[c] = scale * off[c] * _weight[v] * p.Slope(rgb[c]);
                        }
                        byWeight *= scale;
                        // NeRF, equation 3: a denser piece shows more of itself and less of what is behind it.
                        _byDensity[v] = length[_visible[v]] * (_left[v] * byWeight - after);
                        after += _weight[v] * byWeight;
                    }
                }
                return total;
            }

            /// <summary>From gradients of colours and densities to those of features, weights and biases.</summary>
            public readonly void Backward(float* gradient, float* trunkSum, float* networkSum)
            {
                var p = _pass;
                float* z = Numbers(out int pitch);
                int seen = p._numbers - p._from;
                float* ofSeen = _above;
                int seenPitch = p.SeenPitch;
                if (p._network is { } network)
                {
                    int last = network.Pitch[^1];
                    new Span<float>(_above, Whole(_lit) * last).Clear();
                    for (int v = 0; v < _lit; v++) (_above[(long)v * last], _above[(long)v * last + 1], _above[(long)v * last + 2]) = (_rgb[3 * v], _rgb[3 * v + 1], _rgb[3 * v + 2]);
                    ofSeen = network.Backward(p._networkBack!, _seen, _network, _above, _below, _lit, networkSum, true);
                }
                float* byNumber = ofSeen == _above ? _below : _above, codes = Floats(p._codes);
                for (int r = _first, v = 0; r < _last; r++)
                    for (float* code = codes + (long)r * p._code; v < _ends[r - _first]; v++)
                    {
                        float* row = byNumber + (long)v * pitch;
                        new Span<float>(row, pitch).Clear();
                        if (p._network is not null) new Span<float>(ofSeen + (long)v * seenPitch, seen).CopyTo(new Span<float>(row + p._from, seen));
                        else
                            for (int c = 0; c < 3; c++)
                                for (int b = 0; b < p._code; b++) row[1 + c * p._code + b] = _rgb[3 * v + c] * code[b];
                        row[0] += _byDensity[v] * p.DensitySlope(z[(long)_visible[v] * pitch]);
                    }
                if (p._trunk is { } trunk)
                {
                    // Only rows that light comes back from take part.
                    Gather(_x, p.XPitch);
                    for (int l = 0; l < trunk.Layers; l++) Gather(_trunk[l], trunk.Pitch[l + 1]);
                    byNumber = trunk.Backward(p._trunkBack!, _x, _trunk, byNumber, ofSeen, _lit, trunkSum, true);
                }
                for (int v = 0, i = 0; i < _samples; i++)
                {
                    var row = new Span<float>(gradient + (long)i * p._width, p._width);
                    if (v < _lit && _visible[v] == i) new Span<float>(byNumber + (long)v++ * p.XPitch, p._width).CopyTo(row);
                    else row.Clear();
                }
            }

            /// <summary>Moves the rows of visible samples together.</summary>
            readonly void Gather(float* rows, int pitch)
            {
                for (int v = 0; v < _lit; v++)
                    if (_visible[v] != v) new Span<float>(rows + (long)_visible[v] * pitch, pitch).CopyTo(new Span<float>(rows + (long)v * pitch, pitch));
            }
        }

        int XPitch => _trunk?.Pitch[0] ?? MatrixBlocks.Pitch(_width);

        int SeenPitch => _network?.Pitch[0] ?? 0;

        static float Sigmoid(float z) => 1 / (1 + MathF.Exp(-z));

        /// <summary>From a network's output or a sum of harmonics to a colour.</summary>
        Vector256<float> Shown(Vector256<float> raw) =>
            _network is not null || _head.Harmonics == ShColor.Sigmoid ? Exponential.Sigmoid(raw) : Vector256.Max(raw + Vector256.Create(0.5f), Vector256<float>.Zero);

        /// <summary>The slope of colour at a colour.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        float Slope(float color) => _network is not null || _head.Harmonics == ShColor.Sigmoid ? color * (1 - color) : color > 0 ? 1 : 0;

        float Density(float raw)
        {
            float z = raw + (float)_head.Density.Shift, scale = (float)_head.Density.Scale;
            return scale * _head.Density.Activation switch
            {
                DensityActivation.Relu => float.Max(z, 0),
                DensityActivation.Softplus => Softplus(z - 1),
                DensityActivation.Softplus10 => Softplus(z - 10),
                _ => MathF.Exp(z),
            };
        }

        // In double precision: next to 1 a small power would lose its digits.
        static float Softplus(float z) => z > 20 ? z : (float)double.Log(1 + (double)MathF.Exp(z));

        float DensitySlope(float raw)
        {
            float z = raw + (float)_head.Density.Shift, scale = (float)_head.Density.Scale;
            return scale * _head.Density.Activation switch
            {
                DensityActivation.Relu => z > 0 ? 1 : 0,
                DensityActivation.Softplus => Sigmoid(z - 1),
                DensityActivation.Softplus10 => Sigmoid(z - 10),
                _ => MathF.Exp(float.Clamp(z, -15, 15)),
            };
        }

        /// <summary>The error of one number and its slope.</summary>
        float Error(float off, out float slope)
        {
            const float Knee = 0.1f;
            if (_error == ColorError.Squared)
            {
                slope = 2 * off;
                return off * off;
            }
            float size = float.Abs(off);
            slope = size < Knee ? off / Knee : float.Sign(off);
            return size < Knee ? off * off / 2 / Knee : size - Knee / 2;
        }
    }
}
