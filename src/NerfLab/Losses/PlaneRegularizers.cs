using NerfLab.Fields;
using NerfLab.Math;

namespace NerfLab.Losses;

/// <summary>Loss terms that look at the planes and lines of a field.</summary>
public static class PlaneRegularizers
{
    /// <summary>The mean magnitude of each plane and line that the density depends on, added up: empty space becomes exactly empty.</summary>
    /// <remarks>TensoRF, section 4.3: Σ_m (mean |P_m| + mean |v_m|).</remarks>
    /// <exception cref="BadInputException">The field is not made of planes and lines.</exception>
    public static Tensor PlaneL1(Step step) => Sum(Factors(step, "planeL1").Where(f => f.Density).Select(f => f.Values.abs().mean()));

    /// <summary>The total variation of all planes, or of the lines where there are no planes.</summary>
    /// <remarks>TensoRF, section 4.3; see <see cref="Planes.TotalVariation"/>.</remarks>
    /// <exception cref="BadInputException">The field is not made of planes and lines.</exception>
    public static Tensor PlaneTv(Step step)
    {
        var factors = Factors(step, "planeTv").ToLookup(f => f.Values.ndim);
        return Sum((factors.Contains(3) ? factors[3] : factors[2]).Select(f => Planes.TotalVariation(f.Values)));
    }

    /// <summary>How far the components of each line are from being orthogonal, added up.</summary>
    /// <remarks>TensoRF's optional regulariser; see <see cref="Planes.Overlap"/>.</remarks>
    /// <exception cref="BadInputException">The field has no lines.</exception>
    public static Tensor LineOverlap(Step step)
    {
        var lines = Factors(step, "lineOverlap").Where(f => f.Values.ndim == 2).ToList();
        return lines.Count > 0 ? Sum(lines.Select(f => Planes.Overlap(f.Values))) : throw new BadInputException("losses.lineOverlap: the field has no lines; leave the term out by 0");
    }

    static IEnumerable<Factor> Factors(Step step, string term) => step.Render.Field is EncodedField { Encoding: IFactored factored }
        ? factored.Factors
        : throw new BadInputException($"losses.{term}: the field is not made of planes or lines; leave the term out by 0");

    static Tensor Sum(IEnumerable<Tensor> terms) => terms.Aggregate((a, b) => a + b);
}
