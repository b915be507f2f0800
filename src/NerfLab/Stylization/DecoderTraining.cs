using NerfLab.Math;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>How a decoder is trained.</summary>
/// <param name="Steps">How many.</param>
/// <param name="Batch">Pairs of a content and a style in a step.</param>
/// <param name="Crop">Rows and columns of the pieces.</param>
/// <param name="LearningRate">Of the first step, above 0.</param>
/// <param name="Decay">The learning rate of step i is divided by 1 + Decay · i.</param>
/// <param name="StyleWeight">Of the style loss, where the content loss counts once.</param>
/// <param name="IdentityWeight">Of the squared error of pictures that are decoded from their own features; 0 leaves it out, as the paper does.</param>
/// <param name="IdentityFirst">So many steps that look at nothing else than that error: a decoder that knows nothing yet makes statistics that are far off, and their gradients throw it about.</param>
/// <param name="MostGradient">The length that longer gradients are cut to; infinite leaves them, as the paper does. A transfer that goes wrong is wrong by orders of magnitude and would undo many steps.</param>
/// <param name="LeastDeviation">Contents whose values deviate by less are drawn again: their statistics are divided by almost nothing.</param>
/// <param name="Seed">Decides the pieces.</param>
/// <remarks>Huang and Belongie 2017 train for 160000 steps of 8 pairs of 256x256 with a rate of 1e-4 and a decay of 5e-5.</remarks>
public sealed record DecoderTraining(int Steps = 160_000, int Batch = 8, int Crop = 256, double LearningRate = 1e-4, double Decay = 5e-5,
    double StyleWeight = 10, double IdentityWeight = 0, int IdentityFirst = 0, double MostGradient = double.PositiveInfinity, double LeastDeviation = 0, long Seed = 0)
{
    /// <summary>What a step cost.</summary>
    /// <param name="Index">From 0.</param>
    /// <param name="Content">See <see cref="AdaIn.Losses"/>.</param>
    /// <param name="Style">See <see cref="AdaIn.Losses"/>.</param>
    /// <param name="Identity">Mean squared error of pictures decoded from their own features; 0 where it does not count.</param>
    public readonly record struct Report(int Index, double Content, double Style, double Identity);

    /// <summary>Trains the decoder of a styler; the extractor stays as it is.</summary>
    /// <param name="styler">Its decoder is changed.</param>
    /// <param name="contents">What to show.</param>
    /// <param name="styles">In which styles.</param>
    /// <returns>Steps, as they are enumerated.</returns>
    public IEnumerable<Report> Train(AdaIn styler, PicturePool contents, PicturePool styles)
    {
        var device = styler.Extractor.Device;
        // A second optimiser for the second part: one that has got used to small gradients takes far too long steps when large ones come.
        using optim.Optimizer first = Fresh(), second = Fresh();
        for (int step = 0; step < Steps; step++)
        {
            var optimizer = step < IdentityFirst ? first : second;
            using var scope = NewDisposeScope();
            using var random = new Generator(RandomStream.Seed(Seed, step));
            foreach (var group in optimizer.ParamGroups) group.LearningRate = LearningRate / (1 + Decay * step);
            var content = contents.Draw(Batch, Crop, random, leastDeviation: LeastDeviation).Pictures.to(device);
            var style = styles.Draw(Batch, Crop, random, recolor: step % 2 == 1).Pictures.to(device);
            yield return Step(styler, optimizer, content, style, step);
        }

        optim.Optimizer Fresh() => optim.Adam(styler.Decoder.parameters(), LearningRate, beta2: 0.99);
    }

    Report Step(AdaIn styler, optim.Optimizer optimizer, Tensor content, Tensor style, int step)
    {
        Tensor own, target;
        IReadOnlyList<ChannelStatistics> statistics;
        using (no_grad())
        {
            own = styler.Extractor.ContentMap(content);
            statistics = styler.Extractor.Statistics(style);
            target = FeatureStatistics.AdaIn(own, statistics[^1]);
        }
        optimizer.zero_grad();
        // Pictures of both kinds are kept, in turns: photographs have strokes and edges of paintings as well.
        var shown = step % 2 == 0 ? content : style;
        if (step < IdentityFirst)
        {
            var alone = Kept();
            (double.Max(IdentityWeight, 1) * alone).backward();
            Cut();
            optimizer.step();
            return new Report(step, 0, 0, alone.ToDouble());
        }
        var (apart, other) = styler.Losses(styler.Decode(target, Crop, Crop), target, statistics);
        var loss = apart + StyleWeight * other;
        var identity = 0.0;
        if (IdentityWeight > 0)
        {
            var error = Kept();
            identity = error.ToDouble();
            loss = loss + IdentityWeight * error;
        }
        loss.backward();
        Cut();
        optimizer.step();
        return new Report(step, apart.ToDouble(), other.ToDouble(), identity);

        void Cut()
        {
            if (double.IsFinite(MostGradient)) nn.utils.clip_grad_norm_(styler.Decoder.parameters(), MostGradient);
        }

        Tensor Kept()
        {
            Tensor features;
            using (no_grad()) features = ReferenceEquals(shown, content) ? own : styler.Extractor.ContentMap(shown);
            return F.mse_loss(styler.Decode(features, Crop, Crop), shown);
        }
    }
}
