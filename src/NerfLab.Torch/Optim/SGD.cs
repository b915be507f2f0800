using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Gradient descent with momentum (Sutskever et al. 2013, in the form that takes the learning rate out of the momentum).</summary>
public class SGD : OptimizerHelper, optim.IMomentum
{
    public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize) { }

    public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) : base(Set(lr, momentum, dampening, weight_decay, nesterov, maximize), parameters) { }

    static Options Set(double lr, double momentum, double dampening, double weight_decay, bool nesterov, bool maximize)
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (momentum, nameof(momentum)), (dampening, nameof(dampening)), (weight_decay, nameof(weight_decay)));
        if (nesterov && (momentum <= 0 || dampening != 0)) throw new ArgumentException("SGD: nesterov needs a momentum and zero dampening");
        return new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize };
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
            var g = OptimizerRanges.Effective(p, gradient, o.weight_decay!.Value, o.maximize!.Value);
            if (o.momentum!.Value != 0)
            {
                // The first step takes the gradient whole, without dampening.
                if (state.momentum_buffer is null) state.momentum_buffer = Op.Call("clone", g).DetachFromDisposeScope();
                else Op.InPlace("add_.Tensor", Op.InPlace("mul_.Scalar", state.momentum_buffer, o.momentum.Value), g, 1 - o.dampening!.Value);
                g = o.nesterov!.Value ? Op.Call("add.Tensor", g, state.momentum_buffer, o.momentum.Value) : state.momentum_buffer;
            }
            Op.InPlace("add_.Tensor", p, g, -group.LearningRate);
        }
    }, closure);

    public class Options : OptimizerOptions
    {
        public double? momentum;
        public double? dampening;
        public double? weight_decay;
        public bool? nesterov;
        public bool? maximize;
    }

    public class ParamGroup : ParamGroup<Options>, optim.IMomentum
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) : base(parameters, Set(lr, momentum, dampening, weight_decay, nesterov, maximize)) { }

        public double Momentum
        {
            get => Options.momentum!.Value;
            set => Options.momentum = value;
        }
    }

    public sealed class State : OptimizerState, IDisposable
    {
        public Tensor? momentum_buffer;

        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options) { }
    }
}
