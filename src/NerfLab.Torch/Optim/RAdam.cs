using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Liu et al. 2020, algorithm 2: Adam that waits until its variance is known.</summary>
public class RAdam : OptimizerHelper, optim.IBetas
{
    public RAdam(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0) : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay) { }

    public RAdam(IEnumerable<ParamGroup> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0) : base(Set(lr, beta1, beta2, eps, weight_decay), parameters) { }

    static Options Set(double lr, double beta1, double beta2, double eps, double weight_decay)
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (eps, nameof(eps)), (weight_decay, nameof(weight_decay)));
        OptimizerRanges.Fraction((beta1, nameof(beta1)), (beta2, nameof(beta2)));
        return new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay };
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
            double correction1 = 1 - Math.Pow(beta1, t), correction2 = 1 - Math.Pow(beta2, t), rate = group.LearningRate / correction1;
            // The length of the moving average so far, and in the end.
            double last = 2 / (1 - beta2) - 1, length = last - 2 * t * Math.Pow(beta2, t) / correction2;
            if (length > 5)
            {
                double rectified = Math.Sqrt((length - 4) * (length - 2) * last / ((last - 4) * (last - 2) * length));
                var root = Op.InPlace("add_.Scalar", Op.Call("sqrt", state.exp_avg_sq), o.eps!.Value);
                Op.InPlace("addcdiv_", p, state.exp_avg, root, -rate * rectified * Math.Sqrt(correction2));
            }
            else Op.InPlace("add_.Tensor", p, state.exp_avg, -rate);
        }
    }, closure);

    public class Options : OptimizerOptions
    {
        public double? beta1;
        public double? beta2;
        public double? eps;
        public double? weight_decay;
    }

    public class ParamGroup : ParamGroup<Options>, optim.IBetas
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.002, double beta1 = 0.9, double beta2 = 0.999, double eps = 1e-08, double weight_decay = 0) : base(parameters, Set(lr, beta1, beta2, eps, weight_decay)) { }

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

        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options) => (exp_avg, exp_avg_sq) = (Zeros(), Zeros());
    }
}
