namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Starting values, written into the tensor without a trace in the graph.</summary>
        public static class init
        {
            public enum FanInOut { FanIn = 0, FanOut = 1 }

            public enum NonlinearityType
            {
                Linear = 0, Conv1D = 1, Conv2D = 2, Conv3D = 3, ConvTranspose1D = 4, ConvTranspose2D = 5, ConvTranspose3D = 6,
                Sigmoid = 7, Tanh = 8, ReLU = 9, LeakyReLU = 10,
            }

            static Tensor Fill(Tensor tensor, Action fill)
            {
                using (no_grad()) fill();
                return tensor;
            }

            public static double calculate_gain(NonlinearityType nonlinearity, double param = 0) => nonlinearity switch
            {
                NonlinearityType.Tanh => 5.0 / 3,
                NonlinearityType.ReLU => Math.Sqrt(2),
                NonlinearityType.LeakyReLU => Math.Sqrt(2 / (1 + param * param)),
                _ => 1,
            };

            public static (long fanIn, long fanOut) CalculateFanInAndFanOut(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException($"Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got {shape.Length}");
                long field = shape.Skip(2).Aggregate(1L, (a, b) => a * b);
                return (shape[1] * field, shape[0] * field);
            }

            public static Tensor ones_(Tensor tensor) => constant_(tensor, 1);

            public static Tensor zeros_(Tensor tensor) => constant_(tensor, 0);

            public static Tensor constant_(Tensor tensor, Scalar val) => Fill(tensor, () => Op.InPlace("fill_.Scalar", tensor, val));

            public static Tensor eye_(Tensor tensor)
            {
                if (tensor.ndim != 2) throw new ArgumentException($"eye_ needs 2 dimensions, got {tensor.ndim}");
                return Fill(tensor, () =>
                {
                    using var one = Op.Call("eye.m", tensor.shape[0], tensor.shape[1], tensor.dtype, Arg.None, tensor.device);
                    Op.InPlace("copy_", tensor, one);
                });
            }

            /// <summary>A convolution that hands its channels through unchanged, as far as there are as many.</summary>
            public static Tensor dirac_(Tensor tensor)
            {
                var shape = tensor.shape;
                if (shape.Length is < 3 or > 5) throw new ArgumentException($"dirac_ needs 3 to 5 dimensions, got {shape.Length}");
                return Fill(tensor, () =>
                {
                    using var scope = NewDisposeScope();
                    Op.InPlace("zero_", tensor);
                    for (long c = 0; c < Math.Min(shape[0], shape[1]); c++)
                    {
                        var centre = Op.Call("select.int", Op.Call("select.int", tensor, 0L, c), 0L, c);
                        for (int d = 2; d < shape.Length; d++) centre = Op.Call("select.int", centre, 0L, shape[d] / 2);
                        Op.InPlace("fill_.Scalar", centre, 1.0);
                    }
                });
            }

            public static Tensor uniform_(Tensor tensor, double low = 0, double high = 1, Generator? generator = null) => Fill(tensor, () => Op.InPlace("uniform_", tensor, low, high, generator));

            public static Tensor normal_(Tensor tensor, double mean = 0, double std = 1, Generator? generator = null) => Fill(tensor, () => Op.InPlace("normal_", tensor, mean, std, generator));

            /// <summary>Normal values kept inside [a, b], by the inverse of the distribution function.</summary>
            public static Tensor trunc_normal_(Tensor tensor, double mean = 0, double std = 1, double a = -2, double b = 2, Generator? generator = null)
            {
                double low = Below((a - mean) / std), high = Below((b - mean) / std);
                return Fill(tensor, () =>
                {
                    Op.InPlace("uniform_", tensor, 2 * low - 1, 2 * high - 1, generator);
                    Op.InPlace("erfinv_", tensor);
                    Op.InPlace("mul_.Scalar", tensor, std * Math.Sqrt(2));
                    Op.InPlace("add_.Scalar", tensor, mean);
                    Op.InPlace("clamp_", tensor, a, b);
                });

                static double Below(double x)
                {
                    using var scope = NewDisposeScope();
                    var z = Op.Call("full", Array.Empty<long>(), x / Math.Sqrt(2), ScalarType.Float64);
                    return (1 + Op.Call("erf", z).ItemAsDouble()) / 2;
                }
            }

            /// <summary>Rows or columns that are orthogonal (Saxe et al. 2014), from the QR decomposition of normal values.</summary>
            public static Tensor orthogonal_(Tensor tensor, double gain = 1)
            {
                var shape = tensor.shape;
                if (shape.Length < 2) throw new ArgumentException($"orthogonal_ needs 2 dimensions or more, got {shape.Length}");
                return Fill(tensor, () =>
                {
                    using var scope = NewDisposeScope();
                    long rows = shape[0], columns = tensor.NumberOfElements / rows;
                    var normal = Op.InPlace("normal_", Op.Call("empty.memory_format", new[] { rows, columns }, tensor.dtype, Arg.None, tensor.device), 0.0, 1.0);
                    if (rows < columns) normal = Op.Call("t", normal);
                    var (q, r) = Op.Pair("linalg_qr", normal, "reduced");
                    // The sign of R's diagonal makes Q uniform over the orthogonal matrices.
                    q = Op.Call("mul.Tensor", q, Op.Call("sign", Op.Call("diagonal", r)));
                    if (rows < columns) q = Op.Call("t", q);
                    Op.InPlace("copy_", tensor, Op.Call("mul.Scalar", q, gain).reshape(shape));
                });
            }

            /// <summary>Normal values of which the fraction <paramref name="sparsity"/> of each column is zero (Martens 2010).</summary>
            public static Tensor sparse_(Tensor tensor, double sparsity, double std = 0.01)
            {
                if (tensor.ndim != 2) throw new ArgumentException($"sparse_ needs 2 dimensions, got {tensor.ndim}");
                return Fill(tensor, () =>
                {
                    using var scope = NewDisposeScope();
                    long rows = tensor.shape[0], zeros = (long)Math.Ceiling(sparsity * rows);
                    Op.InPlace("normal_", tensor, 0.0, std);
                    for (long c = 0; c < tensor.shape[1]; c++)
                    {
                        var chosen = Op.Call("slice.Tensor", Op.Call("randperm", rows, ScalarType.Int64, Arg.None, tensor.device), 0L, 0L, zeros, 1L);
                        Op.InPlace("index_fill_.int_Scalar", Op.Call("select.int", tensor, 1L, c), 0L, chosen, 0.0);
                    }
                });
            }

            /// <summary>Glorot and Bengio 2010, equation 16: uniform with variance 2 / (fan in + fan out).</summary>
            public static Tensor xavier_uniform_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                double bound = gain * Math.Sqrt(6.0 / (fanIn + fanOut));
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor glorot_uniform_(Tensor tensor, double gain = 1) => xavier_uniform_(tensor, gain);

            public static Tensor xavier_normal_(Tensor tensor, double gain = 1)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return normal_(tensor, 0, gain * Math.Sqrt(2.0 / (fanIn + fanOut)));
            }

            public static Tensor glorot_normal_(Tensor tensor, double gain = 1) => xavier_normal_(tensor, gain);

            /// <summary>He et al. 2015, equation 14.</summary>
            static double KaimingDeviation(Tensor tensor, double a, FanInOut mode, NonlinearityType nonlinearity)
            {
                var (fanIn, fanOut) = CalculateFanInAndFanOut(tensor);
                return calculate_gain(nonlinearity, a) / Math.Sqrt(mode == FanInOut.FanIn ? fanIn : fanOut);
            }

            public static Tensor kaiming_uniform_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU)
            {
                double bound = Math.Sqrt(3) * KaimingDeviation(tensor, a, mode, nonlinearity);
                return uniform_(tensor, -bound, bound);
            }

            public static Tensor kaiming_normal_(Tensor tensor, double a = 0, FanInOut mode = FanInOut.FanIn, NonlinearityType nonlinearity = NonlinearityType.LeakyReLU) =>
                normal_(tensor, 0, KaimingDeviation(tensor, a, mode, nonlinearity));
        }
    }
}
