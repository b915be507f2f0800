using System.Reflection;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>
/// Functions of one and of two numbers against C#'s own. Every form that exists is found by its name and called: the
/// method, the one that works in place, and their static twins.
/// </summary>
public class ElementwiseTests
{
    static readonly double[] Any = [-2.7, -1.5, -1, -0.3, 0, 0.2, 0.5, 1, 1.5, 2.5, 3.2];
    static readonly double[] Positive = [0.05, 0.3, 0.9, 1, 1.7, 4];
    static readonly double[] Powers = [0.25, 0.5, 1, 2]; // Divisions by these are exact.
    static readonly double[] Unit = [-0.95, -0.5, -0.1, 0, 0.4, 0.8];

    static readonly Dictionary<string, (double[] At, Func<double, double> Value)> One = new()
    {
        ["abs"] = (Any, Math.Abs), ["absolute"] = (Any, Math.Abs), ["neg"] = (Any, x => -x), ["negative"] = (Any, x => -x), ["positive"] = (Any, x => x),
        ["sign"] = (Any, x => Math.Sign(x)), ["sgn"] = (Any, x => Math.Sign(x)), ["ceil"] = (Any, Math.Ceiling), ["floor"] = (Any, Math.Floor),
        ["round"] = (Any, x => Math.Round(x, MidpointRounding.ToEven)), ["trunc"] = (Any, Math.Truncate), ["fix"] = (Any, Math.Truncate), ["frac"] = (Any, x => x - Math.Truncate(x)),
        ["sqrt"] = (Positive, Math.Sqrt), ["rsqrt"] = (Positive, x => 1 / Math.Sqrt(x)), ["square"] = (Any, x => x * x), ["reciprocal"] = (Positive, x => 1 / x),
        ["exp"] = (Any, Math.Exp), ["exp2"] = (Any, x => Math.Pow(2, x)), ["expm1"] = (Any, x => Math.Exp(x) - 1),
        ["log"] = (Positive, Math.Log), ["log10"] = (Positive, Math.Log10), ["log1p"] = (Positive, x => Math.Log(1 + x)), ["log2"] = (Positive, Math.Log2),
        ["sin"] = (Any, Math.Sin), ["cos"] = (Any, Math.Cos), ["tan"] = (Any, Math.Tan), ["asin"] = (Unit, Math.Asin), ["arcsin"] = (Unit, Math.Asin), ["acos"] = (Unit, Math.Acos), ["arccos"] = (Unit, Math.Acos),
        ["atan"] = (Any, Math.Atan), ["arctan"] = (Any, Math.Atan), ["sinh"] = (Any, Math.Sinh), ["cosh"] = (Any, Math.Cosh), ["tanh"] = (Any, Math.Tanh), ["asinh"] = (Any, Math.Asinh), ["arcsinh"] = (Any, Math.Asinh),
        ["acosh"] = ([1, 1.2, 3], Math.Acosh), ["arccosh"] = ([1, 1.2, 3], Math.Acosh), ["atanh"] = (Unit, Math.Atanh), ["arctanh"] = (Unit, Math.Atanh),
        ["sinc"] = (Any, x => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x)), ["deg2rad"] = (Any, x => x * Math.PI / 180), ["rad2deg"] = (Any, x => x * 180 / Math.PI),
        ["erf"] = (Any, Erf), ["erfc"] = (Any, x => 1 - Erf(x)), ["lgamma"] = ([1, 2, 3, 4, 5, 6], n => Enumerable.Range(1, (int)n - 1).Sum(k => Math.Log(k))),
        ["digamma"] = ([1, 2, 3, 4], n => -0.57721566490153286 + Enumerable.Range(1, (int)n - 1).Sum(k => 1.0 / k)), ["i0"] = (Any, I0),
        ["sigmoid"] = (Any, Sigmoid), ["logit"] = ([0.1, 0.5, 0.9], x => Math.Log(x / (1 - x))), ["relu"] = (Any, x => Math.Max(x, 0)), ["relu6"] = ([-1, 2, 7], x => Math.Clamp(x, 0, 6)),
        ["celu"] = (Any, x => Math.Max(0, x) + Math.Min(0, Math.Exp(x) - 1)), ["elu"] = (Any, x => x > 0 ? x : Math.Exp(x) - 1), ["selu"] = (Any, x => 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (Math.Exp(x) - 1))),
        ["silu"] = (Any, x => x * Sigmoid(x)), ["gelu"] = (Any, x => x * 0.5 * (1 + Erf(x / Math.Sqrt(2)))), ["hardsigmoid"] = (Any, x => Math.Clamp(x / 6 + 0.5, 0, 1)), ["hardswish"] = (Any, x => x * Math.Clamp(x / 6 + 0.5, 0, 1)),
        ["log_sigmoid"] = (Any, x => Math.Log(Sigmoid(x))), ["softplus"] = (Any, x => Math.Log(1 + Math.Exp(x))),
        ["isnan"] = ([1, double.NaN, double.PositiveInfinity], x => double.IsNaN(x) ? 1 : 0), ["isinf"] = ([1, double.NaN, double.NegativeInfinity], x => double.IsInfinity(x) ? 1 : 0),
        ["isfinite"] = ([1, double.NaN, double.NegativeInfinity], x => double.IsFinite(x) ? 1 : 0), ["isposinf"] = ([1, double.PositiveInfinity, double.NegativeInfinity], x => x == double.PositiveInfinity ? 1 : 0),
        ["isneginf"] = ([1, double.PositiveInfinity, double.NegativeInfinity], x => x == double.NegativeInfinity ? 1 : 0), ["isreal"] = (Any, _ => 1), ["signbit"] = ([-0.0, 0, -1, 1], x => double.IsNegative(x) ? 1 : 0),
        ["logical_not"] = ([0, 1, -2], x => x == 0 ? 1 : 0), ["nan_to_num"] = ([1, double.NaN], x => double.IsNaN(x) ? 0 : x), ["angle"] = ([-1, 2], x => x < 0 ? Math.PI : 0), ["conj_physical"] = (Any, x => x),
    };

    static readonly Dictionary<string, (double[] Left, double[] Right, Func<double, double, double> Value)> Two = new()
    {
        ["add"] = (Any, Any, (x, y) => x + y), ["sub"] = (Any, Any, (x, y) => x - y), ["subtract"] = (Any, Any, (x, y) => x - y), ["mul"] = (Any, Any, (x, y) => x * y), ["multiply"] = (Any, Any, (x, y) => x * y),
        ["div"] = (Any, Positive, (x, y) => x / y), ["divide"] = (Any, Positive, (x, y) => x / y), ["true_divide"] = (Any, Positive, (x, y) => x / y), ["floor_divide"] = (Any, Powers, (x, y) => FloorDivide(x, y)),
        ["remainder"] = (Any, Powers, (x, y) => x - y * FloorDivide(x, y)), ["fmod"] = (Any, Powers, (x, y) => x % y), ["pow"] = (Positive, Any, Math.Pow), ["float_power"] = (Positive, Any, Math.Pow),
        ["maximum"] = (Any, Any, Math.Max), ["minimum"] = (Any, Any, Math.Min), ["max"] = (Any, Any, Math.Max), ["min"] = (Any, Any, Math.Min), ["fmax"] = (Any, Any, Math.Max), ["fmin"] = (Any, Any, Math.Min),
        ["atan2"] = (Any, Positive, Math.Atan2), ["arctan2"] = (Any, Positive, Math.Atan2), ["hypot"] = (Any, Any, (x, y) => Math.Sqrt(x * x + y * y)), ["copysign"] = (Any, Unit, Math.CopySign),
        ["logaddexp"] = (Any, Any, (x, y) => Math.Log(Math.Exp(x) + Math.Exp(y))), ["logaddexp2"] = (Any, Any, (x, y) => Math.Log2(Math.Pow(2, x) + Math.Pow(2, y))), ["xlogy"] = (Any, Positive, (x, y) => x == 0 ? 0 : x * Math.Log(y)),
        ["heaviside"] = (Any, Any, (x, y) => x == 0 ? y : x > 0 ? 1 : 0), ["ldexp"] = (Any, [0, 1, 3, -2], (x, y) => x * Math.Pow(2, y)), ["nextafter"] = ([1], [2], (x, _) => Math.BitIncrement(x)),
        ["eq"] = (Any, Any, (x, y) => x == y ? 1 : 0), ["equal"] = (Any, Any, (x, y) => x == y ? 1 : 0), ["ne"] = (Any, Any, (x, y) => x != y ? 1 : 0), ["not_equal"] = (Any, Any, (x, y) => x != y ? 1 : 0),
        ["lt"] = (Any, Any, (x, y) => x < y ? 1 : 0), ["less"] = (Any, Any, (x, y) => x < y ? 1 : 0), ["le"] = (Any, Any, (x, y) => x <= y ? 1 : 0), ["less_equal"] = (Any, Any, (x, y) => x <= y ? 1 : 0),
        ["gt"] = (Any, Any, (x, y) => x > y ? 1 : 0), ["greater"] = (Any, Any, (x, y) => x > y ? 1 : 0), ["ge"] = (Any, Any, (x, y) => x >= y ? 1 : 0), ["greater_equal"] = (Any, Any, (x, y) => x >= y ? 1 : 0),
        ["logical_and"] = ([0, 1], [0, 2], (x, y) => x != 0 && y != 0 ? 1 : 0), ["logical_or"] = ([0, 1], [0, 2], (x, y) => x != 0 || y != 0 ? 1 : 0), ["logical_xor"] = ([0, 1], [0, 2], (x, y) => x != 0 ^ y != 0 ? 1 : 0),
        ["op_Addition"] = (Any, Any, (x, y) => x + y), ["op_Subtraction"] = (Any, Any, (x, y) => x - y), ["op_Multiply"] = (Any, Any, (x, y) => x * y), ["op_Division"] = (Positive, Positive, (x, y) => x / y),
        ["op_Modulus"] = (Any, Powers, (x, y) => x - y * FloorDivide(x, y)), ["op_Equality"] = (Any, Any, (x, y) => x == y ? 1 : 0), ["op_Inequality"] = (Any, Any, (x, y) => x != y ? 1 : 0),
        ["op_LessThan"] = (Any, Any, (x, y) => x < y ? 1 : 0), ["op_LessThanOrEqual"] = (Any, Any, (x, y) => x <= y ? 1 : 0), ["op_GreaterThan"] = (Any, Any, (x, y) => x > y ? 1 : 0), ["op_GreaterThanOrEqual"] = (Any, Any, (x, y) => x >= y ? 1 : 0),
    };

    static double FloorDivide(double x, double y) => Math.Floor(x / y);

    static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary>By its Taylor series, which converges everywhere.</summary>
    static double Erf(double x)
    {
        double sum = 0, term = x;
        for (int n = 0; n < 80; n++)
        {
            sum += term / (2 * n + 1);
            term *= -x * x / (n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    static double I0(double x)
    {
        double sum = 0, term = 1;
        for (int n = 1; n < 60; n++)
        {
            sum += term;
            term *= x * x / 4 / n / n;
        }
        return sum;
    }

    public static TheoryData<string> NamesOfOne => [.. One.Keys];

    public static TheoryData<string> NamesOfTwo => [.. Two.Keys];

    static Tensor Doubles(IEnumerable<double> values) => tensor(values.ToArray(), device: TestDevice.Current);

    /// <summary>All public forms with this name whose first parameters are these and whose others have defaults.</summary>
    static IEnumerable<MethodInfo> Forms(string name, params Type[] first) =>
        from type in new[] { typeof(Tensor), typeof(torch) }
        from method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static)
        where method.Name == name || method.Name == name + "_"
        let types = (method.IsStatic ? [] : new[] { typeof(Tensor) }).Concat(method.GetParameters().Select(p => p.ParameterType)).ToArray()
        where types.Length >= first.Length && types.Take(first.Length).SequenceEqual(first) && method.GetParameters().Skip(first.Length - (method.IsStatic ? 0 : 1)).All(p => p.HasDefaultValue)
        where method.ReturnType == typeof(Tensor)
        select method;

    static Tensor Call(MethodInfo method, params object[] arguments)
    {
        var all = new object?[method.GetParameters().Length + (method.IsStatic ? 0 : 1)];
        Array.Fill(all, Type.Missing);
        arguments.CopyTo(all, 0);
        var result = (Tensor)(method.IsStatic ? method.Invoke(null, BindingFlags.OptionalParamBinding, null, all, null) : method.Invoke(all[0], BindingFlags.OptionalParamBinding, null, all[1..], null))!;
        if (method.Name.EndsWith('_')) Assert.Same(arguments[0], result);
        return result;
    }

    static void AssertClose(string what, double[] expected, Tensor actual)
    {
        var values = actual.to(float64).cpu().data<double>().ToArray();
        Assert.Equal(expected.Length, values.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(values[i] - expected[i]) <= 1e-12 * (1 + Math.Abs(expected[i])), $"{what}: element {i} is {values[i]}, expected {expected[i]}");
    }

    [Theory]
    [MemberData(nameof(NamesOfOne))]
    public void One_number(string name)
    {
        using var scope = NewDisposeScope();
        var (at, value) = One[name];
        var expected = at.Select(value).ToArray();
        var forms = Forms(name, typeof(Tensor)).ToList();
        Assert.NotEmpty(forms);
        foreach (var form in forms) AssertClose(form.ToString()!, expected, Call(form, Doubles(at)));
    }

    [Theory]
    [MemberData(nameof(NamesOfTwo))]
    public void Two_numbers(string name)
    {
        using var scope = NewDisposeScope();
        var (left, right, value) = Two[name];
        var pairs = (from x in left from y in right select (x, y)).ToArray();
        var expected = pairs.Select(p => value(p.x, p.y)).ToArray();
        var forms = Forms(name, typeof(Tensor), typeof(Tensor)).ToList();
        Assert.NotEmpty(forms);
        foreach (var form in forms) AssertClose(form.ToString()!, expected, Call(form, Doubles(pairs.Select(p => p.x)), Doubles(pairs.Select(p => p.y))));

        // One of the two as a C# number, in each of the types that have an overload.
        foreach (double y in right.Where(double.IsInteger))
        {
            expected = left.Select(x => value(x, y)).ToArray();
            foreach (var form in Forms(name, typeof(Tensor), typeof(Scalar))) AssertClose(form.ToString()!, expected, Call(form, Doubles(left), (Scalar)y));
            foreach (object number in new object[] { (int)y, (long)y, (float)y, y })
                foreach (var form in Forms(name, typeof(Tensor), number.GetType())) AssertClose(form.ToString()!, expected, Call(form, Doubles(left), number));
        }
        foreach (double x in left.Where(double.IsInteger))
        {
            expected = right.Select(y => value(x, y)).ToArray();
            foreach (var form in Forms(name, typeof(Scalar), typeof(Tensor)).Where(f => f.IsStatic)) AssertClose(form.ToString()!, expected, Call(form, (Scalar)x, Doubles(right)));
            foreach (object number in new object[] { (int)x, (long)x, (float)x, x })
                foreach (var form in Forms(name, number.GetType(), typeof(Tensor)).Where(f => f.IsStatic)) AssertClose(form.ToString()!, expected, Call(form, number, Doubles(right)));
        }
    }

    [Fact]
    public void Bits()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[] { 0b1100, 5, -8 }, device: TestDevice.Current);
        var b = tensor(new[] { 0b1010, 1, 2 }, device: TestDevice.Current);
        void Check(int[] expected, params Tensor[] forms) => Assert.All(forms, form => Assert.Equal(expected, form.cpu().data<int>().ToArray()));
        Check([0b1000, 1, 0], a & b, a.bitwise_and(b), bitwise_and(a, b), a.clone().bitwise_and_(b), bitwise_and_(a.clone(), b));
        Check([0b1110, 5, -6], a | b, a.bitwise_or(b), bitwise_or(a, b), a.clone().bitwise_or_(b), bitwise_or_(a.clone(), b));
        Check([0b0110, 4, -6], a ^ b, a.bitwise_xor(b), bitwise_xor(a, b), a.clone().bitwise_xor_(b), bitwise_xor_(a.clone(), b));
        Check([~0b1100, -6, 7], ~a, a.bitwise_not(), bitwise_not(a), a.clone().bitwise_not_(), bitwise_not_(a.clone()));
        Check([0b1100 << 10, 10, -32], a.bitwise_left_shift(b), bitwise_left_shift(a, b), a.clone().bitwise_left_shift_(b));
        Check([0, 2, -2], a.bitwise_right_shift(b), bitwise_right_shift(a, b), a.clone().bitwise_right_shift_(b));
        Check([2, 1, 2], a.gcd(b), a.clone().gcd_(b));
        Check([60, 5, 8], a.lcm(b), a.clone().lcm_(b));
    }

    [Fact]
    public void Parameters_change_the_result()
    {
        using var scope = NewDisposeScope();
        var x = Doubles([-2, -0.5, 1.25, 3]);
        var y = Doubles([2, 2, 2, 2]);
        AssertClose("add alpha", [4, 5.5, 7.25, 9], x.add(y, 3));
        AssertClose("add_ alpha", [4, 5.5, 7.25, 9], add_(x.clone(), y, 3));
        AssertClose("add scalar alpha", [4, 5.5, 7.25, 9], x.add(2, 3));
        AssertClose("div trunc", [-1, 0, 0, 1], x.div(y, RoundingMode.trunc));
        AssertClose("div floor", [-1, -1, 0, 1], torch.div(x, 2, RoundingMode.floor));
        AssertClose("clamp", [-1, -0.5, 1.25, 2], x.clamp(-1, 2));
        AssertClose("clamp min", [0, 0, 1.25, 3], clamp(x, min: 0));
        AssertClose("clamp max", [-2, -0.5, 1, 1], x.clip(max: 1));
        AssertClose("clamp_ by tensors", [-1, -0.5, 1.25, 2], x.clone().clamp_(-y / 2, y));
        AssertClose("clamp_min, clamp_max", [-1, -0.5, 1, 1], clamp_min(x, -1).clamp_max_(1));
        AssertClose("round to one decimal", [-2, -0.5, 1.2, 3], x.round(1));
        AssertClose("leaky_relu", [-0.2, -0.05, 1.25, 3], x.leaky_relu(0.1));
        AssertClose("hardtanh_", [-1, -0.5, 1, 1], x.clone().hardtanh_(-1, 1));
        AssertClose("threshold", [7, 7, 1.25, 3], x.threshold(1, 7));
        AssertClose("elu", [2 * (Math.Exp(-2) - 1), 2 * (Math.Exp(-0.5) - 1), 1.25, 3], x.elu(2));
        AssertClose("softplus", x.cpu().data<double>().ToArray().Select(v => Math.Log(1 + Math.Exp(3 * v)) / 3).ToArray(), x.softplus(3));
        AssertClose("nan_to_num", [9, 8, 7, 1], Doubles([double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1]).nan_to_num(9, 8, 7));
        AssertClose("lerp", [-1, 0.125, 1.4375, 2.75], x.lerp(y, tensor(0.25, device: TestDevice.Current)));
        AssertClose("addcmul", [-10, -2.5, 6.25, 15], x.addcmul(x, y, 2));
        AssertClose("addcdiv", [-4, -1, 2.5, 6], x.addcdiv(x, y, 2));
        var (mantissa, exponent) = x.frexp();
        AssertClose("frexp", [-2, -0.5, 1.25, 3], mantissa.ldexp(exponent));
        Assert.Equal(Math.PI * Math.PI / 6, Doubles([1]).polygamma(1).ToDouble(), 8);
        AssertClose("isclose", [1, 0, 1, 0], x.isclose(x + Doubles([1e-7, 1e-2, 0, 1])));
        Assert.True(x.allclose(x + 1e-9) && !allclose(x, x + 0.1) && x.Equals(x.clone()) && !x.Equals(y));
        AssertClose("isin", [1, 0, 0, 1], isin(x, Doubles([3, -2, 9])));
    }
}
