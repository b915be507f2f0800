using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Dozat 2016: Adam with Nesterov momentum.</summary>
public class NAdam : OptimizerHelper, optim.IBetas
{
    public NAdam(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0, double momentum_decay = 0.004) : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, momentum_decay) { }

    public NAdam(IEnumerable<ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0, double momentum_decay = 0.004) : base(Set(lr, beta1, beta2, eps, weight_decay, momentum_decay), parameters) { }

    static Options Set(double lr, double beta1, double beta2, double eps, double weight_decay, double momentum_decay)
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (eps, nameof(eps)), (weight_decay, nameof(weight_decay)), (momentum_decay, nameof(momentum_decay)));
        OptimizerRanges.Fraction((beta1, nameof(beta1)), (beta2, nameof(beta2)));
        return new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, momentum_decay = momentum_decay };
    }

    private protected override OptimizerOptions NewOptions() => new Options();

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    public (double, double) Betas
    {
        get => ((ParamGroup)_parameter_groups[0]).Betas;
        set
        {
            foreach (var group in _parameter_groups) ((ParamGroup)group).Betas = value;
        }
    }

    public override Tensor step(Func<Tensor>? closure = null) => _step<ParamGroup>(group =>
    {
        var o = group.Options;
        foreach (var (p, gradient, state) in WithGradient<State>(group))
        {
            double beta1 = o.beta1!.Value, beta2 = o.beta2!.Value, t = ++state.step;
            var g = OptimizerRanges.Effective(p, gradient, o.weight_decay!.Value, false);
            Op.InPlace("lerp_.Scalar", state.exp_avg, g, 1 - beta1);
            Op.InPlace("addcmul_", Op.InPlace("mul_.Scalar", state.exp_avg_sq, beta2), g, g, 1 - beta2);
            double mu = beta1 * (1 - 0.5 * Math.Pow(0.96, t * o.momentum_decay!.Value)), next = beta1 * (1 - 0.5 * Math.Pow(0.96, (t + 1) * o.momentum_decay.Value));
            state.mu_product *= mu;
            var root = Op.Call("div.Scalar", state.exp_avg_sq, 1 - Math.Pow(beta2, t));
            Op.InPlace("add_.Scalar", Op.InPlace("sqrt_", root), o.eps!.Value);
            Op.InPlace("addcdiv_", p, g, root, -group.LearningRate * (1 - mu) / (1 - state.mu_product));
            Op.InPlace("addcdiv_", p, state.exp_avg, root, -group.LearningRate * next / (1 - state.mu_product * next));
        }
    }, closure);

    public class Options : OptimizerOptions
    {
        public double? beta1;
        public double? beta2;
        public double? eps;
        public double? weight_decay;
        public double? momentum_decay;
    }

    public class ParamGroup : ParamGroup<Options>, optim.IBetas
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0, double momentum_decay = 0.004) : base(parameters, Set(lr, beta1, beta2, eps, weight_decay, momentum_decay)) { }

        public (double, double) Betas
        {
            get => (Options.beta1!.Value, Options.beta2!.Value);
            set => (Options.beta1, Options.beta2) = value;
        }
    }

    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor exp_avg = null!;
        public Tensor exp_avg_sq = null!;
        public double mu_product = 1;

        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options) => (exp_avg, exp_avg_sq) = (Zeros(), Zeros());
    }
}
