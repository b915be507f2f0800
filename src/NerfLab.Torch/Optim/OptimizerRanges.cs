using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What all update rules begin with: options in range, and the gradient with its sign and weight decay.</summary>
static class OptimizerRanges
{
    internal static void NotNegative(params (double Value, string Name)[] options)
    {
        foreach (var (value, name) in options)
            if (!(value >= 0)) throw new ArgumentException($"Invalid {name} value: {value}, expected 0 or more");
    }

    internal static void Fraction(params (double Value, string Name)[] options)
    {
        foreach (var (value, name) in options)
            if (!(value >= 0 && value < 1)) throw new ArgumentException($"Invalid {name} value: {value}, expected 0 or more and below 1");
    }

    internal static Tensor Effective(Tensor parameter, Tensor gradient, double weightDecay, bool maximize)
    {
        if (maximize) gradient = Op.Call("neg", gradient);
        return weightDecay == 0 ? gradient : Op.Call("add.Tensor", gradient, parameter, weightDecay);
    }
}
