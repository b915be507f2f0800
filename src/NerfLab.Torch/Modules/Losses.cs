using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp
{
    /// <summary>A measure of the difference between an input and a target.</summary>
    public abstract class Loss<T1, T2, TResult> : Module<T1, T2, TResult>
    {
        public Loss(Reduction reduction = Reduction.Mean) : base(nameof(Loss<T1, T2, TResult>)) => this.reduction = reduction;

        public Reduction reduction { get; }
    }
}

namespace TorchSharp.Modules
{
    public sealed class CrossEntropyLoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly Tensor? _weight;
        readonly long? _ignore_index;

        internal CrossEntropyLoss(Tensor? weight, long? ignore_index, Reduction reduction) : base(reduction) => (_weight, _ignore_index) = (weight, ignore_index);

        public override Tensor forward(Tensor input, Tensor target) => F.cross_entropy(input, target, _weight, _ignore_index ?? -100, reduction);
    }

    public sealed class BCELoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly Tensor? _weight;

        internal BCELoss(Tensor? weight, Reduction reduction) : base(reduction) => _weight = weight;

        public override Tensor forward(Tensor input, Tensor target) => F.binary_cross_entropy(input, target, _weight, reduction);
    }

    public sealed class BCEWithLogitsLoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly Tensor? _weight;
        readonly Tensor? _pos_weights;

        internal BCEWithLogitsLoss(Tensor? weight, Reduction reduction, Tensor? pos_weights) : base(reduction) => (_weight, _pos_weights) = (weight, pos_weights);

        public override Tensor forward(Tensor input, Tensor target) => F.binary_cross_entropy_with_logits(input, target, _weight, reduction, _pos_weights);
    }

    public sealed class HuberLoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly double _delta;

        internal HuberLoss(double delta, Reduction reduction) : base(reduction) => _delta = delta;

        public override Tensor forward(Tensor input, Tensor target) => F.huber_loss(input, target, _delta, reduction);
    }

    public sealed class MSELoss : Loss<Tensor, Tensor, Tensor>
    {
        public MSELoss(Reduction reduction = Reduction.Mean) : base(reduction) { }

        public override Tensor forward(Tensor input, Tensor target) => F.mse_loss(input, target, reduction);
    }

    public sealed class L1Loss : Loss<Tensor, Tensor, Tensor>
    {
        public L1Loss(Reduction reduction = Reduction.Mean) : base(reduction) { }

        public override Tensor forward(Tensor input, Tensor target) => F.l1_loss(input, target, reduction);
    }

    public sealed class NLLLoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly Tensor? _weight;

        internal NLLLoss(Tensor? weight, Reduction reduction) : base(reduction) => _weight = weight;

        public override Tensor forward(Tensor input, Tensor target) => F.nll_loss(input, target, _weight, reduction);
    }

    public sealed class KLDivLoss : Loss<Tensor, Tensor, Tensor>
    {
        readonly bool _log_target;

        internal KLDivLoss(bool log_target, Reduction reduction) : base(reduction) => _log_target = log_target;

        public override Tensor forward(Tensor input, Tensor target) => F.kl_div(input, target, _log_target, reduction);
    }

    public sealed class SoftMarginLoss : Loss<Tensor, Tensor, Tensor>
    {
        internal SoftMarginLoss(Reduction reduction) : base(reduction) { }

        public override Tensor forward(Tensor input, Tensor target) => F.soft_margin_loss(input, target, reduction);
    }

    public sealed class GaussianNLLLoss : Module<Tensor, Tensor, Tensor, Tensor>
    {
        readonly bool _full;
        readonly float _eps;

        internal GaussianNLLLoss(bool full, float eps, Reduction reduction) : base(nameof(GaussianNLLLoss)) => (_full, _eps, this.reduction) = (full, eps, reduction);

        public Reduction reduction { get; }

        public override Tensor forward(Tensor input, Tensor target, Tensor variance) => F.gaussian_nll_loss(input, target, variance, _full, _eps, reduction);
    }

    public sealed class SmoothL1Loss : Loss<Tensor, Tensor, Tensor>
    {
        readonly double _beta;

        internal SmoothL1Loss(Reduction reduction, double beta) : base(reduction) => _beta = beta;

        public override Tensor forward(Tensor input, Tensor target) => F.smooth_l1_loss(input, target, reduction, _beta);
    }

    public sealed class CosineSimilarity : Module<Tensor, Tensor, Tensor>
    {
        internal CosineSimilarity(long dim, double eps) : base(nameof(CosineSimilarity)) => (this.dim, this.eps) = (dim, eps);

        public long dim { get; set; }

        public double eps { get; set; }

        public override Tensor forward(Tensor input1, Tensor input2) => F.cosine_similarity(input1, input2, dim, eps);
    }

    public sealed class PairwiseDistance : Module<Tensor, Tensor, Tensor>
    {
        internal PairwiseDistance(double p, double eps, bool keepdim) : base(nameof(PairwiseDistance)) => (norm, this.eps, this.keepdim) = (p, eps, keepdim);

        public double norm { get; set; }

        public double eps { get; set; }

        public bool keepdim { get; set; }

        public override Tensor forward(Tensor input1, Tensor input2) => F.pairwise_distance(input1, input2, norm, eps, keepdim);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static CrossEntropyLoss CrossEntropyLoss(Tensor? weight = null, long? ignore_index = null, Reduction reduction = Reduction.Mean) => new(weight, ignore_index, reduction);

            public static BCELoss BCELoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) => new(weight, reduction);

            public static BCEWithLogitsLoss BCEWithLogitsLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) => new(weight, reduction, pos_weights);

            public static HuberLoss HuberLoss(double delta = 1, Reduction reduction = Reduction.Mean) => new(delta, reduction);

            public static MSELoss MSELoss(Reduction reduction = Reduction.Mean) => new(reduction);

            public static L1Loss L1Loss(Reduction reduction = Reduction.Mean) => new(reduction);

            public static NLLLoss NLLLoss(Tensor? weight = null, Reduction reduction = Reduction.Mean) => new(weight, reduction);

            public static KLDivLoss KLDivLoss(bool log_target = true, Reduction reduction = Reduction.Mean) => new(log_target, reduction);

            public static SoftMarginLoss SoftMarginLoss(Reduction reduction = Reduction.Mean) => new(reduction);

            public static GaussianNLLLoss GaussianNLLLoss(bool full = false, float eps = 1e-08f, Reduction reduction = Reduction.Mean) => new(full, eps, reduction);

            public static SmoothL1Loss SmoothL1Loss(Reduction reduction = Reduction.Mean, double beta = 1) => new(reduction, beta);

            public static CosineSimilarity CosineSimilarity(long dim = 1, double eps = 1e-08) => new(dim, eps);

            public static PairwiseDistance PairwiseDistance(double p = 2, double eps = 1e-06, bool keepdim = false) => new(p, eps, keepdim);
        }
    }
}
