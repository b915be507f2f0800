using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class RandomTests
{
    const int Count = 20000;

    static Tensor Empty() => empty(Count, dtype: float64, device: TestDevice.Current);

    static Generator Seeded() => new(3, TestDevice.Current);

    /// <summary>Draws, the expected mean, and the standard deviation of one draw; the mean of all must lie within 5 standard errors.</summary>
    public static TheoryData<string, Func<Generator, Tensor>, double, double> Distributions => new()
    {
        { "rand", g => rand(Count, generator: g, device: TestDevice.Current), 0.5, Math.Sqrt(1 / 12.0) },
        { "randn", g => randn(Count, generator: g, device: TestDevice.Current), 0, 1 },
        { "randint", g => randint(2, 6, [Count], generator: g, device: TestDevice.Current), 3.5, Math.Sqrt(15 / 12.0) },
        { "normal", g => normal(3, 2, [Count], generator: g, device: TestDevice.Current), 3, 2 },
        { "normal of tensors", g => normal(Empty().full([Count], 4), Empty().full([Count], 0.5), g), 4, 0.5 },
        { "bernoulli_", g => Empty().bernoulli_(0.3, g), 0.3, Math.Sqrt(0.21) },
        { "bernoulli_ of a tensor", g => Empty().bernoulli_(Empty().full([Count], 0.3), g), 0.3, Math.Sqrt(0.21) },
        { "bernoulli", g => Empty().full([Count], 0.8).bernoulli(g), 0.8, 0.4 },
        { "normal_", g => Empty().normal_(-1, 3, g), -1, 3 },
        { "uniform_", g => Empty().uniform_(2, 5, g), 3.5, Math.Sqrt(9 / 12.0) },
        { "exponential_", g => Empty().exponential_(4, g), 0.25, 0.25 },
        { "geometric_", g => Empty().geometric_(0.25, g), 4, Math.Sqrt(12) },
        { "random_", g => Empty().random_(0, 10, g), 4.5, Math.Sqrt(99 / 12.0) },
        { "log_normal_", g => Empty().log_normal_(0, 0.5, g), Math.Exp(0.125), Math.Sqrt((Math.Exp(0.25) - 1) * Math.Exp(0.25)) },
        { "poisson", g => Empty().full([Count], 6).poisson(g), 6, Math.Sqrt(6) },
        { "binomial", g => Empty().full([Count], 10).binomial(Empty().full([Count], 0.4), g), 4, Math.Sqrt(2.4) },
        { "multinomial", g => tensor(new[] { 1.0, 3.0 }, device: TestDevice.Current).multinomial(Count, true, g), 0.75, Math.Sqrt(3 / 16.0) },
    };

    [Theory, MemberData(nameof(Distributions), DisableDiscoveryEnumeration = true)]
    public void Draws_have_the_mean_of_their_distribution_and_repeat_with_the_seed(string name, Func<Generator, Tensor> draw, double mean, double deviation)
    {
        _ = name;
        using var scope = NewDisposeScope();
        using var first = Seeded();
        using var second = Seeded();
        var values = draw(first).cpu().to(float64).data<double>().ToArray();
        Assert.Equal(Count, values.Length);
        Assert.InRange(values.Average(), mean - 5 * deviation / Math.Sqrt(Count), mean + 5 * deviation / Math.Sqrt(Count));
        double spread = Math.Sqrt(values.Average(v => (v - mean) * (v - mean)));
        Assert.InRange(spread, 0.9 * deviation, 1.1 * deviation);
        Assert.Equal(values, draw(second).cpu().to(float64).data<double>().ToArray());
        Assert.NotEqual(values, draw(second).cpu().to(float64).data<double>().ToArray());
    }

    [Fact]
    public void Cauchy_has_its_quartiles()
    {
        using var scope = NewDisposeScope();
        using var generator = Seeded();
        var values = Empty().cauchy_(1, 2, generator).cpu().data<double>().ToArray();
        // Half of the mass lies within sigma of the median.
        Assert.InRange(values.Count(v => v > -1 && v < 3), 0.48 * Count, 0.52 * Count);
        Assert.InRange(values.Count(v => v < 1), 0.48 * Count, 0.52 * Count);
    }

    [Fact]
    public void Permutations_hold_every_number_once()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var permutation = randperm(100, generator: generator).data<long>().ToArray();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (long)i), permutation.Order());
        Assert.NotEqual(permutation.Order(), permutation);
        var target = zeros(5, dtype: int64);
        Assert.Same(target, randperm(5, target));
        Assert.Equal([0L, 1, 2, 3, 4], target.data<long>().Order());
    }

    [Fact]
    public void A_generators_state_can_be_kept_and_restored()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        rand(3, generator: generator);
        var state = generator.get_state();
        var expected = rand(4, generator: generator).data<float>().ToArray();
        generator.set_state(state);
        Assert.Equal(expected, rand(4, generator: generator).data<float>().ToArray());
        Assert.Equal(5, generator.initial_seed());
    }

    [Fact]
    public void Likes_take_shape_type_and_device()
    {
        using var scope = NewDisposeScope();
        var model = zeros(2, 3, dtype: float64, device: TestDevice.Current);
        foreach (var like in new[] { model.rand_like(), model.randn_like(), model.ones_like(), model.empty_like(), model.zeros_like(), model.randint_like(0, 3), model.full_like(1) })
        {
            Assert.Equal(model.shape, like.shape);
            Assert.Equal(float64, like.dtype);
        }
        Assert.Equal(float32, model.rand_like(float32).dtype);
    }
}
