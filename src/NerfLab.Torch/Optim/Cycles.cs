namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                /// <summary>Sets the momentum of a group, or its first beta.</summary>
                static void SetMomentum(ILearningRateController group, double value)
                {
                    switch (group)
                    {
                        case IMomentum m: m.Momentum = value; break;
                        case IBetas b: b.Betas = (value, b.Betas.Item2); break;
                        default: throw new ArgumentException($"{group.GetType().DeclaringType?.Name ?? group.GetType().Name} has neither momentum nor betas: pass cycle_momentum: false");
                    }
                }

                static double[] PerGroup(IEnumerable<double> values, int groups, string name)
                {
                    var list = values.ToArray();
                    if (list.Length == 1) list = Enumerable.Repeat(list[0], groups).ToArray();
                    return list.Length == groups ? list : throw new ArgumentException($"{name}: expected 1 or {groups} values, got {list.Length}");
                }

                /// <summary>Smith and Topin 2019: up to max_lr, down to the initial rate and far below; momentum the other way.</summary>
                public class OneCycleLR : LRScheduler
                {
                    public enum AnnealStrategy { Cos = 0, Linear = 1 }

                    readonly int _total;
                    readonly double[] _start, _top, _last, _lowMomentum, _highMomentum;
                    readonly double[] _ends;
                    readonly bool _three, _cycle;
                    readonly AnnealStrategy _strategy;

                    internal OneCycleLR(Optimizer optimizer, IEnumerable<double> max_lr, int total_steps, int epochs, int steps_per_epoch, double pct_start, AnnealStrategy anneal_strategy,
                        bool cycle_momentum, IEnumerable<double>? base_momentum, IEnumerable<double>? max_momentum, double div_factor, double final_div_factor, bool three_phase, int last_epoch, bool verbose)
                        : base(optimizer, last_epoch, verbose)
                    {
                        int groups = BaseRates.Length;
                        _total = total_steps > 0 ? total_steps : epochs > 0 && steps_per_epoch > 0 ? epochs * steps_per_epoch
                            : throw new ArgumentException("OneCycleLR needs total_steps, or epochs and steps_per_epoch");
                        if (!(pct_start >= 0 && pct_start <= 1)) throw new ArgumentException($"OneCycleLR: pct_start {pct_start}, expected 0 to 1");
                        (_strategy, _three, _cycle) = (anneal_strategy, three_phase, cycle_momentum);
                        _top = PerGroup(max_lr, groups, nameof(max_lr));
                        _start = Array.ConvertAll(_top, rate => rate / div_factor);
                        _last = Array.ConvertAll(_start, rate => rate / final_div_factor);
                        _lowMomentum = PerGroup(base_momentum ?? [0.85], groups, nameof(base_momentum));
                        _highMomentum = PerGroup(max_momentum ?? [0.95], groups, nameof(max_momentum));
                        // The steps at which the phases end.
                        double up = pct_start * _total - 1;
                        _ends = three_phase ? [up, 2 * pct_start * _total - 2, _total - 1] : [up, _total - 1];
                        int g = 0;
                        foreach (var group in optimizer.ParamGroups) group.InitialLearningRate = group.LearningRate = _start[g++];
                    }

                    double Between(double from, double to, double part) => _strategy == AnnealStrategy.Linear ? from + (to - from) * part : to + (from - to) / 2 * (1 + Math.Cos(Math.PI * part));

                    double At(double first, double second, double third, double fourth)
                    {
                        double begin = 0;
                        double[] corners = _three ? [first, second, third, fourth] : [first, second, fourth];
                        for (int phase = 0; ; phase++)
                        {
                            if (Epoch <= _ends[phase] || phase == _ends.Length - 1) return Between(corners[phase], corners[phase + 1], (Epoch - begin) / (_ends[phase] - begin));
                            begin = _ends[phase];
                        }
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        if (Epoch >= _total) throw new InvalidOperationException($"OneCycleLR has {_total} steps; step {Epoch + 1} was asked for");
                        if (_cycle)
                        {
                            int g = 0;
                            foreach (var group in Optimizer.ParamGroups)
                            {
                                SetMomentum(group, At(_highMomentum[g], _lowMomentum[g], _highMomentum[g], _highMomentum[g]));
                                g++;
                            }
                        }
                        return Each(i => At(_start[i], _top[i], _start[i], _last[i]));
                    }
                }

                /// <summary>Smith 2017: up and down between two rates.</summary>
                public class CyclicLR : LRScheduler
                {
                    public enum Mode { Triangular = 0, Triangular2 = 1, ExpRange = 2 }

                    public enum ScaleMode { Cycle = 0, Iterations = 1 }

                    readonly double[] _low, _high, _lowMomentum, _highMomentum;
                    readonly double _size, _up;
                    readonly Func<double, double> _scale;
                    readonly ScaleMode _by;
                    readonly bool _cycle;

                    internal CyclicLR(Optimizer optimizer, IEnumerable<double> base_lr, IEnumerable<double> max_lr, int step_size_up, int step_size_down, Mode mode, double gamma, Func<double, double>? scale_fn,
                        ScaleMode scale_mode, bool cycle_momentum, IEnumerable<double>? base_momentum, IEnumerable<double>? max_momentum, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose)
                    {
                        int groups = BaseRates.Length;
                        (_low, _high) = (PerGroup(base_lr, groups, nameof(base_lr)), PerGroup(max_lr, groups, nameof(max_lr)));
                        (_lowMomentum, _highMomentum) = (PerGroup(base_momentum ?? [0.8], groups, nameof(base_momentum)), PerGroup(max_momentum ?? [0.9], groups, nameof(max_momentum)));
                        _size = step_size_up + (step_size_down > 0 ? step_size_down : step_size_up);
                        _up = step_size_up / _size;
                        _cycle = cycle_momentum;
                        (_scale, _by) = scale_fn is not null ? (scale_fn, scale_mode) : mode switch
                        {
                            Mode.Triangular => (_ => 1, ScaleMode.Cycle),
                            Mode.Triangular2 => (cycle => 1 / Math.Pow(2, cycle - 1), ScaleMode.Cycle),
                            _ => (iteration => Math.Pow(gamma, iteration), ScaleMode.Iterations),
                        };
                        int g = 0;
                        foreach (var group in optimizer.ParamGroups) group.InitialLearningRate = group.LearningRate = _low[g++];
                    }

                    protected override IEnumerable<double> get_lr()
                    {
                        double cycle = Math.Floor(1 + Epoch / _size), position = 1 + Epoch / _size - cycle;
                        double height = position <= _up ? position / _up : (position - 1) / (_up - 1);
                        height *= _scale(_by == ScaleMode.Cycle ? cycle : Epoch);
                        if (_cycle)
                        {
                            int g = 0;
                            foreach (var group in Optimizer.ParamGroups)
                            {
                                SetMomentum(group, _highMomentum[g] - (_highMomentum[g] - _lowMomentum[g]) * height);
                                g++;
                            }
                        }
                        return Each(i => _low[i] + (_high[i] - _low[i]) * height);
                    }
                }

                /// <summary>Lowers the rate when a measured value has not improved for some epochs.</summary>
                public class ReduceLROnPlateau : LRScheduler
                {
                    readonly bool _min, _relative, _verbose;
                    readonly double _factor, _threshold, _eps;
                    readonly int _patience, _pause;
                    readonly double[] _least;
                    double _best;
                    int _bad, _waiting;

                    internal ReduceLROnPlateau(Optimizer optimizer, string mode, double factor, int patience, double threshold, string threshold_mode, int cooldown, IList<double>? min_lr, double eps, bool verbose) : base(optimizer)
                    {
                        if (factor >= 1) throw new ArgumentException($"ReduceLROnPlateau: factor {factor}, expected below 1");
                        if (mode is not ("min" or "max")) throw new ArgumentException($"ReduceLROnPlateau: mode '{mode}', expected 'min' or 'max'");
                        if (threshold_mode is not ("rel" or "abs")) throw new ArgumentException($"ReduceLROnPlateau: threshold_mode '{threshold_mode}', expected 'rel' or 'abs'");
                        (_min, _relative, _verbose) = (mode == "min", threshold_mode == "rel", verbose);
                        (_factor, _threshold, _eps, _patience, _pause) = (factor, threshold, eps, patience, cooldown);
                        _least = PerGroup(min_lr is { Count: > 0 } ? min_lr : [0], BaseRates.Length, nameof(min_lr));
                        _best = _min ? double.PositiveInfinity : double.NegativeInfinity;
                        Epoch = 0;
                    }

                    bool Better(double value)
                    {
                        double margin = _relative ? Math.Abs(_best) * _threshold : _threshold;
                        if (double.IsInfinity(_best)) margin = 0;
                        return _min ? value < _best - margin : value > _best + margin;
                    }

                    public override void step() => throw new InvalidOperationException("ReduceLROnPlateau needs the value that it follows: step(value)");

                    public override void step(int? epoch) => step();

                    public override void step(double current, int? epoch = null)
                    {
                        Epoch = epoch ?? Epoch + 1;
                        if (Better(current)) (_best, _bad) = (current, 0);
                        else _bad++;
                        if (_waiting > 0) (_waiting, _bad) = (_waiting - 1, 0);
                        if (_bad <= _patience)
                        {
                            Set(Each(Rate));
                            return;
                        }
                        Set(Each(i =>
                        {
                            double lower = Math.Max(Rate(i) * _factor, _least[i]);
                            return Rate(i) - lower > _eps ? lower : Rate(i);
                        }));
                        if (_verbose) Console.WriteLine($"Epoch {Epoch}: reducing learning rates to {string.Join(", ", get_last_lr())}");
                        (_waiting, _bad) = (_pause, 0);
                    }
                }
            }

            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) => new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose).Started();

            public static LRScheduler MultiplicativeLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) => new impl.MultiplicativeLR(optimizer, lr_lambda, last_epoch, verbose).Started();

            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) => new impl.StepLR(optimizer, step_size, gamma, last_epoch, verbose).Started();

            public static LRScheduler MultiStepLR(Optimizer optimizer, IList<int> milestones, double gamma = 0.1, int last_epoch = -1, bool verbose = false) => new impl.MultiStepLR(optimizer, milestones, gamma, last_epoch, verbose).Started();

            public static LRScheduler PolynomialLR(Optimizer optimizer, int total_iters = 5, double power = 1, int last_epoch = -1, bool verbose = false) => new impl.PolynomialLR(optimizer, total_iters, power, last_epoch, verbose).Started();

            public static LRScheduler ExponentialLR(Optimizer optimizer, double gamma = 0.1, int last_epoch = -1, bool verbose = false) => new impl.ExponentialLR(optimizer, gamma, last_epoch, verbose).Started();

            public static LRScheduler ConstantLR(Optimizer optimizer, double factor = 1.0 / 3, int total_iters = 5, int last_epoch = -1, bool verbose = false) => new impl.ConstantLR(optimizer, factor, total_iters, last_epoch, verbose).Started();

            public static LRScheduler LinearLR(Optimizer optimizer, double start_factor = 1.0 / 3, double end_factor = 1, int total_iters = 5, int last_epoch = -1, bool verbose = false) =>
                new impl.LinearLR(optimizer, start_factor, end_factor, total_iters, last_epoch, verbose).Started();

            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) => new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose).Started();

            public static LRScheduler SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch = -1) => new impl.SequentialLR(optimizer, schedulers, milestones, last_epoch);

            public static LRScheduler ChainedLR(IEnumerable<LRScheduler> schedulers) => new impl.ChainedLR(schedulers);

            public static LRScheduler OneCycleLR(Optimizer optimizer, double max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3,
                impl.OneCycleLR.AnnealStrategy anneal_strategy = impl.OneCycleLR.AnnealStrategy.Cos, bool cycle_momentum = true, double base_momentum = 0.85, double max_momentum = 0.95,
                double div_factor = 25, double final_div_factor = 10000, bool three_phase = false, int last_epoch = -1, bool verbose = false) =>
                OneCycleLR(optimizer, [max_lr], total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum, [base_momentum], [max_momentum], div_factor, final_div_factor, three_phase, last_epoch, verbose);

            public static LRScheduler OneCycleLR(Optimizer optimizer, IEnumerable<double> max_lr, int total_steps = -1, int epochs = -1, int steps_per_epoch = -1, double pct_start = 0.3,
                impl.OneCycleLR.AnnealStrategy anneal_strategy = impl.OneCycleLR.AnnealStrategy.Cos, bool cycle_momentum = true, IEnumerable<double>? base_momentum = null, IEnumerable<double>? max_momentum = null,
                double div_factor = 25, double final_div_factor = 10000, bool three_phase = false, int last_epoch = -1, bool verbose = false) =>
                new impl.OneCycleLR(optimizer, max_lr, total_steps, epochs, steps_per_epoch, pct_start, anneal_strategy, cycle_momentum, base_momentum, max_momentum, div_factor, final_div_factor, three_phase, last_epoch, verbose).Started();

            public static LRScheduler CyclicLR(Optimizer optimizer, double base_lr, double max_lr, int step_size_up = 2000, int step_size_down = -1, impl.CyclicLR.Mode mode = impl.CyclicLR.Mode.Triangular, double gamma = 1,
                Func<double, double>? scale_fn = null, impl.CyclicLR.ScaleMode scale_mode = impl.CyclicLR.ScaleMode.Cycle, bool cycle_momentum = true, double base_momentum = 0.8, double max_momentum = 0.9, int last_epoch = -1, bool verbose = false) =>
                CyclicLR(optimizer, [base_lr], [max_lr], step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode, cycle_momentum, [base_momentum], [max_momentum], last_epoch, verbose);

            public static LRScheduler CyclicLR(Optimizer optimizer, IEnumerable<double> base_lr, IEnumerable<double> max_lr, int step_size_up = 2000, int step_size_down = -1, impl.CyclicLR.Mode mode = impl.CyclicLR.Mode.Triangular, double gamma = 1,
                Func<double, double>? scale_fn = null, impl.CyclicLR.ScaleMode scale_mode = impl.CyclicLR.ScaleMode.Cycle, bool cycle_momentum = true, IEnumerable<double>? base_momentum = null, IEnumerable<double>? max_momentum = null, int last_epoch = -1, bool verbose = false) =>
                new impl.CyclicLR(optimizer, base_lr, max_lr, step_size_up, step_size_down, mode, gamma, scale_fn, scale_mode, cycle_momentum, base_momentum, max_momentum, last_epoch, verbose).Started();

            public static LRScheduler ReduceLROnPlateau(Optimizer optimizer, string mode = "min", double factor = 0.1, int patience = 10, double threshold = 0.0001, string threshold_mode = "rel", int cooldown = 0,
                IList<double>? min_lr = null, double eps = 1e-08, bool verbose = false) => new impl.ReduceLROnPlateau(optimizer, mode, factor, patience, threshold, threshold_mode, cooldown, min_lr, eps, verbose);
        }
    }
}
