using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static class utils
        {
            /// <summary>Scales all gradients together so that their joint norm is at most max_norm; returns the norm before.</summary>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var still = no_grad();
                var gradients = tensors.Select(t => t.grad).OfType<Tensor>().ToArray();
                if (gradients.Length == 0) return 0;
                var device = gradients[0].device;
                var norms = Array.ConvertAll(gradients, g => Op.Call("to.device", Op.Call("linalg_vector_norm", g, norm_type), device, ScalarType.Float64));
                double total = Op.Call("linalg_vector_norm", Op.Call("stack", norms), norm_type).ToDouble();
                double scale = max_norm / (total + 1e-6);
                if (scale < 1)
                    foreach (var gradient in gradients) Op.InPlace("mul_.Scalar", gradient, scale);
                return total;
            }

            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var scope = NewDisposeScope();
                using var still = no_grad();
                foreach (var gradient in tensors.Select(t => t.grad).OfType<Tensor>()) Op.InPlace("clamp_", gradient, -clip_value, clip_value);
            }

            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors) => Op.Call("cat", tensors.Select(t => t.reshape(-1)).ToArray(), 0L);

            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                var list = tensors.ToList();
                long total = list.Sum(t => t.NumberOfElements), offset = 0;
                if (vec.NumberOfElements != total) throw new ArgumentException($"a vector of {vec.NumberOfElements} elements for parameters of {total}");
                using var scope = NewDisposeScope();
                using var still = no_grad();
                foreach (var parameter in list)
                {
                    long count = parameter.NumberOfElements;
                    Op.InPlace("copy_", parameter, Op.Call("slice.Tensor", vec, 0L, offset, offset + count, 1L).reshape(parameter.shape));
                    offset += count;
                }
            }

            /// <summary>One convolution that does what a convolution and a batch normalisation after it do in evaluation.</summary>
            public static (Parameter weight, Parameter bias) fuse_conv_bn_weights(Tensor conv_w, Tensor? conv_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor? bn_w, Tensor? bn_b, bool transpose = false)
            {
                using var scope = NewDisposeScope();
                using var still = no_grad();
                var scale = Op.Call("rsqrt", Op.Call("add.Scalar", bn_rv, bn_eps));
                if (bn_w is not null) scale = Op.Call("mul.Tensor", scale, bn_w);
                var shape = Enumerable.Repeat(1L, (int)conv_w.ndim).ToArray();
                shape[transpose ? 1 : 0] = -1;
                var shift = Op.Call("neg", bn_rm);
                if (conv_b is not null) shift = Op.Call("add.Tensor", shift, conv_b);
                shift = Op.Call("mul.Tensor", shift, scale);
                if (bn_b is not null) shift = Op.Call("add.Tensor", shift, bn_b);
                return (new Parameter(Op.Call("mul.Tensor", conv_w, scale.reshape(shape)), conv_w.requires_grad), new Parameter(shift, conv_b?.requires_grad ?? conv_w.requires_grad));
            }

            public static (Parameter weight, Parameter bias) fuse_linear_bn_weights(Tensor linear_w, Tensor? linear_b, Tensor bn_rm, Tensor bn_rv, double bn_eps, Tensor bn_w, Tensor bn_b) =>
                fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b);

            public static Linear fuse_linear_bn_eval(Linear linear, BatchNorm bn)
            {
                if (linear.training || bn.training) throw new ArgumentException("fuse_linear_bn_eval works on modules in evaluation mode");
                var (weight, bias) = fuse_conv_bn_weights(linear.weight, linear.bias, bn.running_mean!, bn.running_var!, bn.eps, bn.affine ? bn.weight : null, bn.bias);
                return Linear(weight, bias);
            }
        }
    }
}
