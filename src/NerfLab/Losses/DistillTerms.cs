using NerfLab.Fields;
using NerfLab.Math;
using NerfLab.Rendering;

namespace NerfLab.Losses;

/// <summary>Which densities count as different.</summary>
/// <remarks>
/// PVD, section 3.3: logarithms of densities, clamped to [<paramref name="Least"/>, <paramref name="Most"/>] in teacher and student alike. What is thinner than
/// e^Least is as good as empty, what is thicker than e^Most as good as solid, and a field need not spend its numbers on telling them apart. Densities count
/// per half of the longest side of the teacher's box, because PVD's boxes reach from -1 to 1; so the range means the same whatever the unit of the world is.
/// </remarks>
/// <param name="Least">a.</param>
/// <param name="Most">b.</param>
/// <param name="BothSides">
/// Whether the student is clamped as well wherever it is, as in PVD: then a student that begins emptier than e^Least gets no gradient from densities and stays
/// so. Else it is only left alone where the teacher is beyond the same end.
/// </param>
public sealed record DensityRange(double Least = -2, double Most = 7, bool BothSides = true)
{
    const double Below = 2; // by how much the logarithm of no density at all lies below the range

    /// <summary>No range: all logarithms count, from e^-20 to e^20.</summary>
    public static DensityRange Unbounded { get; } = new(-20, 20);

    /// <summary>The difference of logarithms, [N].</summary>
    /// <param name="student">[N], densities, with gradient.</param>
    /// <param name="teacher">[N], densities.</param>
    /// <param name="unit">The length that densities are multiplied by.</param>
    public Tensor Difference(Tensor student, Tensor teacher, double unit)
    {
        // Clamped before the logarithm: an infinite slope times nothing would not be a number.
        var wanted = (teacher * unit).clamp(double.Exp(Least), double.Exp(Most)).log();
        if (BothSides) return (student * unit).clamp(double.Exp(Least), double.Exp(Most)).log() - wanted;
        // A little is added instead of a clamp, so that a student without any density is far off and not infinitely far, and is still pushed.
        return Beyond((student * unit + double.Exp(Least - Below)).log(), wanted);
    }

    /// <summary>The same of numbers that are logarithms already.</summary>
    internal Tensor DifferenceOfLogs(Tensor student, Tensor teacher) => BothSides
        ? student.clamp(Least, Most) - teacher.clamp(Least, Most)
        : Beyond(student, teacher.clamp(Least, Most));

    static readonly double Margin = double.Log(1 + double.Exp(-Below)); // what is added counts at the end of the range

    Tensor Beyond(Tensor student, Tensor wanted)
    {
        var free = (student <= Least + Margin).logical_and(wanted <= Least).logical_or((student >= Most).logical_and(wanted >= Most));
        return torch.where(free, torch.zeros_like(student), student - wanted);
    }
}

/// <summary>Loss terms that compare a student with its teacher on the same samples; only what a term looks at is computed.</summary>
/// <remarks>Fang et al. 2023, PVD, equations 5 to 8.</remarks>
/// <param name="teacher">The field to learn from.</param>
/// <param name="norm">How differences are measured.</param>
/// <param name="range">Which densities count as different.</param>
/// <param name="unit">The length that densities are multiplied by: half the longest side of the teacher's box.</param>
public sealed class DistillTerms(IField teacher, Norm norm, DensityRange range, double unit)
{
    /// <summary>L_v, the vectors before the direction enters; density is not decoded to a number of its own, and neither colours nor pixels are made.</summary>
    public Tensor Features(Step step)
    {
        Tensor mine = step.Render.Geometry, wanted = step.Of(teacher).Geometry; // [N,V]
        long rest = mine.shape[1] - 1;
        double shift = double.Log(unit);
        var density = range.DifferenceOfLogs(mine.select(1, 0) + shift, wanted.select(1, 0) + shift);
        var others = mine.narrow(1, 1, rest) - wanted.narrow(1, 1, rest);
        return norm.OfSquares(density.square().sum() + others.square().sum(), mine.numel());
    }

    /// <summary>L_σ, the logarithms of densities.</summary>
    public Tensor Density(Step step)
    {
        var wanted = step.Of(teacher);
        return norm.Of(range.Difference(step.Render.Density, wanted.Density, unit));
    }

    /// <summary>L_c, the colours of samples.</summary>
    public Tensor Colors(Step step)
    {
        var wanted = step.Of(teacher); // asked for colours first, which give the densities as well
        return norm.Of(step.Render.Colors - wanted.Colors);
    }

    /// <summary>L_rgb, the pixels; see <see cref="PixelTerm"/>.</summary>
    public LossFn Pixels { get; } = PixelTerm(norm);

    /// <summary>The term that compares pixels, the same for every teacher, because a batch holds the teacher's pixels: where it is the only one, everything behind the encoding can be computed at once.</summary>
    public static LossFn PixelTerm(Norm norm) => norm switch
    {
        Norm.Frobenius => PixelNorm,
        Norm.MeanSquare => LossTerms.Rgb,
        _ => PixelRms,
    };

    internal static Tensor PixelRms(Step step) => Norm.RootMeanSquare.OfSquares(LossTerms.Rgb(step), 1);

    internal static Tensor PixelNorm(Step step) => Norm.Frobenius.OfSquares(LossTerms.Rgb(step) * step.Batch.Rgb.numel(), 1);

    /// <summary>L_σ at random points of the box, so that the student is as empty as its teacher also where no ray is followed.</summary>
    /// <param name="box">The box, in the coordinates of the field.</param>
    /// <param name="points">So many of them, other ones in every step.</param>
    public LossFn Space(Box box, int points) => step =>
    {
        const long Stream = 0x7370; // any number of its own
        using var random = new torch.Generator(RandomStream.Seed(Stream, step.Index));
        var device = step.Render.Samples.T.device;
        var x = box.Min.ToTensor(device) + Sampling.Uniform([points, 3], random, device) * box.Size.ToTensor(device);
        return norm.Of(range.Difference(step.Render.Field.Density(x), teacher.Frozen().Density(x), unit));
    };
}
