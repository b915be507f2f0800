using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules
{
    public sealed class ConstantPad1d : ParameterLessModule<Tensor, Tensor>
    {
        internal ConstantPad1d(long[] padding, double value) : base(nameof(ConstantPad1d)) => (this.padding, this.value) = (padding, value);

        public long[] padding { get; set; }

        public double value { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Constant, value);
    }

    public sealed class ConstantPad2d : ParameterLessModule<Tensor, Tensor>
    {
        internal ConstantPad2d(long[] padding, double value) : base(nameof(ConstantPad2d)) => (this.padding, this.value) = (padding, value);

        public long[] padding { get; set; }

        public double value { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Constant, value);
    }

    public sealed class ConstantPad3d : ParameterLessModule<Tensor, Tensor>
    {
        internal ConstantPad3d(long[] padding, double value) : base(nameof(ConstantPad3d)) => (this.padding, this.value) = (padding, value);

        public long[] padding { get; set; }

        public double value { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Constant, value);
    }

    public sealed class ReflectionPad1d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReflectionPad1d(long[] padding) : base(nameof(ReflectionPad1d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Reflect);
    }

    public sealed class ReflectionPad2d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReflectionPad2d(long[] padding) : base(nameof(ReflectionPad2d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Reflect);
    }

    public sealed class ReflectionPad3d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReflectionPad3d(long[] padding) : base(nameof(ReflectionPad3d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Reflect);
    }

    public sealed class ReplicationPad1d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReplicationPad1d(long[] padding) : base(nameof(ReplicationPad1d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Replicate);
    }

    public sealed class ReplicationPad2d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReplicationPad2d(long[] padding) : base(nameof(ReplicationPad2d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Replicate);
    }

    public sealed class ReplicationPad3d : ParameterLessModule<Tensor, Tensor>
    {
        internal ReplicationPad3d(long[] padding) : base(nameof(ReplicationPad3d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding, PaddingModes.Replicate);
    }

    public sealed class ZeroPad2d : ParameterLessModule<Tensor, Tensor>
    {
        internal ZeroPad2d(long[] padding) : base(nameof(ZeroPad2d)) => this.padding = padding;

        public long[] padding { get; set; }

        public override Tensor forward(Tensor tensor) => F.pad(tensor, padding);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ConstantPad1d ConstantPad1d(long padding, double value) => new(Many(padding, 2), value);

            public static ConstantPad1d ConstantPad1d((long, long) padding, double value) => new([padding.Item1, padding.Item2], value);

            public static ConstantPad2d ConstantPad2d(long padding, double value) => new(Many(padding, 4), value);

            public static ConstantPad2d ConstantPad2d((long, long, long, long) padding, double value) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4], value);

            public static ConstantPad3d ConstantPad3d(long padding, double value) => new(Many(padding, 6), value);

            public static ConstantPad3d ConstantPad3d((long, long, long, long, long, long) padding, double value) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6], value);

            public static ReflectionPad1d ReflectionPad1d(long padding) => new(Many(padding, 2));

            public static ReflectionPad1d ReflectionPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static ReflectionPad2d ReflectionPad2d(long padding) => new(Many(padding, 4));

            public static ReflectionPad2d ReflectionPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static ReflectionPad3d ReflectionPad3d(long padding) => new(Many(padding, 6));

            public static ReflectionPad3d ReflectionPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);

            public static ReplicationPad1d ReplicationPad1d(long padding) => new(Many(padding, 2));

            public static ReplicationPad1d ReplicationPad1d((long, long) padding) => new([padding.Item1, padding.Item2]);

            public static ReplicationPad2d ReplicationPad2d(long padding) => new(Many(padding, 4));

            public static ReplicationPad2d ReplicationPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);

            public static ReplicationPad3d ReplicationPad3d(long padding) => new(Many(padding, 6));

            public static ReplicationPad3d ReplicationPad3d((long, long, long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4, padding.Item5, padding.Item6]);

            public static ZeroPad2d ZeroPad2d(long padding) => new(Many(padding, 4));

            public static ZeroPad2d ZeroPad2d((long, long, long, long) padding) => new([padding.Item1, padding.Item2, padding.Item3, padding.Item4]);
        }
    }
}
