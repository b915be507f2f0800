using NerfLab.Weights;
using static NerfLab.Metrics.ConvolutionLayers;

namespace NerfLab.Metrics;

/// <summary>The Inception network that FID and KID are defined with: the one of 2015-12-05 with 1008 classes, not torchvision's with 1000.</summary>
/// <remarks>
/// Szegedy et al. 2016, with the deviations of the published graph: average pooling within the blocks leaves the padding out, and
/// the last block takes the maximum. Pictures of any size are brought to 299x299 bilinearly, without smoothing, and to the range
/// -1 to 1. Names are those of the PyTorch conversion (pytorch-fid), which agree with torchvision's.
/// </remarks>
public static class InceptionV3
{
    /// <summary>What the network is called.</summary>
    public const string Name = "inception-2015";

    /// <summary>The layer whose distribution is compared, [B,2048,1,1].</summary>
    public const string Pool3 = "pool3";

    /// <summary>How its file is known: by the number of classes.</summary>
    public static readonly WeightMark Mark = new("the Inception network of FID (pt_inception-2015-12-05)", "fc.weight", 1008, 2048);

    const int Size = 299;

    /// <summary>Builds it.</summary>
    /// <param name="weights">Owned by the network from now on.</param>
    public static FeatureNetwork Build(NetworkWeights weights)
    {
        return new FeatureNetwork(Name, weights, 1,
        [
            new("input", x => F.interpolate(x, size: [Size, Size], mode: torch.InterpolationMode.Bilinear, align_corners: false) * 2 - 1),
            new("Conv2d_1a_3x3", Conv("Conv2d_1a_3x3", 3, 32, (3, 3), stride: 2)),
            new("Conv2d_2a_3x3", Conv("Conv2d_2a_3x3", 32, 32, (3, 3))),
            new("Conv2d_2b_3x3", Conv("Conv2d_2b_3x3", 32, 64, (3, 3), same: true)),
            new("pool1", MaxPool3()),
            new("Conv2d_3b_1x1", Conv("Conv2d_3b_1x1", 64, 80, (1, 1))),
            new("Conv2d_4a_3x3", Conv("Conv2d_4a_3x3", 80, 192, (3, 3))),
            new("pool2", MaxPool3()),
            new("Mixed_5b", A("Mixed_5b", 192, 32)), new("Mixed_5c", A("Mixed_5c", 256, 64)), new("Mixed_5d", A("Mixed_5d", 288, 64)),
            new("Mixed_6a", B("Mixed_6a", 288)),
            new("Mixed_6b", C("Mixed_6b", 128)), new("Mixed_6c", C("Mixed_6c", 160)), new("Mixed_6d", C("Mixed_6d", 160)), new("Mixed_6e", C("Mixed_6e", 192)),
            new("Mixed_7a", D("Mixed_7a", 768)),
            new("Mixed_7b", E("Mixed_7b", 1280, AveragePool)), new("Mixed_7c", E("Mixed_7c", 2048, x => F.max_pool2d(x, 3, 1, 1))),
            new(Pool3, x => F.adaptive_avg_pool2d(x, 1)),
        ]);

        Func<Tensor, Tensor> A(string block, long inputs, long pooled) => Join(
            Conv($"{block}.branch1x1", inputs, 64, (1, 1)),
            Chain(Conv($"{block}.branch5x5_1", inputs, 48, (1, 1)), Conv($"{block}.branch5x5_2", 48, 64, (5, 5), same: true)),
            Chain(Conv($"{block}.branch3x3dbl_1", inputs, 64, (1, 1)), Conv($"{block}.branch3x3dbl_2", 64, 96, (3, 3), same: true), Conv($"{block}.branch3x3dbl_3", 96, 96, (3, 3), same: true)),
            Chain(AveragePool, Conv($"{block}.branch_pool", inputs, pooled, (1, 1))));

        Func<Tensor, Tensor> B(string block, long inputs) => Join(
            Conv($"{block}.branch3x3", inputs, 384, (3, 3), stride: 2),
            Chain(Conv($"{block}.branch3x3dbl_1", inputs, 64, (1, 1)), Conv($"{block}.branch3x3dbl_2", 64, 96, (3, 3), same: true), Conv($"{block}.branch3x3dbl_3", 96, 96, (3, 3), stride: 2)),
            MaxPool3());

        Func<Tensor, Tensor> C(string block, long narrow) => Join(
            Conv($"{block}.branch1x1", 768, 192, (1, 1)),
            Chain(Conv($"{block}.branch7x7_1", 768, narrow, (1, 1)), Conv($"{block}.branch7x7_2", narrow, narrow, (1, 7), same: true), Conv($"{block}.branch7x7_3", narrow, 192, (7, 1), same: true)),
            Chain(Conv($"{block}.branch7x7dbl_1", 768, narrow, (1, 1)), Conv($"{block}.branch7x7dbl_2", narrow, narrow, (7, 1), same: true), Conv($"{block}.branch7x7dbl_3", narrow, narrow, (1, 7), same: true),
                Conv($"{block}.branch7x7dbl_4", narrow, narrow, (7, 1), same: true), Conv($"{block}.branch7x7dbl_5", narrow, 192, (1, 7), same: true)),
            Chain(AveragePool, Conv($"{block}.branch_pool", 768, 192, (1, 1))));

        Func<Tensor, Tensor> D(string block, long inputs) => Join(
            Chain(Conv($"{block}.branch3x3_1", inputs, 192, (1, 1)), Conv($"{block}.branch3x3_2", 192, 320, (3, 3), stride: 2)),
            Chain(Conv($"{block}.branch7x7x3_1", inputs, 192, (1, 1)), Conv($"{block}.branch7x7x3_2", 192, 192, (1, 7), same: true), Conv($"{block}.branch7x7x3_3", 192, 192, (7, 1), same: true), Conv($"{block}.branch7x7x3_4", 192, 192, (3, 3), stride: 2)),
            MaxPool3());

        Func<Tensor, Tensor> E(string block, long inputs, Func<Tensor, Tensor> pool) => Join(
            Conv($"{block}.branch1x1", inputs, 320, (1, 1)),
            Chain(Conv($"{block}.branch3x3_1", inputs, 384, (1, 1)), Join(Conv($"{block}.branch3x3_2a", 384, 384, (1, 3), same: true), Conv($"{block}.branch3x3_2b", 384, 384, (3, 1), same: true))),
            Chain(Conv($"{block}.branch3x3dbl_1", inputs, 448, (1, 1)), Conv($"{block}.branch3x3dbl_2", 448, 384, (3, 3), same: true),
                Join(Conv($"{block}.branch3x3dbl_3a", 384, 384, (1, 3), same: true), Conv($"{block}.branch3x3dbl_3b", 384, 384, (3, 1), same: true))),
            Chain(pool, Conv($"{block}.branch_pool", inputs, 192, (1, 1))));

        Func<Tensor, Tensor> Conv(string name, long inputs, long outputs, (long Rows, long Columns) size, long stride = 1, bool same = false) => NormalizedConvolution(weights, name, inputs, outputs, size, stride, same);
    }

    static Tensor AveragePool(Tensor x) => F.avg_pool2d(x, 3, 1, 1, count_include_pad: false);

    /// <summary>Convolution without bias, batch normalisation with what it learned (ε = 0.001), ReLU: the second is folded into the first.</summary>
    static Func<Tensor, Tensor> NormalizedConvolution(NetworkWeights weights, string name, long inputs, long outputs, (long Rows, long Columns) size, long stride, bool same)
    {
        Tensor Norm(string what) => weights.Take($"{name}.bn.{what}", outputs);
        var kernel = weights.Take($"{name}.conv.weight", outputs, inputs, size.Rows, size.Columns);
        using var scope = torch.NewDisposeScope();
        var (mean, variance) = (Norm("running_mean"), Norm("running_var"));
        var scale = Norm("weight") * (variance + 1e-3).rsqrt();
        var bias = weights.Keep(Norm("bias") - mean * scale);
        kernel.mul_(scale.view(-1, 1, 1, 1));
        long[] strides = [stride, stride], padding = same ? [size.Rows / 2, size.Columns / 2] : [0, 0];
        return x => F.conv2d(x, kernel, bias, strides, padding).relu_();
    }
}
