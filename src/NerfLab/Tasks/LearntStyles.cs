using NerfLab.Fields;

namespace NerfLab.Tasks;

/// <summary>Styles that have been learnt: a network of colours, the distribution of the codes of each style, and a code for each style and view.</summary>
public sealed class LearntStyles : nn.Module
{
    readonly StyleModule module;
    readonly Parameter codes;
    readonly Tensor mean, variance;

    /// <summary>Brings the parts together.</summary>
    /// <param name="module">Colours for codes.</param>
    /// <param name="mean">[S,L], μ of the codes of S styles.</param>
    /// <param name="logVariance">[S,L], log σ².</param>
    /// <param name="first">[S,V,L], the codes of V views to begin with.</param>
    public LearntStyles(StyleModule module, Tensor mean, Tensor logVariance, Tensor first) : base(nameof(LearntStyles))
    {
        (this.module, this.mean, variance, codes) = (module, mean, logVariance, nn.Parameter(first));
        register_module(nameof(module), module);
        register_parameter(nameof(codes), codes);
        register_buffer(nameof(mean), this.mean);
        register_buffer(nameof(variance), variance);
    }

    /// <summary>Nothing yet: to be filled from a file.</summary>
    /// <param name="spec">The form of the network.</param>
    /// <param name="styles">S.</param>
    /// <param name="views">V.</param>
    /// <param name="kernels">The operations to use.</param>
    public static LearntStyles Blank(StyleModuleSpec spec, int styles, int views, Kernels.Kernels kernels)
    {
        using var random = new torch.Generator(0);
        return new LearntStyles(new StyleModule(spec, random, kernels), torch.zeros(styles, spec.Latent), torch.zeros(styles, spec.Latent), torch.zeros(styles, views, spec.Latent));
    }

    /// <summary>Colours for codes.</summary>
    public StyleModule Module => module;

    /// <summary>[S,V,L], the learnt codes.</summary>
    public Tensor Codes => get_parameter(nameof(codes))!;

    /// <summary>[S,L], μ.</summary>
    public Tensor Mean => get_buffer(nameof(mean))!;

    /// <summary>[S,L], log σ².</summary>
    public Tensor LogVariance => get_buffer(nameof(variance))!;

    /// <summary>How many styles.</summary>
    public int Count => (int)Mean.shape[0];

    /// <summary>The code of a style.</summary>
    /// <param name="style">Its number.</param>
    /// <param name="view">Whose learnt code is taken.</param>
    /// <param name="scale">From the mean of the style's codes, 0, which is what the paper shows, to the learnt code, 1.</param>
    /// <returns>[1,L].</returns>
    /// <exception cref="BadInputException">There is no such style or view.</exception>
    public Tensor Code(int style, int view = 0, double scale = 0)
    {
        if (style < 0 || style >= Count) throw new BadInputException($"styles: style {style}; 0 to {Count - 1} were learnt");
        if (view < 0 || view >= Codes.shape[1]) throw new BadInputException($"styles: view {view}; 0 to {Codes.shape[1] - 1} have codes");
        var middle = Mean.narrow(0, style, 1);
        return scale == 0 ? middle : middle + scale * (Codes[style].narrow(0, view, 1) - middle);
    }

    /// <summary>A code between those of several styles.</summary>
    /// <param name="weights">One for each style, at least 0, not all 0; they are divided by their sum.</param>
    /// <param name="view">See <see cref="Code"/>.</param>
    /// <param name="scale">See <see cref="Code"/>.</param>
    /// <returns>[1,L].</returns>
    /// <exception cref="BadInputException">There are more or fewer weights than styles, one is below 0 or all are, or there is no such view.</exception>
    public Tensor Mixed(IReadOnlyList<double> weights, int view = 0, double scale = 0)
    {
        if (weights.Count != Count) throw new BadInputException($"styles: {weights.Count} weights are given and {Count} styles were learnt; one for each is expected");
        if (weights.Any(w => !(w >= 0) || !double.IsFinite(w)) || weights.Sum() == 0) throw new BadInputException(FormattableString.Invariant($"styles: the weights {string.Join(", ", weights.Select(w => FormattableString.Invariant($"{w}")))} are no shares; numbers from 0 upwards, not all 0, are expected"));
        return weights.Index().Where(w => w.Item > 0).Select(w => Code(w.Index, view, scale) * (w.Item / weights.Sum())).Aggregate((a, b) => a + b);
    }
}
