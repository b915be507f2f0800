namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        public static partial class lr_scheduler
        {
            /// <summary>
            /// Sets the learning rates of an optimiser's groups, epoch by epoch. A scheduler sets those of epoch 0 when it is made.
            /// Schedules in their step-by-step form change the rate that they find, so that several can be used at once.
            /// </summary>
            public abstract class LRScheduler
            {
                internal Optimizer Optimizer = null!;
                internal int Epoch = -1;
                internal double[] BaseRates = [];
                double[] _rates = [];
                readonly bool _verbose;
                protected int _step_count;

                protected LRScheduler() { }

                protected LRScheduler(Optimizer optimizer, int last_epoch = -1, bool verbose = false)
                {
                    (Optimizer, Epoch, _verbose) = (optimizer, last_epoch, verbose);
                    BaseRates = optimizer.ParamGroups.Select(group => group.InitialLearningRate).ToArray();
                    _rates = optimizer.ParamGroups.Select(group => group.LearningRate).ToArray();
                }

                internal LRScheduler Started()
                {
                    step();
                    return this;
                }

                /// <summary>The rate of group <paramref name="i"/> as it stands.</summary>
                private protected double Rate(int i) => Optimizer.ParamGroups.ElementAt(i).LearningRate;

                /// <summary>One value for each group.</summary>
                private protected IEnumerable<double> Each(Func<int, double> rate) => Enumerable.Range(0, BaseRates.Length).Select(rate);

                protected virtual IEnumerable<double> get_lr() => Each(Rate);

                /// <summary>The rates of the current epoch from the initial rates alone, where the schedule has such a form.</summary>
                protected virtual IEnumerable<double> get_closed_form_lr() => get_lr();

                public IEnumerable<double> get_last_lr() => _rates;

                public virtual void step()
                {
                    _step_count++;
                    Epoch++;
                    Set(get_lr());
                }

                /// <summary>Goes to an epoch, whichever the last one was.</summary>
                public virtual void step(int? epoch)
                {
                    if (epoch is not { } value)
                    {
                        step();
                        return;
                    }
                    _step_count++;
                    Epoch = value;
                    Set(get_closed_form_lr());
                }

                /// <summary>For schedules that follow a measured value; the others ignore it.</summary>
                public virtual void step(double current, int? epoch = null) => step(epoch);

                private protected void Set(IEnumerable<double> rates)
                {
                    _rates = rates.ToArray();
                    int i = 0;
                    foreach (var group in Optimizer.ParamGroups)
                    {
                        group.LearningRate = _rates[i];
                        if (_verbose) Console.WriteLine($"Adjusting learning rate of group {i} to {_rates[i]}");
                        i++;
                    }
                }

                /// <summary>Takes back the initial step, for a schedule that is to begin later.</summary>
                internal void Unstart()
                {
                    Epoch--;
                    _step_count--;
                }
            }
        }
    }
}
