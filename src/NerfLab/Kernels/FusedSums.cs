using System.Numerics;
using NerfLab.Math;
using static NerfLab.Kernels.RowArithmetic;
using static NerfLab.Kernels.TensorMemory;

namespace NerfLab.Kernels;

/// <summary><see cref="VolumeRendering.Accumulate(Tensor, Tensor?, RaySamples)"/> and its gradients: each ray sums its own samples, in their order.</summary>
internal static unsafe class FusedSums
{
    /// <summary>Forward pass; the reference takes what this does not know: other devices and dtypes.</summary>
    public static Tensor Accumulate(Tensor weights, Tensor? values, RaySamples samples) =>
        AreFloats(weights) && weights.ndim == 1 && RayBlocks.Knows(samples.Offsets) && (values is null || AreFloats(values) && values.ndim is 1 or 2 && values.shape[0] == weights.shape[0])
            ? Function.apply(weights, values!, samples.Offsets)
            : VolumeRendering.Accumulate(weights, values, samples);

    sealed class Function : torch.autograd.SingleTensorFunction<Function>
    {
        public override string Name => nameof(FusedSums);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            var (weights, values, offsets) = (((Tensor)vars[0]).contiguous(), ((Tensor?)vars[1])?.contiguous(), ((Tensor)vars[2]).contiguous());
            long rays = offsets.shape[0] - 1;
            int channels = values?.ndim == 2 ? (int)values.shape[1] : 1;
            ctx.save_for_backward(values is null ? [weights, offsets] : [weights, offsets, values]);
            ctx.save_data("wanted", (((Tensor)vars[0]).requires_grad, values is not null && ((Tensor)vars[1]).requires_grad));
            var sums = torch.empty(values?.ndim == 2 ? [rays, channels] : [rays]);
            float* w = Floats(weights), v = Memory(values), to = Floats(sums);
            long* o = RayBlocks.Offsets(offsets, weights.shape[0]);
            RayBlocks.Run(rays, (first, last) => Forward(w, v, o, to, channels, first, last));
            GC.KeepAlive((weights, values, offsets)); // copies that contiguous() made would otherwise be free to go
            return sums;
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            var (saved, wanted) = (ctx.get_saved_variables(), ((bool Weights, bool Values))ctx.get_data("wanted"));
            var (weights, offsets, values) = (saved[0], saved[1], saved.Count > 2 ? saved[2] : null);
            var given = grad_output.contiguous();
            var ofWeights = wanted.Weights ? torch.empty_like(weights) : null;
            var ofValues = wanted.Values ? torch.empty_like(values!) : null;
            int channels = values?.ndim == 2 ? (int)values.shape[1] : 1;
            float* w = Floats(weights), v = Memory(values), g = Floats(given), toWeights = Memory(ofWeights), toValues = Memory(ofValues);
            long* o = Longs(offsets);
            RayBlocks.Run(offsets.shape[0] - 1, (first, last) => Backward(w, v, o, g, toWeights, toValues, channels, first, last));
            GC.KeepAlive((saved, given));
            return [ofWeights!, ofValues!, null!];
        }

        static float* Memory(Tensor? tensor) => tensor is null ? null : Floats(tensor);
    }

    static void Forward(float* weights, float* values, long* offsets, float* sums, int channels, long first, long last)
    {
        for (long r = first; r < last; r++)
        {
            long i = offsets[r], end = offsets[r + 1];
            if (channels == 3)
            {
                var color = Vector3.Zero;
                for (; i < end; i++) color += weights[i] * ((Vector3*)values)[i];
                ((Vector3*)sums)[r] = color;
            }
            else if (channels == 1)
            {
                float sum = 0;
                for (; i < end; i++) sum += values == null ? weights[i] : weights[i] * values[i];
                sums[r] = sum;
            }
            else
            {
                float* target = sums + r * channels;
                new Span<float>(target, channels).Clear();
                for (; i < end; i++) AddScaled(target, values + i * channels, weights[i], channels);
            }
        }
    }

    /// <summary>dL/dw_i = v_i · g and dL/dv_i = w_i g, where g is the gradient of the ray's sum.</summary>
    static void Backward(float* weights, float* values, long* offsets, float* given, float* ofWeights, float* ofValues, int channels, long first, long last)
    {
        for (long r = first; r < last; r++)
        {
            long i = offsets[r], end = offsets[r + 1];
            float* g = given + r * channels;
            if (values == null) new Span<float>(ofWeights + i, (int)(end - i)).Fill(*g);
            else if (channels == 3)
            {
                var color = *(Vector3*)g;
                for (; i < end; i++)
                {
                    if (ofWeights != null) ofWeights[i] = Vector3.Dot(((Vector3*)values)[i], color);
                    if (ofValues != null) ((Vector3*)ofValues)[i] = weights[i] * color;
                }
            }
            else
            {
                for (; i < end; i++)
                {
                    if (ofWeights != null) ofWeights[i] = Dot(values + i * channels, g, channels);
                    if (ofValues != null) Scale(ofValues + i * channels, g, weights[i], channels);
                }
            }
        }
    }
}
