using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class OptimTests
{
    /// <summary>One number's update: the parameter, its gradient and the number of the step (from 1) give the new parameter.</summary>
    delegate double Rule(double p, double g, int t, double[] state);

    /// <summary>Ten steps on a loss with gradients that change with the parameters, against the rule for each element.</summary>
    static void Follows(Func<Parameter[], optim.Optimizer> make, Rule rule, ScalarType dtype = ScalarType.Float64, double tolerance = 1e-10)
    {
        var start = Check.Random(1, 4, 3);
        // The second parameter is not contiguous.
        var parameters = new[] { new Parameter(start.to(dtype)), new Parameter(Check.Random(2, 5, 2).to(dtype).t()) };
        Assert.False(parameters[1].is_contiguous());
        var slow = parameters.Select(Check.Values).ToArray();
        var states = slow.Select(values => values.Select(_ => new double[4]).ToArray()).ToArray();
        using var optimiser = make(parameters);
        for (int t = 1; t <= 10; t++)
        {
            using (NewDisposeScope())
            {
                optimiser.zero_grad();
                // d/dp of sum(p^2 / 2 + sin p)
                parameters.Select(p => (p.square() / 2 + p.sin()).sum()).Aggregate((a, b) => a + b).backward();
                optimiser.step();
            }
            for (int k = 0; k < slow.Length; k++)
            {
                for (int i = 0; i < slow[k].Length; i++) slow[k][i] = rule(slow[k][i], slow[k][i] + Math.Cos(slow[k][i]), t, states[k][i]);
                Check.Close(slow[k], parameters[k], tolerance);
            }
        }
    }

    static Rule Adam(double lr, double b1, double b2, double eps, double decay, bool decoupled, bool amsgrad, bool maximize) => (p, g, t, s) =>
    {
        if (maximize) g = -g;
        if (decoupled) p -= lr * decay * p;
        else g += decay * p;
        s[0] = b1 * s[0] + (1 - b1) * g;
        s[1] = b2 * s[1] + (1 - b2) * g * g;
        s[2] = Math.Max(s[2], s[1]);
        double mean = s[0] / (1 - Math.Pow(b1, t)), square = (amsgrad ? s[2] : s[1]) / (1 - Math.Pow(b2, t));
        return p - lr * mean / (Math.Sqrt(square) + eps);
    };

    [Theory]
    [InlineData(false, 0.0, false, false)]
    [InlineData(false, 0.1, true, false)]
    [InlineData(false, 0.1, false, true)]
    [InlineData(true, 0.0, false, false)]
    [InlineData(true, 0.1, true, true)]
    public void Adam_follows_its_paper(bool decoupled, double decay, bool amsgrad, bool maximize)
    {
        optim.Optimizer Make(Parameter[] p) => decoupled ? optim.AdamW(p, 0.03, 0.8, 0.95, 1e-6, decay, amsgrad, maximize) : optim.Adam(p, 0.03, 0.8, 0.95, 1e-6, decay, amsgrad, maximize);
        Follows(Make, Adam(0.03, 0.8, 0.95, 1e-6, decay, decoupled, amsgrad, maximize));
        Follows(Make, Adam(0.03, 0.8, 0.95, 1e-6, decay, decoupled, amsgrad, maximize), ScalarType.Float32, 2e-6);
    }

    [Fact]
    public void The_first_step_of_Adam_is_the_learning_rate_to_single_precision()
    {
        // The decay of the second moment and its correction must agree: 1 - 0.999 is inexact in single precision.
        using var p = new Parameter(zeros(100, device: TestDevice.Current));
        using var adam = optim.Adam([p], 1);
        p.sum().backward();
        adam.step();
        Check.Close([.. Enumerable.Repeat(-1.0, 100)], p, 1e-7);
    }

    [Fact]
    public void Native_Adam_equals_the_formula_in_tensor_operators()
    {
        using var scope = NewDisposeScope();
        foreach (var dtype in new[] { float32, float64 })
        {
            // Long enough for the parallel path, and not a multiple of a vector's length.
            var p = new Parameter(Check.Random(1, 100_003).to(dtype));
            var twisted = new Parameter(Check.Random(2, 30, 41).to(dtype).t());
            using var adam = optim.Adam([p, twisted], 0.01, weight_decay: 0.01, amsgrad: true);
            var plain = new[] { p, twisted }.Select(x => x.detach().clone()).ToArray();
            Tensor[] m = [.. plain.Select(x => zeros_like(x))], v = [.. plain.Select(x => zeros_like(x))], top = [.. plain.Select(x => zeros_like(x))];
            for (int t = 1; t <= 4; t++)
            {
                adam.zero_grad();
                (p.cos().sum() + twisted.square().sum()).backward();
                for (int k = 0; k < 2; k++)
                {
                    var g = new[] { p, twisted }[k].grad! + 0.01 * plain[k];
                    m[k] = 0.9 * m[k] + 0.1 * g;
                    v[k] = 0.999 * v[k] + 0.001 * g * g;
                    top[k] = maximum(top[k], v[k]);
                    plain[k] = plain[k] - 0.01 / (1 - Math.Pow(0.9, t)) * m[k] / ((top[k] / (1 - Math.Pow(0.999, t))).sqrt() + 1e-8);
                }
                adam.step();
                Assert.True(p.allclose(plain[0], 1e-6, 1e-6));
                Assert.True(twisted.allclose(plain[1], 1e-6, 1e-6));
            }
        }
    }

    [Theory]
    [InlineData(0.0, 0.0, 0.0, false, false)]
    [InlineData(0.9, 0.0, 0.0, false, false)]
    [InlineData(0.9, 0.1, 0.1, false, true)]
    [InlineData(0.9, 0.0, 0.1, true, false)]
    public void Gradient_descent_with_momentum(double momentum, double dampening, double decay, bool nesterov, bool maximize) =>
        Follows(p => optim.SGD(p, 0.05, momentum, dampening, decay, nesterov, maximize), (p, g, t, s) =>
        {
            if (maximize) g = -g;
            g += decay * p;
            s[0] = t == 1 ? g : momentum * s[0] + (1 - dampening) * g;
            return p - 0.05 * (momentum == 0 ? g : nesterov ? g + momentum * s[0] : s[0]);
        });

    [Theory]
    [InlineData(0.0, false, 0.0, false)]
    [InlineData(0.9, true, 0.1, false)]
    [InlineData(0.9, false, 0.0, true)]
    public void Root_mean_square_propagation(double momentum, bool centered, double decay, bool maximize) =>
        Follows(p => optim.RMSProp(p, 0.02, 0.9, 1e-6, decay, momentum, centered, maximize), (p, g, _, s) =>
        {
            if (maximize) g = -g;
            g += decay * p;
            s[0] = 0.9 * s[0] + 0.1 * g * g;
            s[1] = 0.9 * s[1] + 0.1 * g;
            double step = g / (Math.Sqrt(centered ? s[0] - s[1] * s[1] : s[0]) + 1e-6);
            s[2] = momentum * s[2] + step;
            return p - 0.02 * (momentum > 0 ? s[2] : step);
        });

    [Fact]
    public void Adagrad_divides_by_all_that_was() =>
        Follows(p => optim.Adagrad(p, 0.1, 0.05, 0.1, 0.2, 1e-6), (p, g, t, s) =>
        {
            g += 0.1 * p;
            s[0] = (t == 1 ? 0.2 : s[0]) + g * g;
            return p - 0.1 / (1 + (t - 1) * 0.05) * g / (Math.Sqrt(s[0]) + 1e-6);
        });

    [Theory]
    [InlineData(0.999)]
    [InlineData(0.7)]
    public void Rectified_Adam_waits_for_its_variance(double b2) =>
        Follows(p => optim.RAdam(p, 0.02, 0.9, b2, 1e-6, 0.1), (p, g, t, s) =>
        {
            g += 0.1 * p;
            s[0] = 0.9 * s[0] + 0.1 * g;
            s[1] = b2 * s[1] + (1 - b2) * g * g;
            double mean = s[0] / (1 - Math.Pow(0.9, t)), last = 2 / (1 - b2) - 1, length = last - 2 * t * Math.Pow(b2, t) / (1 - Math.Pow(b2, t));
            if (length <= 5) return p - 0.02 * mean;
            double r = Math.Sqrt((length - 4) * (length - 2) * last / ((last - 4) * (last - 2) * length));
            return p - 0.02 * mean * r * Math.Sqrt(1 - Math.Pow(b2, t)) / (Math.Sqrt(s[1]) + 1e-6);
        });

    [Fact]
    public void Nesterov_Adam_looks_ahead()
    {
        static double Mu(int t) => 0.9 * (1 - 0.5 * Math.Pow(0.96, t * 0.004));
        Follows(p => optim.NAdam(p, 0.02, 0.9, 0.99, 1e-6, 0.1), (p, g, t, s) =>
        {
            g += 0.1 * p;
            s[0] = 0.9 * s[0] + 0.1 * g;
            s[1] = 0.99 * s[1] + 0.01 * g * g;
            s[2] = (t == 1 ? 1 : s[2]) * Mu(t);
            double mean = Mu(t + 1) * s[0] / (1 - s[2] * Mu(t + 1)) + (1 - Mu(t)) * g / (1 - s[2]);
            return p - 0.02 * mean / (Math.Sqrt(s[1] / (1 - Math.Pow(0.99, t))) + 1e-6);
        });
    }

    [Fact]
    public void LBFGS_reaches_the_bottom_of_Rosenbrocks_valley()
    {
        using var p = new Parameter(tensor(new[] { 0.5, 0.5 }, device: TestDevice.Current));
        using var lbfgs = optim.LBFGS([p], lr: 0.1, max_iter: 100, max_eval: 200, tolerange_grad: 1e-12, tolerance_change: 1e-16);
        Tensor Closure()
        {
            lbfgs.zero_grad();
            var loss = (1 - p[0]).square() + 100 * (p[1] - p[0].square()).square();
            loss.backward();
            return loss;
        }
        for (int i = 0; i < 30; i++) lbfgs.step(Closure).Dispose();
        Check.Close([1, 1], p, 1e-6);
        Assert.Throws<ArgumentNullException>(() => lbfgs.step());
    }

    [Fact]
    public void Zero_grad_leaves_zeros_and_parameters_without_gradient_stay()
    {
        using var used = new Parameter(ones(2, device: TestDevice.Current));
        using var unused = new Parameter(ones(2, device: TestDevice.Current));
        using var adam = optim.Adam([used, unused], 0.1);
        used.sum().backward();
        adam.step();
        adam.zero_grad();
        Check.Close([0, 0], used.grad!);
        Check.Close([1, 1], unused, 0);
        Check.Close([0.9, 0.9], used, 1e-6);
    }

    [Fact]
    public void Groups_have_options_of_their_own_and_states_outlive_scopes()
    {
        Parameter a, b;
        Adam adam;
        using (NewDisposeScope())
        {
            (a, b) = (new Parameter(ones(1)), new Parameter(ones(1)));
            adam = optim.Adam([new Adam.ParamGroup([a], lr: 0.1), new Adam.ParamGroup([b], new Adam.Options { beta1 = 0.5 })], lr: 0.01);
        }
        for (int i = 0; i < 3; i++)
            using (NewDisposeScope())
            {
                adam.zero_grad();
                (a + b).sum().backward();
                adam.step();
            }
        Check.Close([0.7], a, 1e-6);
        Check.Close([0.97], b, 1e-6);
        Assert.Equal([0.1, 0.01], adam.ParamGroups.Select(g => g.LearningRate));
        Assert.Equal((0.5, 0.999), ((Adam.ParamGroup)adam.ParamGroups.Last()).Betas);
        adam.ParamGroups.First().LearningRate = 0;
        adam.step();
        Check.Close([0.7], a, 1e-6);
        Assert.Throws<ArgumentException>(() => optim.Adam([a], lr: -1));
        Assert.Throws<ArgumentException>(() => optim.Adam([a], beta1: 1));
        Assert.Throws<ArgumentException>(() => optim.SGD([a], 0.1, nesterov: true));
        adam.Dispose();
    }

    [Fact]
    public void The_closures_loss_comes_back()
    {
        using var p = new Parameter(tensor(new[] { 3.0 }));
        using var sgd = optim.SGD([p], 0.1);
        using var scope = NewDisposeScope();
        var loss = sgd.step(() =>
        {
            sgd.zero_grad();
            var l = p.square().sum();
            l.backward();
            return l;
        });
        Assert.Equal(9, loss.ToDouble());
        Check.Close([2.4], p);
    }

    public static TheoryData<string, Func<Parameter[], OptimizerHelper>> Every() => new()
    {
        { "Adam", p => optim.Adam(p, 0.1, amsgrad: true) },
        { "AdamW", p => optim.AdamW(p, 0.1) },
        { "RAdam", p => optim.RAdam(p, 0.1) },
        { "NAdam", p => optim.NAdam(p, 0.1) },
        { "SGD", p => optim.SGD(p, 0.1, 0.9) },
        { "RMSProp", p => optim.RMSProp(p, 0.1, momentum: 0.9, centered: true) },
        { "Adagrad", p => optim.Adagrad(p, 0.1) },
    };

    [Theory]
    [MemberData(nameof(Every), DisableDiscoveryEnumeration = true)]
    public void Training_goes_on_from_a_file_as_if_nothing_had_happened(string name, Func<Parameter[], OptimizerHelper> make)
    {
        static void Train(Parameter p, OptimizerHelper o, int steps)
        {
            for (int i = 0; i < steps; i++)
                using (NewDisposeScope())
                {
                    o.zero_grad();
                    p.square().square().sum().backward();
                    o.step();
                }
        }
        using var a = new Parameter(Check.Random(1, 3, 2));
        using var first = make([a]);
        Train(a, first, 5);
        var file = Path.Combine(Path.GetTempPath(), $"nerflab-{Guid.NewGuid()}.state");
        try
        {
            first.save_state_dict(file);
            using var b = new Parameter(a.detach().clone());
            using var c = new Parameter(a.detach().clone());
            using var second = make([b]);
            using var third = make([c]);
            second.load_state_dict(file);
            third.load_state_dict(first.state_dict());
            Assert.True(third.state_dict().State[0].ApproximatelyEquals(first.state_dict().State[0]));
            Train(a, first, 5);
            Train(b, second, 5);
            Train(c, third, 5);
            Assert.Equal(Check.Values(a), Check.Values(b));
            Assert.Equal(Check.Values(a), Check.Values(c));

            var bytes = File.ReadAllBytes(file);
            for (int cut = 0; cut < bytes.Length; cut += 7)
                Assert.Throws<InvalidDataException>(() => second.load_state_dict(new BinaryReader(new MemoryStream(bytes[..cut]))));
            using var other = name == "SGD" ? make([b, c]) : optim.SGD([b], 0.1, 0.9);
            Assert.Contains(name == "SGD" ? "2" : name, Assert.Throws<InvalidDataException>(() => other.load_state_dict(file)).Message);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
