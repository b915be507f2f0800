namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            public static Tensor pixel_shuffle(Tensor input, long upscale_factor) => Op.Call("pixel_shuffle", input, upscale_factor);

            public static Tensor pixel_unshuffle(Tensor input, long downscale_factor) => Op.Call("pixel_unshuffle", input, downscale_factor);

            // --- patches -----------------------------------------------------------------------------------------

            public static Tensor fold(Tensor input, long output_size, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                fold(input, (output_size, output_size), (kernel_size, kernel_size), (dilation, dilation), (padding, padding), (stride, stride));

            public static Tensor fold(Tensor input, (long, long) output_size, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                Op.Call("col2im", input, Two(output_size), Two(kernel_size), Two(dilation ?? (1, 1)), Two(padding ?? (0, 0)), Two(stride ?? (1, 1)));

            public static Tensor unfold(Tensor input, long kernel_size, long dilation = 1, long padding = 0, long stride = 1) =>
                unfold(input, (kernel_size, kernel_size), (dilation, dilation), (padding, padding), (stride, stride));

            public static Tensor unfold(Tensor input, (long, long) kernel_size, (long, long)? dilation = null, (long, long)? padding = null, (long, long)? stride = null) =>
                Op.Call("im2col", input, Two(kernel_size), Two(dilation ?? (1, 1)), Two(padding ?? (0, 0)), Two(stride ?? (1, 1)));

            // --- borders -----------------------------------------------------------------------------------------

            /// <summary>Adds borders; <paramref name="pad"/> is (before, after) of the last dimension, then of the one before it, and so on.</summary>
            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => mode switch
            {
                PaddingModes.Reflect => Op.Call("pad", input, pad, "reflect"),
                PaddingModes.Replicate => Op.Call("pad", input, pad, "replicate"),
                PaddingModes.Circular => Op.Call("pad", input, pad, "circular"),
                _ => Op.Call("constant_pad_nd", input, pad, mode == PaddingModes.Zeros ? 0.0 : value),
            };

            public static Tensor pad(Tensor input, ReadOnlySpan<long> pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, pad.ToArray(), mode, value);

            public static Tensor pad(Tensor input, (long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, new[] { pad.Item1, pad.Item2 }, mode, value);

            public static Tensor pad(Tensor input, (long, long, long, long) pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                functional.pad(input, new[] { pad.Item1, pad.Item2, pad.Item3, pad.Item4 }, mode, value);

            /// <summary>The same border at both ends of the last dimension.</summary>
            public static Tensor pad(Tensor input, long pad, PaddingModes mode = PaddingModes.Constant, double value = 0) => functional.pad(input, new[] { pad, pad }, mode, value);

            // --- sampling ----------------------------------------------------------------------------------------

            /// <summary>
            /// Values of (N, C, H, W) at the points (N, Ho, Wo, 2), or of (N, C, D, H, W) at (N, Do, Ho, Wo, 3); the last dimension of
            /// the grid is x, y(, z) in [-1, 1].
            /// </summary>
            public static Tensor grid_sample(Tensor input, Tensor grid, GridSampleMode mode = GridSampleMode.Bilinear, GridSamplePaddingMode padding_mode = GridSamplePaddingMode.Zeros, bool? align_corners = null)
            {
                // libtorch's own numbers: bilinear 0, nearest 1; zeros 0, border 1, reflection 2.
                long padding = padding_mode switch { GridSamplePaddingMode.Border => 1, GridSamplePaddingMode.Reflection => 2, _ => 0 };
                return Op.Call("grid_sampler", input, grid, mode == GridSampleMode.Nearest ? 1L : 0L, padding, align_corners ?? false);
            }

            /// <summary>The grid for <see cref="grid_sample"/> that an affine map (N, 2, 3) or (N, 3, 4) makes of the output's points.</summary>
            public static Tensor affine_grid(Tensor theta, long[]? size = null, bool align_corners = false) =>
                Op.Call("affine_grid_generator", theta, size ?? throw new ArgumentNullException(nameof(size), "affine_grid needs the size of the output"), align_corners);

            /// <summary>Resizes the dimensions after (N, C), to a size or by a factor.</summary>
            public static Tensor interpolate(Tensor x, long[]? size = null, double[]? scale_factor = null, InterpolationMode mode = InterpolationMode.Nearest, bool? align_corners = null, bool recompute_scale_factor = false, bool antialias = false)
            {
                int spatial = (int)x.ndim - 2;
                if (size is null == scale_factor is null) throw new ArgumentException("interpolate needs either a size or a scale_factor");
                if (size?.Length == 1) size = Enumerable.Repeat(size[0], spatial).ToArray();
                if (scale_factor?.Length == 1) scale_factor = Enumerable.Repeat(scale_factor[0], spatial).ToArray();
                if ((size?.Length ?? scale_factor!.Length) != spatial) throw new ArgumentException($"interpolate: {size?.Length ?? scale_factor!.Length} sizes or factors for {spatial} dimensions");
                if (antialias && !(spatial == 2 && mode is InterpolationMode.Bilinear or InterpolationMode.Bicubic)) throw new ArgumentException($"interpolate: antialias works with bilinear and bicubic in two dimensions, not with {mode} in {spatial}");
                if (align_corners is not null && mode is InterpolationMode.Nearest or InterpolationMode.NearestExact or InterpolationMode.Area && align_corners.Value)
                    throw new ArgumentException($"interpolate: align_corners has no meaning for {mode}");
                if (scale_factor is not null && (recompute_scale_factor || mode == InterpolationMode.Area))
                {
                    // The true ratio of the sizes is used then, not the factor.
                    var shape = x.shape;
                    size = scale_factor.Select((s, d) => (long)Math.Floor(shape[2 + d] * s)).ToArray();
                    scale_factor = null;
                }
                bool align = align_corners ?? false;
                return (mode, spatial) switch
                {
                    (InterpolationMode.Nearest, 1) => Op.Call("upsample_nearest1d.vec", x, size, scale_factor),
                    (InterpolationMode.Nearest, 2) => Op.Call("upsample_nearest2d.vec", x, size, scale_factor),
                    (InterpolationMode.Nearest, 3) => Op.Call("upsample_nearest3d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 1) => Op.Call("_upsample_nearest_exact1d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 2) => Op.Call("_upsample_nearest_exact2d.vec", x, size, scale_factor),
                    (InterpolationMode.NearestExact, 3) => Op.Call("_upsample_nearest_exact3d.vec", x, size, scale_factor),
                    (InterpolationMode.Linear, 1) => Op.Call("upsample_linear1d.vec", x, size, align, scale_factor),
                    (InterpolationMode.Bilinear, 2) when antialias => Op.Call("_upsample_bilinear2d_aa.vec", x, size, align, scale_factor),
                    (InterpolationMode.Bilinear, 2) => Op.Call("upsample_bilinear2d.vec", x, size, align, scale_factor),
                    (InterpolationMode.Bicubic, 2) when antialias => Op.Call("_upsample_bicubic2d_aa.vec", x, size, align, scale_factor),
                    (InterpolationMode.Bicubic, 2) => Op.Call("upsample_bicubic2d.vec", x, size, align, scale_factor),
                    (InterpolationMode.Trilinear, 3) => Op.Call("upsample_trilinear3d.vec", x, size, align, scale_factor),
                    (InterpolationMode.Area, 1) => Op.Call("adaptive_avg_pool1d", x, size),
                    (InterpolationMode.Area, 2) => Op.Call("adaptive_avg_pool2d", x, size),
                    (InterpolationMode.Area, 3) => Op.Call("adaptive_avg_pool3d", x, size),
                    _ => throw new ArgumentException($"interpolate: {mode} does not work in {spatial} dimensions"),
                };
            }

            public static Tensor upsample(Tensor input, long[]? size = null, double[]? scale_factor = null, UpsampleMode mode = UpsampleMode.Nearest, bool align_corners = false) =>
                interpolate(input, size, scale_factor, (InterpolationMode)mode, mode == UpsampleMode.Nearest ? null : align_corners);

            public static Tensor upsample_bilinear(Tensor x, long[]? size = null, double[]? scale_factor = null, bool align_corners = false) => interpolate(x, size, scale_factor, InterpolationMode.Bilinear, align_corners);

            public static Tensor upsample_nearest(Tensor x, long[]? size = null, double[]? scale_factor = null, bool align_corners = false) => interpolate(x, size, scale_factor, InterpolationMode.Nearest);

            public static Tensor upsample_nearest1d(Tensor input, long? outputSize, double? scaleFactor) => interpolate(input, outputSize is { } size ? [size] : null, scaleFactor is { } scale ? [scale] : null);

            public static Tensor upsample_nearest2d(Tensor input, long[]? outputSizes = null, double[]? scaleFactors = null) => interpolate(input, outputSizes, scaleFactors);

            public static Tensor upsample_nearest3d(Tensor input, long[]? outputSizes = null, double[]? scaleFactors = null) => interpolate(input, outputSizes, scaleFactors);
        }
    }
}
