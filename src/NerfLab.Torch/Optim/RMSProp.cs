using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Tieleman and Hinton 2012; centred as in Graves 2013, equations 38 to 40.</summary>
public class RMSProp : OptimizerHelper, optim.IMomentum
{
    public RMSProp(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) : this([new ParamGroup { Parameters = parameters }], lr, alpha, eps, weight_decay, momentum, centered, maximize) { }

    public RMSProp(IEnumerable<ParamGroup> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) : base(Set(lr, alpha, eps, weight_decay, momentum, centered, maximize), parameters) { }

    static Options Set(double lr, double alpha, double eps, double weight_decay, double momentum, bool centered, bool maximize)
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (eps, nameof(eps)), (weight_decay, nameof(weight_decay)), (momentum, nameof(momentum)));
        OptimizerRanges.Fraction((alpha, nameof(alpha)));
        return new Options { LearningRate = lr, alpha = alpha, eps = eps, weight_decay = weight_decay, momentum = momentum, centered = centered, maximize = maximize };
    }

    private protected override OptimizerOptions NewOptions() => new Options();

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    public double Momentum
    {
        get => ((ParamGroup)_parameter_groups[0]).Momentum;
        set
        {
            foreach (var group in _parameter_groups) ((ParamGroup)group).Momentum = value;
        }
    }

    public override Tensor step(Func<Tensor>? closure = null) => _step<ParamGroup>(group =>
    {
        var o = group.Options;
        foreach (var (p, gradient, state) in WithGradient<State>(group))
        {
            state.step++;
            var g = OptimizerRanges.Effective(p, gradient, o.weight_decay!.Value, o.maximize!.Value);
            double alpha = o.alpha!.Value;
            Op.InPlace("addcmul_", Op.InPlace("mul_.Scalar", state.square_avg, alpha), g, g, 1 - alpha);
            var mean = state.square_avg;
            if (state.grad_avg is { } average)
            {
                Op.InPlace("lerp_.Scalar", average, g, 1 - alpha);
                mean = Op.Call("addcmul", mean, average, average, -1.0);
            }
            var root = Op.InPlace("add_.Scalar", Op.Call("sqrt", mean), o.eps!.Value);
            if (o.momentum!.Value > 0)
            {
                var buffer = state.momentum_buffer ??= Op.Call("zeros_like", p).DetachFromDisposeScope();
                Op.InPlace("addcdiv_", Op.InPlace("mul_.Scalar", buffer, o.momentum.Value), g, root, 1.0);
                Op.InPlace("add_.Tensor", p, buffer, -group.LearningRate);
            }
            else Op.InPlace("addcdiv_", p, g, root, -group.LearningRate);
        }
    }, closure);

    public class Options : OptimizerOptions
    {
        public double? alpha;
        public double? eps;
        public double? weight_decay;
        public double? momentum;
        public bool? centered;
        public bool? maximize;
    }

    public class ParamGroup : ParamGroup<Options>, optim.IMomentum
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.01, double alpha = 0.99, double eps = 1e-08, double weight_decay = 0, double momentum = 0, bool centered = false, bool maximize = false) : base(parameters, Set(lr, alpha, eps, weight_decay, momentum, centered, maximize)) { }

        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }
    }

    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor square_avg = null!;
        public Tensor? momentum_buffer;
        public Tensor? grad_avg;

        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options)
        {
            var o = (Options)options;
            square_avg = Zeros();
            if (o.momentum > 0) momentum_buffer = Zeros();
            if (o.centered == true) grad_avg = Zeros();
        }
    }
}
