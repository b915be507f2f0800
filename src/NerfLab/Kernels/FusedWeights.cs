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
        AreFloats(density, samples.Deltas) && density.ndim == 1 && samples.Deltas.ndim == 1 && RayBlocks.Knows(samples.Offsets) && !samples.Deltas.requires_grad
        && density.shape[0] == samples.Count && samples.Deltas.shape[0] == samples.Count
            ? Function.apply(density, samples.Deltas, samples.Offsets)
            : VolumeRendering.Weights(density, samples);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedWeights);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (density, delta, offsets) = (((Tensor)vars[0]).contiguous(), ((Tensor)vars[1]).contiguous(), ((Tensor)vars[2]).contiguous());
            long rays = offsets.shape[0] - 1;
            // What the backward pass would have to compute again: the light that reaches each sample, and what is left behind each ray.
            var (weights, reaching, left) = (torch.empty_like(density), torch.empty_like(density), torch.empty([rays]));
            float* d = Floats(density), l = Floats(delta), w = Floats(weights), t = Floats(reaching), e = Floats(left);
            long* o = RayBlocks.Offsets(offsets, density.shape[0]);
            RayBlocks.Run(rays, (first, last) => Forward(d, l, o, w, t, e, first, last));
            GC.KeepAlive((density, delta, offsets)); // copies that contiguous() made would otherwise be free to go
            ctx.save_for_backward([delta, offsets, weights, reaching, left]);
            return weights;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var saved = ctx.get_saved_variables();
            var (given, gradient) = (grad_output.contiguous(), torch.empty_like(saved[0]));
            float* l = Floats(saved[0]), w = Floats(saved[2]), t = Floats(saved[3]), e = Floats(saved[4]), g = Floats(given), to = Floats(gradient);
            long* o = Longs(saved[1]);
            RayBlocks.Run(saved[4].shape[0], (first, last) => Backward(l, o, w, t, e, g, to, first, last));
            GC.KeepAlive((saved, given));
            return [gradient, null!, null!];
        }
    }

    static void Forward(float* density, float* delta, long* offsets, float* weights, float* reaching, float* left, long first, long last)
    {
        for (long r = first; r < last; r++)
        {
            double thickness = 0;
            for (long i = offsets[r], end = offsets[r + 1]; i < end; i++)
            {
                reaching[i] = (float)thickness;
                float own = density[i] * delta[i];
                thickness += own > Opaque ? Opaque : own; // what is not a number stays so
            }
            left[r] = (float)thickness;
        }
        Transmit(left, first, last);
        Transmit(reaching, offsets[first], offsets[last]);
        long k = offsets[first], behind = offsets[last];
        for (; k <= behind - 8; k += 8) Absorbed(Vector256.Load(reaching + k), Vector256.Load(density + k) * Vector256.Load(delta + k)).Store(weights + k);
        for (; k < behind; k++) weights[k] = Absorbed(Vector256.Create(reaching[k]), Vector256.Create(density[k] * delta[k])).ToScalar();
    }

    /// <summary>From thickness to transmittance, in place.</summary>
    static void Transmit(float* values, long k, long end)
    {
        for (; k <= end - 8; k += 8) Exponential.Exp(-Vector256.Load(values + k)).Store(values + k);
        for (; k < end; k++) values[k] = Exponential.Exp(Vector256.Create(-values[k])).ToScalar();
    }

    /// <summary>T (1 - exp(-σδ)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<float> Absorbed(Vector256<float> reaching, Vector256<float> thickness) => reaching * -Exponential.ExpMinusOne(-thickness);

    /// <summary>dL/dσ_i = δ_i (T_{i+1} g_i - Σ_{j&gt;i} w_j g_j), where g is the gradient of the weights; from the last sample of each ray to the first.</summary>
    static void Backward(float* delta, long* offsets, float* weights, float* reaching, float* left, float* given, float* gradient, long first, long last)
    {
        for (long r = first; r < last; r++)
        {
            double behind = 0;
            float passed = left[r];
            for (long i = offsets[r + 1] - 1, begin = offsets[r]; i >= begin; i--)
            {
                gradient[i] = delta[i] * (float)((double)passed * given[i] - behind);
                behind += (double)weights[i] * given[i];
                passed = reaching[i];
            }
        }
    }
}
