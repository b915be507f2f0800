namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            public static partial class impl
            {
                public class LambdaLR : LRScheduler
                {
                    readonly Func<int, double> _factor;

                    internal LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => _factor = lr_lambda;

                    protected override IEnumerable<double> get_lr() => Each(i => BaseRates[i] * _factor(Epoch));
                }

                public class MultiplicativeLR : LRScheduler
                {
                    readonly Func<int, double> _factor;

                    internal MultiplicativeLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => _factor = lr_lambda;

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch > 0 ? Rate(i) * _factor(Epoch) : Rate(i));

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => Enumerable.Range(1, Math.Max(0, Epoch)).Aggregate(BaseRates[i], (rate, epoch) => rate * _factor(epoch)));
                }

                public class StepLR : LRScheduler
                {
                    readonly int _size;
                    readonly double _gamma;

                    internal StepLR(Optimizer optimizer, int step_size, double gamma, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => (_size, _gamma) = (step_size, gamma);

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch == 0 || Epoch % _size != 0 ? Rate(i) : Rate(i) * _gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * Math.Pow(_gamma, Epoch / _size));
                }

                public class MultiStepLR : LRScheduler
                {
                    readonly IList<int> _milestones;
                    readonly double _gamma;

                    internal MultiStepLR(Optimizer optimizer, IList<int> milestones, double gamma, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => (_milestones, _gamma) = (milestones, gamma);

                    protected override IEnumerable<double> get_lr() => Each(i => Rate(i) * Math.Pow(_gamma, _milestones.Count(m => m == Epoch)));

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * Math.Pow(_gamma, _milestones.Count(m => m <= Epoch)));
                }

                public class ConstantLR : LRScheduler
                {
                    readonly double _factor;
                    readonly int _total;

                    internal ConstantLR(Optimizer optimizer, double factor, int total_iters, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => (_factor, _total) = (factor, total_iters);

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch == 0 ? Rate(i) * _factor : Epoch == _total ? Rate(i) / _factor : Rate(i));

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * (Epoch < _total ? _factor : 1));
                }

                public class LinearLR : LRScheduler
                {
                    readonly double _start, _end;
                    readonly int _total;

                    internal LinearLR(Optimizer optimizer, double start_factor, double end_factor, int total_iters, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) =>
                        (_start, _end, _total) = (start_factor, end_factor, total_iters);

                    double Factor(int epoch) => _start + (_end - _start) * Math.Min(epoch, _total) / _total;

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch == 0 ? Rate(i) * _start : Epoch > _total ? Rate(i) : Rate(i) * Factor(Epoch) / Factor(Epoch - 1));

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * Factor(Epoch));
                }

                public class PolynomialLR : LRScheduler
                {
                    readonly int _total;
                    readonly double _power;

                    internal PolynomialLR(Optimizer optimizer, int total_iters, double power, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => (_total, _power) = (total_iters, power);

                    double Left(int epoch) => 1 - (double)Math.Min(epoch, _total) / _total;

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch == 0 || Epoch > _total ? Rate(i) : Rate(i) * Math.Pow(Left(Epoch) / Left(Epoch - 1), _power));

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * Math.Pow(Left(Epoch), _power));
                }

                public class ExponentialLR : LRScheduler
                {
                    readonly double _gamma;

                    internal ExponentialLR(Optimizer optimizer, double gamma, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => _gamma = gamma;

                    protected override IEnumerable<double> get_lr() => Each(i => Epoch == 0 ? Rate(i) : Rate(i) * _gamma);

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => BaseRates[i] * Math.Pow(_gamma, Epoch));
                }

                /// <summary>Loshchilov and Hutter 2017, equation 5, without restarts; after T_max the rate rises again.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    readonly double _period, _least;

                    internal CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min, int last_epoch, bool verbose) : base(optimizer, last_epoch, verbose) => (_period, _least) = (T_max, eta_min);

                    double Wave(double epoch) => 1 + Math.Cos(Math.PI * epoch / _period);

                    protected override IEnumerable<double> get_lr() => Each(i =>
                    {
                        if (Epoch == 0) return Rate(i);
                        // From the lowest point the ratio is 0 / 0: the rate starts anew from the formula.
                        double before = Wave(Epoch - 1);
                        return before < 1e-12 ? _least + (BaseRates[i] - _least) * Wave(Epoch) / 2 : _least + (Rate(i) - _least) * Wave(Epoch) / before;
                    });

                    protected override IEnumerable<double> get_closed_form_lr() => Each(i => _least + (BaseRates[i] - _least) * Wave(Epoch) / 2);
                }

                /// <summary>One schedule after the other; each begins with its own epoch 0 at its milestone.</summary>
                public class SequentialLR : LRScheduler
                {
                    readonly LRScheduler[] _schedulers;
                    readonly int[] _milestones;

                    internal SequentialLR(Optimizer optimizer, IEnumerable<LRScheduler> schedulers, IEnumerable<int> milestones, int last_epoch) : base(optimizer, last_epoch + 1)
                    {
                        (_schedulers, _milestones) = (schedulers.ToArray(), milestones.ToArray());
                        if (_schedulers.Length != _milestones.Length + 1) throw new ArgumentException($"SequentialLR: {_schedulers.Length} schedulers need {_schedulers.Length - 1} milestones, got {_milestones.Length}");
                        if (_schedulers.Any(s => s.Optimizer != optimizer)) throw new ArgumentException("SequentialLR: all schedulers must belong to its optimizer");
                        // Every scheduler has made its initial step already; only the first one's counts.
                        foreach (var group in optimizer.ParamGroups) group.LearningRate = group.InitialLearningRate;
                        foreach (var scheduler in _schedulers) scheduler.Unstart();
                        _schedulers[0].step();
                        Set(_schedulers[0].get_last_lr());
                    }

                    public override void step()
                    {
                        _step_count++;
                        Epoch++;
                        int current = _milestones.Count(m => m <= Epoch);
                        if (current > 0 && _milestones[current - 1] == Epoch) _schedulers[current].step((int?)0);
                        else _schedulers[current].step();
                        Set(_schedulers[current].get_last_lr());
                    }
                }

                /// <summary>Several schedules at once.</summary>
                public class ChainedLR : LRScheduler
                {
                    readonly LRScheduler[] _schedulers;

                    internal ChainedLR(IEnumerable<LRScheduler> schedulers)
                    {
                        _schedulers = schedulers.ToArray();
                        if (_schedulers.Length == 0) throw new ArgumentException("ChainedLR needs a scheduler");
                        Optimizer = _schedulers[0].Optimizer;
                        BaseRates = _schedulers[0].BaseRates;
                        if (_schedulers.Any(s => s.Optimizer != Optimizer)) throw new ArgumentException("ChainedLR: all schedulers must belong to one optimizer");
                        Set(_schedulers[^1].get_last_lr());
                    }

                    public override void step()
                    {
                        foreach (var scheduler in _schedulers) scheduler.step();
                        Set(Each(Rate));
                    }
                }
            }
        }
    }
}
