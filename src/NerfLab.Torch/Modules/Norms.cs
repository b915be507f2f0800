using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules
{
    /// <summary>What batch and instance normalisation share: a scale and a shift for each channel, and running statistics.</summary>
    public abstract class NormBase : nn.Module<Tensor, Tensor>
    {
        public NormBase(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name) : base(name)
        {
            (this.num_features, this.eps, this.momentum, this.affine, this.track_running_stats) = (num_features, eps, momentum, affine, track_running_stats);
            if (affine)
            {
                weight = nn.New([num_features], dtype, device);
                bias = nn.New([num_features], dtype, device);
            }
            if (track_running_stats)
            {
                running_mean = nn.Memory([num_features], dtype, device);
                running_var = nn.Memory([num_features], dtype, device);
                num_batches_tracked = nn.Memory([], ScalarType.Int64, device);
            }
            reset_parameters();
        }

        [field: ComponentName(Name = "weight")]
        public Parameter weight
        {
            get;
            set => ConditionallyRegisterParameter("weight", field = value);
        } = null!;

        [field: ComponentName(Name = "bias")]
        public Parameter? bias
        {
            get;
            set => ConditionallyRegisterParameter("bias", field = value);
        }

        [field: ComponentName(Name = "running_mean")]
        public Tensor? running_mean
        {
            get;
            set => ConditionallyRegisterBuffer("running_mean", field = value);
        }

        [field: ComponentName(Name = "running_var")]
        public Tensor? running_var
        {
            get;
            set => ConditionallyRegisterBuffer("running_var", field = value);
        }

        [field: ComponentName(Name = "num_batches_tracked")]
        public Tensor? num_batches_tracked
        {
            get;
            set => ConditionallyRegisterBuffer("num_batches_tracked", field = value);
        }

        public long num_features { get; }

        public double eps { get; set; }

        /// <summary>The share of the newest batch in the running statistics; null for the plain mean over all batches.</summary>
        public double? momentum { get; set; }

        public bool affine { get; }

        public bool track_running_stats { get; }

        public void reset_running_stats()
        {
            if (!track_running_stats) return;
            nn.init.zeros_(running_mean!);
            nn.init.ones_(running_var!);
            nn.init.zeros_(num_batches_tracked!);
        }

        public void reset_parameters()
        {
            reset_running_stats();
            if (!affine) return;
            nn.init.ones_(weight);
            nn.init.zeros_(bias!);
        }

        protected abstract void ValidateInputDimensions(Tensor input);

        private protected void Require(Tensor input, params long[] dimensions)
        {
            if (!dimensions.Contains(input.ndim)) throw new ArgumentException($"{GetName()} expects {string.Join(" or ", dimensions)} dimensions, got {input.ndim}");
        }
    }

    /// <summary>Ioffe and Szegedy 2015.</summary>
    public abstract class BatchNorm : NormBase
    {
        public BatchNorm(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name) { }

        public override Tensor forward(Tensor input)
        {
            ValidateInputDimensions(input);
            double share = momentum ?? 0;
            if (training && num_batches_tracked is not null)
            {
                Op.InPlace("add_.Scalar", num_batches_tracked, 1L);
                share = momentum ?? 1.0 / num_batches_tracked.ToInt64();
            }
            return F.batch_norm(input, running_mean, running_var, weight, bias, training || running_mean is null, share, eps);
        }
    }

    public sealed class BatchNorm1d : BatchNorm
    {
        internal BatchNorm1d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm1d)) { }

        protected override void ValidateInputDimensions(Tensor input) => Require(input, 2, 3);
    }

    public sealed class BatchNorm2d : BatchNorm
    {
        internal BatchNorm2d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm2d)) { }

        protected override void ValidateInputDimensions(Tensor input) => Require(input, 4);
    }

    public sealed class BatchNorm3d : BatchNorm
    {
        internal BatchNorm3d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(BatchNorm3d)) { }

        protected override void ValidateInputDimensions(Tensor input) => Require(input, 5);
    }

    /// <summary>Ulyanov et al. 2016: every channel of every sample by itself.</summary>
    public abstract class InstanceNorm : NormBase
    {
        public InstanceNorm(long num_features, double eps, double? momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype, string name)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, name) { }

        /// <summary>The dimensions of an input with a batch; one fewer is a single sample.</summary>
        protected abstract long GetNumberOfBatchDimensions();

        protected override void ValidateInputDimensions(Tensor input) => Require(input, GetNumberOfBatchDimensions() - 1, GetNumberOfBatchDimensions());

        public override Tensor forward(Tensor input)
        {
            ValidateInputDimensions(input);
            bool single = input.ndim < GetNumberOfBatchDimensions();
            var result = F.instance_norm(single ? Op.Call("unsqueeze", input, 0L) : input, running_mean, running_var, weight, bias, training || !track_running_stats, momentum ?? 0.1, eps);
            return single ? Op.Call("squeeze.dim", result, 0L) : result;
        }
    }

    public sealed class InstanceNorm1d : InstanceNorm
    {
        internal InstanceNorm1d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(InstanceNorm1d)) { }

        protected override long GetNumberOfBatchDimensions() => 3;
    }

    public sealed class InstanceNorm2d : InstanceNorm
    {
        internal InstanceNorm2d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(InstanceNorm2d)) { }

        protected override long GetNumberOfBatchDimensions() => 4;
    }

    public sealed class InstanceNorm3d : InstanceNorm
    {
        internal InstanceNorm3d(long num_features, double eps, double momentum, bool affine, bool track_running_stats, Device? device, ScalarType? dtype)
            : base(num_features, eps, momentum, affine, track_running_stats, device, dtype, nameof(InstanceNorm3d)) { }

        protected override long GetNumberOfBatchDimensions() => 5;
    }

    /// <summary>Wu and He 2018: the channels of a sample in groups.</summary>
    public sealed class GroupNorm : nn.Module<Tensor, Tensor>
    {
        internal GroupNorm(long num_groups, long num_channels, double eps, bool affine, Device? device, ScalarType? dtype) : base(nameof(GroupNorm))
        {
            if (num_groups <= 0 || num_channels % num_groups != 0) throw new ArgumentException($"GroupNorm: {num_channels} channels do not divide into {num_groups} groups");
            (this.num_groups, this.eps, this.affine) = (num_groups, eps, affine);
            if (!affine) return;
            weight = nn.New([num_channels], dtype, device);
            bias = nn.New([num_channels], dtype, device);
            nn.init.ones_(weight);
            nn.init.zeros_(bias);
        }

        [field: ComponentName(Name = "weight")]
        public Parameter weight
        {
            get;
            set => ConditionallyRegisterParameter("weight", field = value);
        } = null!;

        [field: ComponentName(Name = "bias")]
        public Parameter? bias
        {
            get;
            set => ConditionallyRegisterParameter("bias", field = value);
        }

        public long num_groups { get; set; }

        public double eps { get; set; }

        public bool affine { get; set; }

        public override Tensor forward(Tensor tensor) => F.group_norm(tensor, num_groups, weight, bias, eps);
    }

    /// <summary>Ba, Kiros and Hinton 2016: over the last dimensions.</summary>
    public sealed class LayerNorm : nn.Module<Tensor, Tensor>
    {
        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, Device? device, ScalarType? dtype) : base(nameof(LayerNorm))
        {
            (this.normalized_shape, this.eps, this.elementwise_affine) = (normalized_shape, eps, elementwise_affine);
            if (!elementwise_affine) return;
            weight = nn.New(normalized_shape, dtype, device);
            if (bias) this.bias = nn.New(normalized_shape, dtype, device);
            reset_parameters();
        }

        [field: ComponentName(Name = "weight")]
        public Parameter weight
        {
            get;
            set => ConditionallyRegisterParameter("weight", field = value);
        } = null!;

        [field: ComponentName(Name = "bias")]
        public Parameter? bias
        {
            get;
            set => ConditionallyRegisterParameter("bias", field = value);
        }

        public long[] normalized_shape { get; set; }

        public double eps { get; set; }

        public bool elementwise_affine { get; set; }

        public void reset_parameters()
        {
            if (!elementwise_affine) return;
            nn.init.ones_(weight);
            if (bias is not null) nn.init.zeros_(bias);
        }

        public override Tensor forward(Tensor tensor) => F.layer_norm(tensor, normalized_shape, weight, bias, eps);
    }

    public sealed class LocalResponseNorm : ParameterLessModule<Tensor, Tensor>
    {
        internal LocalResponseNorm(long size, double alpha, double beta, double k) : base(nameof(LocalResponseNorm)) => (this.size, this.alpha, this.beta, this.k) = (size, alpha, beta, k);

        public long size { get; set; }

        public double alpha { get; set; }

        public double beta { get; set; }

        public double k { get; set; }

        public override Tensor forward(Tensor tensor) => F.local_response_norm(tensor, size, alpha, beta, k);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static BatchNorm1d BatchNorm1d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static BatchNorm2d BatchNorm2d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static BatchNorm3d BatchNorm3d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = true, bool track_running_stats = true, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static InstanceNorm1d InstanceNorm1d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static InstanceNorm2d InstanceNorm2d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static InstanceNorm3d InstanceNorm3d(long num_features, double eps = 1e-05, double momentum = 0.1, bool affine = false, bool track_running_stats = false, Device? device = null, ScalarType? dtype = null) =>
                new(num_features, eps, momentum, affine, track_running_stats, device, dtype);

            public static GroupNorm GroupNorm(long num_groups, long num_channels, double eps = 1e-05, bool affine = true, Device? device = null, ScalarType? dtype = null) => new(num_groups, num_channels, eps, affine, device, dtype);

            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) => new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true, Device? device = null, ScalarType? dtype = null) => new([normalized_shape], eps, elementwise_affine, bias, device, dtype);

            public static LocalResponseNorm LocalResponseNorm(long size, double alpha = 0.0001, double beta = 0.75, double k = 1) => new(size, alpha, beta, k);
        }
    }
}
