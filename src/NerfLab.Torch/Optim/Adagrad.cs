using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>Duchi, Hazan and Singer 2011.</summary>
public class Adagrad : OptimizerHelper
{
    public Adagrad(IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) : this([new ParamGroup { Parameters = parameters }], lr, lr_decay, weight_decay, initial_accumulator_value, eps) { }

    public Adagrad(IEnumerable<ParamGroup> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) : base(Set(lr, lr_decay, weight_decay, initial_accumulator_value, eps), parameters) { }

    static Options Set(double lr, double lr_decay, double weight_decay, double initial_accumulator_value, double eps)
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (lr_decay, nameof(lr_decay)), (weight_decay, nameof(weight_decay)), (initial_accumulator_value, nameof(initial_accumulator_value)), (eps, nameof(eps)));
        return new Options { LearningRate = lr, lr_decay = lr_decay, weight_decay = weight_decay, initial_accumulator_value = initial_accumulator_value, eps = eps };
    }

    private protected override OptimizerOptions NewOptions() => new Options();

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    public override Tensor step(Func<Tensor>? closure = null) => _step<ParamGroup>(group =>
    {
        var o = group.Options;
        foreach (var (p, gradient, state) in WithGradient<State>(group))
        {
            var g = OptimizerRanges.Effective(p, gradient, o.weight_decay!.Value, false);
            double rate = group.LearningRate / (1 + state.step++ * o.lr_decay!.Value);
            Op.InPlace("addcmul_", state.sum, g, g, 1.0);
            Op.InPlace("addcdiv_", p, g, Op.InPlace("add_.Scalar", Op.Call("sqrt", state.sum), o.eps!.Value), -rate);
        }
    }, closure);

    public class Options : OptimizerOptions
    {
        public double? lr_decay;
        public double? weight_decay;
        public double? initial_accumulator_value;
        public double? eps;
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }

        public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.01, double lr_decay = 0, double weight_decay = 0, double initial_accumulator_value = 0, double eps = 1e-10) : base(parameters, Set(lr, lr_decay, weight_decay, initial_accumulator_value, eps)) { }
    }

    public sealed class State : OptimizerState, IDisposable
    {
        public long step;
        public Tensor sum = null!;

        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options) =>
            sum = Op.InPlace("fill_.Scalar", Zeros(), ((Options)options).initial_accumulator_value ?? 0);
    }
}
