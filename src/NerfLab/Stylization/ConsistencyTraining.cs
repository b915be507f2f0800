using NerfLab.Math;
using NerfLab.Metrics;
using static TorchSharp.torch;

namespace NerfLab.Stylization;

/// <summary>How a decoder learns to show the same place of a scene alike from all sides.</summary>
/// <remarks>
/// Huang et al. 2022, StylizedNeRF, section 3.2: the losses of AdaIN, once each, and what a stylised view differs by from another one that is
/// warped to its place, where both show the same surface. Here views are warped backwards, with coverage and occlusion by depth in one mask,
/// and the mask multiplies the whole difference, as in the authors' code. Statistics are those of places with a surface: a plain background that is
/// larger than the thing before it would get the style in the thing's place.
/// </remarks>
/// <param name="Steps">How many; 1000 to 5000 in the paper's code.</param>
/// <param name="Views">Of the same style in a step: one and its nearest neighbours, at least 2.</param>
/// <param name="Weight">Of the difference between views.</param>
/// <param name="StyleWeight">Of the style loss, where the content loss counts once.</param>
/// <param name="LearningRate">Of the first step.</param>
/// <param name="Decay">The learning rate of step i is divided by 1 + Decay · i.</param>
/// <param name="Seed">Decides the views and styles.</param>
public sealed record ConsistencyTraining(int Steps = 200, int Views = 3, double Weight = 50, double StyleWeight = 1, double LearningRate = 1e-4, double Decay = 5e-5, long Seed = 0)
{
    /// <summary>What a step cost.</summary>
    /// <param name="Index">From 0.</param>
    /// <param name="Content">See <see cref="AdaIn.Losses"/>.</param>
    /// <param name="Style">See <see cref="AdaIn.Losses"/>.</param>
    /// <param name="Difference">Mean square over all pixels, those that do not count included as 0.</param>
    /// <param name="Overlap">Share of the pixels that two views show both; 0 where the views have nothing in common.</param>
    public readonly record struct Report(int Index, double Content, double Style, double Difference, double Overlap);

    /// <summary>Trains the decoder of a styler.</summary>
    /// <param name="styler">Its decoder is changed.</param>
    /// <param name="views">Renderings with the field's own depth, at least 2, of one size.</param>
    /// <param name="styles">Statistics of each style at every style layer.</param>
    /// <returns>Steps, as they are enumerated.</returns>
    public IEnumerable<Report> Train(AdaIn styler, IReadOnlyList<PictureWithDepth> views, IReadOnlyList<IReadOnlyList<ChannelStatistics>> styles)
    {
        if (views.Count < 2 || Views < 2) throw new BadInputException($"consistency: {int.Min(views.Count, Views)} view is given; at least 2 are expected to be compared");
        var near = views.Select((view, i) => views.Index().Where(v => v.Index != i)
            .OrderBy(v => (v.Item.Camera.Pose.Position - view.Camera.Pose.Position).LengthSquared()).Select(v => v.Index).Take(int.Max(Views - 1, views.Count / 4)).ToArray()).ToArray();
        using var optimizer = optim.Adam(styler.Decoder.parameters(), LearningRate);
        for (int step = 0; step < Steps; step++)
        {
            using var scope = NewDisposeScope();
            foreach (var group in optimizer.ParamGroups) group.LearningRate = LearningRate / (1 + Decay * step);
            long Below(int stream, int count) => (long)(RandomStream.Seed((long)RandomStream.Seed(Seed, step), stream) % (ulong)count);
            int first = (int)Below(0, views.Count), style = (int)Below(1, styles.Count);
            var others = Enumerable.Range(0, int.Min(Views - 1, near[first].Length)).Select(k => views[near[first][(Below(2, near[first].Length) + k) % near[first].Length]]).ToList();
            optimizer.zero_grad();
            var report = Backward(styler, [views[first], .. others], styles[style], step);
            optimizer.step();
            yield return report;
        }
    }

    Report Backward(AdaIn styler, IReadOnlyList<PictureWithDepth> views, IReadOnlyList<ChannelStatistics> style, int step)
    {
        var pictures = cat([.. views.Select(v => StylePicture.Of(v.Color.to(styler.Extractor.Device)))]);
        var there = stack([.. views.Select(v => v.There.to(styler.Extractor.Device))]);
        var target = styler.Target(pictures, style[^1], there);
        var made = styler.Decode(target, pictures.shape[2], pictures.shape[3]);
        var (content, apart) = styler.Losses(made, target, style, there);
        var (difference, overlap) = Difference(views, made);
        (content + StyleWeight * apart + Weight * difference).backward();
        return new Report(step, content.ToDouble(), apart.ToDouble(), difference.ToDouble(), overlap);
    }

    /// <summary>The mean square of what the first picture, warped to the places of the others, differs by from them.</summary>
    /// <param name="views">Cameras and depths.</param>
    /// <param name="pictures">[B,3,H,W], one for each.</param>
    public static (Tensor Difference, double Overlap) Difference(IReadOnlyList<PictureWithDepth> views, Tensor pictures)
    {
        using var scope = NewDisposeScope();
        var sum = zeros(1, device: pictures.device).sum();
        double overlap = 0;
        var source = pictures[0].permute(1, 2, 0);
        for (int i = 1; i < views.Count; i++)
        {
            var (warped, mask) = Warps.Backward(views[i].Camera, views[i].Depth.to(pictures.device), views[0].Camera, views[0].Depth.to(pictures.device), source, tolerance: 0.02);
            sum = sum + ((pictures[i].permute(1, 2, 0) - warped) * mask.unsqueeze(-1)).square().mean();
            overlap += mask.to(float32).mean().ToDouble();
        }
        return ((sum / (views.Count - 1)).MoveToOuterDisposeScope(), overlap / (views.Count - 1));
    }
}
