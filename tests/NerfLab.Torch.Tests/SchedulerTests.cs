using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.optim.lr_scheduler;

namespace NerfLab.Torch.Tests;

public class SchedulerTests
{
    static SGD Optimiser(double lr = 0.5) => optim.SGD([new Parameter(zeros(1))], lr, momentum: 0.1);

    /// <summary>The rates of epochs 0 to 24, step by step and by jumps.</summary>
    static void Follows(Func<optim.Optimizer, LRScheduler> make, Func<int, double> rate, bool jumps = true)
    {
        using var o = Optimiser();
        var s = make(o);
        using var o2 = Optimiser();
        var s2 = make(o2);
        for (int epoch = 0; epoch < 25; epoch++)
        {
            Assert.Equal(rate(epoch), o.ParamGroups.First().LearningRate, 12);
            Assert.Equal(rate(epoch), s.get_last_lr().First(), 12);
            s.step();
            if (!jumps) continue;
            s2.step((int?)(24 - epoch));
            Assert.Equal(rate(24 - epoch), o2.ParamGroups.First().LearningRate, 12);
        }
    }

    [Fact]
    public void Schedules_equal_their_closed_forms()
    {
        Follows(o => LambdaLR(o, e => Math.Pow(0.9, e)), e => 0.5 * Math.Pow(0.9, e));
        Follows(o => MultiplicativeLR(o, e => 1 - 0.01 * e), e => Enumerable.Range(1, e).Aggregate(0.5, (r, k) => r * (1 - 0.01 * k)));
        Follows(o => StepLR(o, 4, 0.3), e => 0.5 * Math.Pow(0.3, e / 4));
        Follows(o => MultiStepLR(o, [3, 7, 7], 0.3), e => 0.5 * Math.Pow(0.3, e >= 7 ? 3 : e >= 3 ? 1 : 0));
        Follows(o => ExponentialLR(o, 0.8), e => 0.5 * Math.Pow(0.8, e));
        Follows(o => ConstantLR(o, 0.25, 6), e => e < 6 ? 0.125 : 0.5);
        Follows(o => LinearLR(o, 0.25, 0.75, 6), e => 0.5 * (0.25 + 0.5 * Math.Min(e, 6) / 6));
        Follows(o => PolynomialLR(o, 6, 2), e => 0.5 * Math.Pow(1 - Math.Min(e, 6) / 6.0, 2));
        Follows(o => CosineAnnealingLR(o, 10, 0.1), e => 0.1 + 0.4 * (1 + Math.Cos(Math.PI * e / 10)) / 2);
        Follows(o => CosineAnnealingLR(o, 10), e => 0.5 * (1 + Math.Cos(Math.PI * e / 10)) / 2);
    }

    [Fact]
    public void Schedules_follow_each_other_and_multiply()
    {
        Follows(o => SequentialLR(o, [LinearLR(o, 0.1, 1, 5), CosineAnnealingLR(o, 15)], [5]),
            e => e < 5 ? 0.5 * (0.1 + 0.9 * e / 5) : 0.5 * (1 + Math.Cos(Math.PI * (e - 5) / 15)) / 2, jumps: false);
        Follows(o => ChainedLR([ConstantLR(o, 0.1, 4), ExponentialLR(o, 0.9)]), e => 0.5 * (e < 4 ? 0.1 : 1) * Math.Pow(0.9, e), jumps: false);
        using var o = Optimiser();
        Assert.Throws<ArgumentException>(() => SequentialLR(o, [StepLR(o, 1)], [3]));
    }

    [Theory]
    [InlineData(impl.OneCycleLR.AnnealStrategy.Cos, false)]
    [InlineData(impl.OneCycleLR.AnnealStrategy.Linear, false)]
    [InlineData(impl.OneCycleLR.AnnealStrategy.Cos, true)]
    public void One_cycle_goes_up_and_far_down(impl.OneCycleLR.AnnealStrategy strategy, bool three)
    {
        double Between(double a, double b, double t) => strategy == impl.OneCycleLR.AnnealStrategy.Linear ? a + (b - a) * t : b + (a - b) * (1 + Math.Cos(Math.PI * t)) / 2;
        // 20 steps, the top at 0.3 * 20 - 1 = 5.
        double Rate(int e) => e <= 5 ? Between(0.04, 1, e / 5.0)
            : three ? e <= 10 ? Between(1, 0.04, (e - 5) / 5.0) : Between(0.04, 4e-6, (e - 10) / 9.0)
            : Between(1, 4e-6, (e - 5) / 14.0);
        double Momentum(int e) => e <= 5 ? Between(0.95, 0.85, e / 5.0) : three && e > 10 ? 0.95 : Between(0.85, 0.95, three ? (e - 5) / 5.0 : (e - 5) / 14.0);
        using var o = Optimiser();
        var s = OneCycleLR(o, 1.0, total_steps: 20, anneal_strategy: strategy, three_phase: three);
        for (int e = 0; e < 20; e++)
        {
            Assert.Equal(Rate(e), o.ParamGroups.First().LearningRate, 12);
            Assert.Equal(Momentum(e), o.Momentum, 12);
            if (e < 19) s.step();
        }
        Assert.Throws<InvalidOperationException>(s.step);
        using var adam = optim.Adam([new Parameter(zeros(1))]);
        OneCycleLR(adam, 1.0, epochs: 2, steps_per_epoch: 10);
        Assert.Equal((0.95, 0.999), adam.Betas);
    }

    [Fact]
    public void Cycles_go_up_and_down()
    {
        foreach (var mode in Enum.GetValues<impl.CyclicLR.Mode>())
        {
            using var o = Optimiser();
            var s = CyclicLR(o, 0.1, 0.5, 4, 6, mode, 0.99);
            for (int e = 0; e < 40; e++)
            {
                int at = e % 10;
                double height = (at <= 4 ? at / 4.0 : (10 - at) / 6.0) * mode switch { impl.CyclicLR.Mode.Triangular => 1, impl.CyclicLR.Mode.Triangular2 => Math.Pow(0.5, e / 10), _ => Math.Pow(0.99, e) };
                Assert.Equal(0.1 + 0.4 * height, o.ParamGroups.First().LearningRate, 12);
                Assert.Equal(0.9 - 0.1 * height, o.Momentum, 12);
                s.step();
            }
        }
    }

    [Fact]
    public void A_plateau_lowers_the_rate()
    {
        using var o = Optimiser(1);
        var s = ReduceLROnPlateau(o, factor: 0.1, patience: 2, cooldown: 1, min_lr: [0.005]);
        double[] values = [5, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 1];
        double[] rates = [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01, 0.01, 0.005, 0.005, 0.005];
        for (int i = 0; i < values.Length; i++)
        {
            s.step(values[i]);
            Assert.Equal(rates[i], o.ParamGroups.First().LearningRate, 12);
        }
        Assert.Throws<InvalidOperationException>(() => s.step());
        Assert.Throws<ArgumentException>(() => ReduceLROnPlateau(o, "up"));
    }
}
