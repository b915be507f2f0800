using System.Runtime.Intrinsics;
using NerfLab.Kernels;

namespace NerfLab.Tests;

/// <summary>Vector exponentials against those of the run-time library in double precision, over all floats.</summary>
public class ExponentialTests
{
    delegate Vector256<float> Function(Vector256<float> x);

    static float Of(Function f, float x) => f(Vector256.Create(x)).ToScalar();

    /// <summary>Every 2039th float of either sign (a prime, so that mantissas differ), and those around the places where something changes.</summary>
    static IEnumerable<float> Floats()
    {
        for (uint bits = 0; bits < 0x7f800000; bits += 2039)
        {
            yield return BitConverter.UInt32BitsToSingle(bits);
            yield return BitConverter.UInt32BitsToSingle(bits | 0x80000000);
        }
        double[] places = [0, -104, -103.97208, -103.27893, -87.33655, -80, -17.32868, 88.029691, 88.376263, 88.722839, 88.8, 89.5, double.Log(2) / 2, -double.Log(2) / 2];
        foreach (double place in places)
            for (int i = -50; i <= 50; i++) yield return BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits((float)place) + (place == 0 ? int.Abs(i) : i));
        var random = new Random(1);
        for (int i = 0; i < 300_000; i++) yield return random.NextSingle() * 220 - 115;
    }

    /// <summary>Errors relative to exact values, of which so much is not counted: below the smallest normal float there are fewer digits.</summary>
    static void Compare(Function f, Func<double, double> exact, double tolerance, double slack = 2e-45)
    {
        double worst = 0;
        foreach (float x in Floats())
        {
            var (expected, actual) = (exact(x), Of(f, x));
            if (float.IsInfinity((float)expected) && float.IsInfinity(actual)) continue;
            double error = (double.Abs(expected - actual) - slack) / double.Abs(expected);
            // Where the exact value lies between the largest float and infinity, rounding decides.
            if (float.IsInfinity(actual) && expected > 0.9999999 * float.MaxValue) continue;
            if (expected != 0) worst = double.Max(worst, error);
            else Assert.Equal(0, actual);
        }
        Assert.True(worst < tolerance, $"{worst}");
    }

    [Fact]
    public void TheExponentialHasItsDigitsEverywhere() => Compare(Exponential.Exp, double.Exp, 1.3e-7);

    [Fact]
    public void OneLessHasItsDigitsEverywhereToo() => Compare(Exponential.ExpMinusOne, ExpMinusOne, 2e-7);

    [Fact]
    public void SoHasTheSigmoid() => Compare(Exponential.Sigmoid, x => 1 / (1 + double.Exp(-x)), 2.5e-7, slack: 3e-39);

    /// <summary>Kahan's way: without the digits that are lost by subtracting 1.</summary>
    static double ExpMinusOne(double x)
    {
        double e = double.Exp(x);
        return e == 1 ? x : e - 1 == -1 ? -1 : double.IsInfinity(e) ? e : (e - 1) * x / double.Log(e);
    }

    [Fact]
    public void WhatHasNoDigitsIsExact()
    {
        Assert.Equal([1, 0, float.PositiveInfinity, float.NaN, 0, float.PositiveInfinity], Each(Exponential.Exp));
        Assert.Equal([0, -1, float.PositiveInfinity, float.NaN, -1, float.PositiveInfinity], Each(Exponential.ExpMinusOne));
        Assert.Equal([0.5f, 0, 1, float.NaN, 0, 1], Each(Exponential.Sigmoid));

        static float[] Each(Function f) => [.. new[] { 0, float.NegativeInfinity, float.PositiveInfinity, float.NaN, -1e30f, 1e30f }.Select(x => Of(f, x))];
    }

    [Fact]
    public void EveryLaneIsComputedAlike()
    {
        float[] x = [-200, -90, -1, 0, float.NaN, 1e-9f, 3, 89];
        var all = Exponential.Exp(Vector256.Create(x));
        for (int i = 0; i < 8; i++) Assert.Equal(Of(Exponential.Exp, x[i]), all[i]);
    }
}
