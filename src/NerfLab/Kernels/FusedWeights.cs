using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NerfLab.Math;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="VolumeRendering.Weights(Tensor, RaySamples)"/> in one pass over the rays, and its gradient for densities in another.</summary>
/// <remarks>
/// Each ray has a running sum of its own, so that what is not a number on one ray does not reach the others. What lies behind something opaque gets 0, with
/// a gradient of exactly 0: an optimiser that divides by the size of gradients would make steps out of what rounding leaves there.
/// </remarks>
internal static unsafe class FusedWeights
{
    const float Opaque = 128; // as in the reference

    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes, and gradients of lengths.</summary>
    public static Tensor Weights(Tensor density, RaySamples samples) =>
        Knows(density) && Knows(samples.Deltas) && RayBlocks.Knows(samples.Offsets) && !samples.Deltas.requires_grad && density.shape[0] == samples.Count && samples.Deltas.shape[0] == samples.Count
            ? Function.apply(density, samples.Deltas, samples.Offsets)
            : VolumeRendering.Weights(density, samples);

    static bool Knows(Tensor values) => values.device_type == DeviceType.CPU && values.dtype == torch.ScalarType.Float32 && values.ndim == 1;

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedWeights);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (density, delta, offsets) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
            var weights = torch.empty_like(density);
            Forward(Floats(density), Floats(delta), RayBlocks.Offsets(offsets, density.shape[0]), Floats(weights), offsets.shape[0] - 1);
            ctx.save_for_backward([density, delta, offsets, weights]);
            return weights;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (given, gradient) = (grad_output.contiguous(), torch.empty_like(saved[0]));
            Backward(Floats(saved[0]), Floats(saved[1]), Longs(saved[2]), Floats(saved[3]), Floats(given), Floats(gradient), saved[2].shape[0] - 1);
            GC.KeepAlive((saved, given));
            return [gradient, null!, null!];
        }
    }

    static void Forward(float* density, float* delta, long* offsets, float* weights, long rays) => RayBlocks.Run(rays, (first, last) =>
    {
        for (long r = first; r < last; r++)
        {
            double thickness = 0;
            for (long i = offsets[r]; i < offsets[r + 1]; i++)
            {
                weights[i] = (float)thickness;
                thickness += Counted(density[i] * delta[i]);
            }
        }
        // w = exp(-Σ before) · (1 - exp(-σδ)), for all rays of the block together.
        long k = offsets[first], end = offsets[last];
        for (; k <= end - 8; k += 8)
            Absorbed(Vector256.Load(weights + k), Vector256.Load(density + k) * Vector256.Load(delta + k)).Store(weights + k);
        for (; k < end; k++) weights[k] = Absorbed(Vector256.Create(weights[k]), Vector256.Create(density[k] * delta[k])).ToScalar();
    });

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Absorbed(Vector256<float> before, Vector256<float> thickness) => Exponential.Exp(-before) * -Exponential.ExpMinusOne(-thickness);

    /// <summary>At most <see cref="Opaque"/>; what is not a number stays so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static float Counted(float thickness) => thickness > Opaque ? Opaque : thickness;

    /// <summary>dL/dσ_i = δ_i (T_{i+1} g_i - Σ_{j&gt;i} w_j g_j), where g is the gradient of the weights: T from the front, the sum from behind.</summary>
    static void Backward(float* density, float* delta, long* offsets, float* weights, float* given, float* gradient, long rays) => RayBlocks.Run(rays, (first, last) =>
    {
        for (long r = first; r < last; r++)
        {
            double thickness = 0;
            for (long i = offsets[r]; i < offsets[r + 1]; i++)
            {
                thickness += Counted(density[i] * delta[i]);
                gradient[i] = (float)thickness;
            }
        }
        long k = offsets[first], end = offsets[last];
        for (; k <= end - 8; k += 8) Exponential.Exp(-Vector256.Load(gradient + k)).Store(gradient + k);
        for (; k < end; k++) gradient[k] = Exponential.Exp(Vector256.Create(-gradient[k])).ToScalar();
        for (long r = first; r < last; r++)
        {
            double behind = 0;
            for (long i = offsets[r + 1] - 1; i >= offsets[r]; i--)
            {
                gradient[i] = delta[i] * (float)((double)gradient[i] * given[i] - behind);
                behind += (double)weights[i] * given[i];
            }
        }
    });
}
