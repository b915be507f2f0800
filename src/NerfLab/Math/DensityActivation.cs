using System.Text.Json.Serialization;

namespace NerfLab.Math;

/// <summary>How a network's raw output z becomes a density. Fields count it per side of their box, so that light which crosses an untrained one loses the share 1 - e^-σ.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<DensityActivation>))]
public enum DensityActivation
{
    /// <summary>max(z, 0): the original NeRF. Starts at 0 for z = 0, and half of all points are at exactly 0 and pass no gradient.</summary>
    [JsonStringEnumMemberName("relu")] Relu,

    /// <summary>ln(1 + e^{z-1}): starts at 0.31 for z = 0, which absorbs 27 % over the box, and passes a gradient everywhere (mip-NeRF).</summary>
    [JsonStringEnumMemberName("softplus")] Softplus,

    /// <summary>ln(1 + e^{z-10}): starts at 4.5e-5 for z = 0, practically empty; times TensoRF's 75 it absorbs 0.3 %.</summary>
    [JsonStringEnumMemberName("softplus-10")] Softplus10,

    /// <summary>e^z with a bounded gradient: starts at 1 for z = 0, which absorbs 63 % (instant-ngp).</summary>
    [JsonStringEnumMemberName("exp")] Exp,
}

/// <summary>Non-negative densities from raw network outputs.</summary>
public static class DensityActivations
{
    /// <summary>Applies an activation, element by element.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="z">[...], any real numbers.</param>
    /// <returns>[...], at least 0.</returns>
    public static Tensor Apply(this DensityActivation activation, Tensor z) => activation switch
    {
        DensityActivation.Relu => torch.nn.functional.relu(z),
        DensityActivation.Softplus => torch.nn.functional.softplus(z - 1),
        DensityActivation.Softplus10 => torch.nn.functional.softplus(z - 10),
        DensityActivation.Exp => TruncatedExp.apply(z),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown density activation"),
    };

    /// <summary>The logarithm of the density, without losing the digits of a very small or a very large one; densities below e^-50 count as that.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="z">[...], any real numbers.</param>
    public static Tensor LogOf(this DensityActivation activation, Tensor z) =>
        activation == DensityActivation.Exp ? z : activation.Apply(z).clamp_min(double.Exp(-50)).log();

    /// <summary>The raw output that gives a density: the inverse of <see cref="Apply"/>.</summary>
    /// <param name="activation">Which.</param>
    /// <param name="density">Above 0.</param>
    public static double Inverse(this DensityActivation activation, double density) => activation switch
    {
        DensityActivation.Relu => density,
        DensityActivation.Softplus => 1 + InverseSoftplus(density),
        DensityActivation.Softplus10 => 10 + InverseSoftplus(density),
        _ => double.Log(density),
    };

    /// <summary>ln(e^y - 1), written so that a large y does not overflow.</summary>
    static double InverseSoftplus(double y) => y + double.Log(-double.ExpM1(-y));

    /// <summary>The density of a field whose networks all answer 0: the fog that training starts in.</summary>
    public static double AtZero(this DensityActivation activation) => activation switch
    {
        DensityActivation.Relu => 0,
        DensityActivation.Softplus => double.Log(1 + double.Exp(-1)),
        DensityActivation.Softplus10 => double.Log(1 + double.Exp(-10)),
        _ => 1,
    };
}

/// <summary>e^z whose gradient stops growing at |z| = 15, so that one outlier cannot destroy the weights.</summary>
/// <remarks>The form used by implementations of Instant-NGP; the value itself is not bounded.</remarks>
internal sealed class TruncatedExp : torch.autograd.SingleTensorFunction<TruncatedExp>
{
    public override string Name => nameof(TruncatedExp);

    public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
    {
        var z = (Tensor)vars[0];
        ctx.save_for_backward([z]);
        return torch.exp(z);
    }

    public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output) =>
        [grad_output * torch.exp(ctx.get_saved_variables()[0].clamp(-15, 15))];
}
