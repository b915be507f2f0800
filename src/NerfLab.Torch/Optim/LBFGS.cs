using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// Limited-memory BFGS (Nocedal and Wright 2006, algorithms 7.4 and 7.5) with the learning rate as its step length: there is no line
/// search. A step is up to max_iter iterations, each with one call of the closure. Files keep the options, not the history.
/// </summary>
public class LBFGS : OptimizerHelper
{
    readonly List<(Tensor Step, Tensor Change, double Curvature)> _history = [];
    Tensor? _direction, _gradient;
    double _length;
    bool _started;

    public LBFGS(IEnumerable<Parameter> parameters, double lr = 0.01, long max_iter = 20, long? max_eval = null, double tolerange_grad = 1e-05, double tolerance_change = 1e-09, long history_size = 100)
        : base(new Options { LearningRate = lr, max_iter = max_iter, max_eval = max_eval ?? max_iter * 5 / 4, tolerange_grad = tolerange_grad, tolerance_change = tolerance_change, history_size = history_size },
            [new ParamGroup { Parameters = parameters }])
    {
        OptimizerRanges.NotNegative((lr, nameof(lr)), (tolerange_grad, nameof(tolerange_grad)), (tolerance_change, nameof(tolerance_change)));
    }

    private protected override OptimizerOptions NewOptions() => new Options();

    private protected override OptimizerState NewState(Parameter parameter) => new State(parameter);

    public override Tensor step(Func<Tensor>? closure = null)
    {
        if (closure is null) throw new ArgumentNullException(nameof(closure), "LBFGS needs a closure that computes the loss and its gradients anew");
        var group = (ParamGroup)_parameter_groups[0];
        var o = group.Options;
        var parameters = group.Parameters.ToList();
        using var scope = NewDisposeScope();
        var first = closure().MoveToOuterDisposeScope();
        using var still = no_grad();
        double loss = first.ToDouble();
        var gradient = Gradient(parameters);
        for (long iteration = 1, calls = 1; Largest(gradient) > o.tolerange_grad; iteration++)
        {
            if (!_started) _direction = Op.Call("neg", gradient);
            else
            {
                Remember(gradient, o.history_size!.Value);
                _direction = Direction(gradient);
            }
            _length = _started ? group.LearningRate : Math.Min(1, 1 / Op.Call("sum", Op.Call("abs", gradient)).ToDouble()) * group.LearningRate;
            (_gradient, _started) = (gradient, true);
            double slope = Dot(gradient, _direction), before = loss;
            if (slope > -o.tolerance_change) break;
            Move(parameters, _direction, _length);
            if (iteration == o.max_iter) break;
            using (enable_grad()) loss = closure().ToDouble();
            gradient = Gradient(parameters);
            if (++calls >= o.max_eval || Largest(_direction) * _length <= o.tolerance_change || Math.Abs(loss - before) < o.tolerance_change) break;
        }
        // What the next step needs outlives this one's scope.
        scope.Detach(_history.SelectMany(h => new[] { h.Step, h.Change }).Append(_direction!).Append(_gradient!).Where(t => t is not null));
        return first;
    }

    void Remember(Tensor gradient, long size)
    {
        var change = Op.Call("sub.Tensor", gradient, _gradient);
        var step = Op.Call("mul.Scalar", _direction, _length);
        double curvature = Dot(change, step);
        if (curvature <= 1e-10) return;
        if (_history.Count == size)
        {
            _history[0].Step.Dispose();
            _history[0].Change.Dispose();
            _history.RemoveAt(0);
        }
        _history.Add((step, change, curvature));
    }

    /// <summary>The two loops of algorithm 7.4: minus the inverse Hessian times the gradient.</summary>
    Tensor Direction(Tensor gradient)
    {
        var q = Op.Call("neg", gradient);
        var weights = new double[_history.Count];
        for (int i = _history.Count - 1; i >= 0; i--)
        {
            weights[i] = Dot(_history[i].Step, q) / _history[i].Curvature;
            Op.InPlace("add_.Tensor", q, _history[i].Change, -weights[i]);
        }
        if (_history.Count > 0) Op.InPlace("mul_.Scalar", q, _history[^1].Curvature / Dot(_history[^1].Change, _history[^1].Change));
        for (int i = 0; i < _history.Count; i++)
            Op.InPlace("add_.Tensor", q, _history[i].Step, weights[i] - Dot(_history[i].Change, q) / _history[i].Curvature);
        return q;
    }

    static double Dot(Tensor a, Tensor b) => Op.Call("dot", a, b).ToDouble();

    static double Largest(Tensor a) => Op.Call("max", Op.Call("abs", a)).ToDouble();

    static Tensor Gradient(List<Parameter> parameters) =>
        Op.Call("cat", parameters.Select(p => (p.grad ?? Op.Call("zeros_like", p)).reshape(-1)).ToArray(), 0L);

    static void Move(List<Parameter> parameters, Tensor direction, double length)
    {
        long offset = 0;
        foreach (var parameter in parameters)
        {
            long count = parameter.NumberOfElements;
            Op.InPlace("add_.Tensor", parameter, Op.Call("slice.Tensor", direction, 0L, offset, offset + count, 1L).reshape(parameter.shape), length);
            offset += count;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        foreach (var (step, change, _) in _history)
        {
            step.Dispose();
            change.Dispose();
        }
        _history.Clear();
        _direction?.Dispose();
        _gradient?.Dispose();
    }

    public class Options : OptimizerOptions
    {
        public long? max_iter;
        public long? max_eval;
        public double? tolerange_grad;
        public double? tolerance_change;
        public long? history_size;
    }

    public class ParamGroup : ParamGroup<Options>
    {
        public ParamGroup() { }

        public ParamGroup(IEnumerable<Parameter> parameters, Options options) : base(parameters, options) { }
    }

    public sealed class State : OptimizerState, IDisposable
    {
        public State(Parameter parameter) : base(parameter) { }

        public void Dispose() => DisposeTensors();

        public override void SaveStateDict(BinaryWriter writer) => SaveFields(writer);

        public override void LoadStateDict(BinaryReader reader) => LoadFields(reader);

        public override void LoadStateDict(OptimizerState source) => CopyFields(source);

        public override void Initialize(OptimizerOptions options) { }
    }
}
