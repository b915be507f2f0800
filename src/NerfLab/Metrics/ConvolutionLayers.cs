using NerfLab.Weights;

namespace NerfLab.Metrics;

/// <summary>The layers that published image networks are made of.</summary>
internal static class ConvolutionLayers
{
    /// <summary>Pictures from 0 to 1, shifted and scaled by mean and deviation of ImageNet's channels: what torchvision's networks take.</summary>
    /// <remarks>LPIPS writes the same constants for pictures from -1 to 1: shift (-0.030, -0.088, -0.188), scale (0.458, 0.448, 0.450).</remarks>
    public static Layer ImageNet(NetworkWeights weights)
    {
        var device = weights.Device;
        return new Layer("input", x => (x - Channels(0.485f, 0.456f, 0.406f)) / Channels(0.229f, 0.224f, 0.225f));

        Tensor Channels(params float[] rgb) => torch.tensor(rgb, [1, 3, 1, 1]).to(device);
    }

    /// <summary>Convolution, then ReLU.</summary>
    /// <param name="weights">Holds <c>NAME.weight</c> and <c>NAME.bias</c>.</param>
    /// <param name="name">The layer in the file.</param>
    /// <param name="inputs">Channels.</param>
    /// <param name="outputs">Channels.</param>
    /// <param name="size">Rows and columns of the kernel.</param>
    /// <param name="stride">In both directions.</param>
    /// <param name="padding">Zeros on every side.</param>
    public static Func<Tensor, Tensor> Convolution(this NetworkWeights weights, string name, long inputs, long outputs, long size, long stride = 1, long padding = 0)
    {
        var (weight, bias) = (weights.Take($"{name}.weight", outputs, inputs, size, size), weights.Take($"{name}.bias", outputs));
        return x => F.conv2d(x, weight, bias, [stride, stride], [padding, padding]).relu_();
    }

    /// <summary>Max-pooling over 3x3 with stride 2.</summary>
    /// <param name="ceiling">Whether a window may begin inside and reach out.</param>
    public static Func<Tensor, Tensor> MaxPool3(bool ceiling = false) => x => F.max_pool2d(x, 3, 2, ceil_mode: ceiling);

    /// <summary>One after the other.</summary>
    public static Func<Tensor, Tensor> Chain(params Func<Tensor, Tensor>[] layers) => x => layers.Aggregate(x, (y, layer) => layer(y));

    /// <summary>Beside each other, their channels joined.</summary>
    public static Func<Tensor, Tensor> Join(params Func<Tensor, Tensor>[] branches) => x => torch.cat([.. branches.Select(b => b(x))], 1);
}
