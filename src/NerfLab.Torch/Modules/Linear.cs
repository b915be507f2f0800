using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules
{
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(Parameter weight, Parameter? bias) : base(nameof(Linear))
        {
            (this.weight, this.bias) = (weight, bias);
            (in_features, out_features) = (weight.shape[1], weight.shape[0]);
        }

        internal Linear(long inputSize, long outputSize, bool hasBias, Device? device, ScalarType? dtype) : base(nameof(Linear))
        {
            (in_features, out_features) = (inputSize, outputSize);
            weight = nn.New([outputSize, inputSize], dtype, device);
            nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
            if (!hasBias) return;
            bias = nn.New([outputSize], dtype, device);
            double bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
            nn.init.uniform_(bias, -bound, bound);
        }

        [field: ComponentName(Name = "weight")]
        public Parameter weight
        {
            get;
            set => ConditionallyRegisterParameter("weight", field = value);
        }

        [field: ComponentName(Name = "bias")]
        public Parameter? bias
        {
            get;
            set => ConditionallyRegisterParameter("bias", field = value);
        }

        public long in_features { get; set; }

        public long out_features { get; set; }

        public override Tensor forward(Tensor tensor) => F.linear(tensor, weight, bias);
    }

    /// <summary>Hands its input on.</summary>
    public sealed class Identity : ParameterLessModule<Tensor, Tensor>
    {
        internal Identity() : base(nameof(Identity)) { }

        public override Tensor forward(Tensor tensor) => tensor.alias();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>Memory for a parameter, not yet initialised.</summary>
            internal static Parameter New(long[] size, ScalarType? dtype, Device? device)
            {
                using var memory = Memory(size, dtype, device);
                return new Parameter(memory);
            }

            /// <summary>Memory for a buffer, not yet initialised.</summary>
            internal static Tensor Memory(long[] size, ScalarType? dtype, Device? device) =>
                Op.Call("empty.memory_format", size, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device());

            public static Parameter Parameter(Tensor data, bool requires_grad = true) => new(data, requires_grad);

            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null, ScalarType? dtype = null) => new(inputSize, outputSize, hasBias, device, dtype);

            public static Linear Linear(Parameter weight, Parameter? bias = null) => new(weight, bias);

            public static Identity Identity() => new();
        }
    }
}
