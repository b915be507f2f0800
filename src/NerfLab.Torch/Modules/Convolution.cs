using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TorchSharp.Modules;

/// <summary>What all convolutions share: their geometry, weights and PyTorch's initial values.</summary>
public abstract class Convolution : nn.Module<Tensor, Tensor>
{
    protected long[] _reversed_padding_repeated_twice = [];

    protected Convolution(string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type, long[] dilation, bool transposed,
        long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device = null, ScalarType? dtype = null) : base(name)
    {
        if (groups <= 0) throw new ArgumentException($"{name}: groups must be positive, got {groups}");
        if (in_channels % groups != 0 || out_channels % groups != 0) throw new ArgumentException($"{name}: {in_channels} and {out_channels} channels do not divide into {groups} groups");
        if (padding_type == Padding.Same && stride.Any(s => s != 1)) throw new ArgumentException($"{name}: padding 'same' needs a stride of 1, got {string.Join(", ", stride)}");
        (this.in_channels, this.out_channels, this.transposed, this.groups, this.padding_mode) = (in_channels, out_channels, transposed, groups, padding_mode);
        (this.kernel_size, this.stride, this.dilation, this.output_padding) = (kernel_size, stride, dilation, output_padding);
        if (padding_type is { } type) SetPadding(type);
        else SetPadding(padding ?? new long[kernel_size.Length]);
        weight = nn.New([transposed ? in_channels : out_channels, (transposed ? out_channels : in_channels) / groups, .. kernel_size], dtype, device);
        if (bias) this.bias = nn.New([out_channels], dtype, device);
        reset_parameters();
    }

    [field: ComponentName(Name = "weight")]
    public Parameter weight
    {
        get;
        set => ConditionallyRegisterParameter("weight", field = value);
    }

    [field: ComponentName(Name = "bias")]
    public Parameter? bias
    {
        get;
        set => ConditionallyRegisterParameter("bias", field = value);
    }

    public long in_channels { get; }

    public long out_channels { get; }

    public bool transposed { get; }

    public Padding? padding_type { get; private set; }

    public long[]? padding { get; private set; }

    public PaddingModes padding_mode { get; set; }

    public long groups { get; set; }

    public long[] kernel_size { get; set; }

    public long[] stride { get; set; }

    public long[] dilation { get; set; }

    public long[] output_padding { get; set; }

    public void reset_parameters()
    {
        nn.init.kaiming_uniform_(weight, a: Math.Sqrt(5));
        if (bias is null) return;
        var (fanIn, _) = nn.init.CalculateFanInAndFanOut(weight);
        double bound = fanIn > 0 ? 1 / Math.Sqrt(fanIn) : 0;
        nn.init.uniform_(bias, -bound, bound);
    }

    public void SetPadding(long[] padding)
    {
        (this.padding, padding_type) = (padding, null);
        _reversed_padding_repeated_twice = padding.Reverse().SelectMany(p => new[] { p, p }).ToArray();
    }

    public void SetPadding(Padding padding)
    {
        (this.padding, padding_type) = (null, padding);
        // Where the sum is odd, "same" puts the larger half behind.
        _reversed_padding_repeated_twice = padding == Padding.Valid ? new long[2 * kernel_size.Length]
            : Enumerable.Range(0, kernel_size.Length).Reverse().Select(d => dilation[d] * (kernel_size[d] - 1)).SelectMany(total => new[] { total / 2, total - total / 2 }).ToArray();
    }

    protected bool ValidateShape(Tensor input, long dimensions)
    {
        var shape = input.shape;
        int channel = shape.Length == dimensions + 2 ? 1 : shape.Length == dimensions + 1 ? 0 : -1;
        return channel >= 0 && shape[channel] == in_channels;
    }

    private protected Tensor Convolved(Tensor input)
    {
        int spatial = kernel_size.Length;
        if (!ValidateShape(input, spatial))
            throw new ArgumentException($"{GetName()} expects {spatial + 1} or {spatial + 2} dimensions with {in_channels} channels, got [{string.Join(", ", input.shape)}]");
        var border = padding;
        if (padding_mode is not (PaddingModes.Zeros or PaddingModes.Constant))
        {
            input = F.pad(input, _reversed_padding_repeated_twice, padding_mode);
            border = new long[spatial];
        }
        if (border is null)
            return spatial switch
            {
                1 => F.conv1d_padding(input, weight, bias, stride[0], padding_type!.Value, dilation[0], groups),
                2 => F.conv2d_padding(input, weight, bias, stride, padding_type!.Value, dilation, groups),
                _ => F.conv3d_padding(input, weight, bias, stride, padding_type!.Value, dilation, groups),
            };
        return spatial switch
        {
            1 => F.conv1d(input, weight, bias, stride[0], border[0], dilation[0], groups),
            2 => F.conv2d(input, weight, bias, stride, border, dilation, groups),
            _ => F.conv3d(input, weight, bias, stride, border, dilation, groups),
        };
    }
}

public sealed class Conv1d : Convolution
{
    internal Conv1d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, Padding? type, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv1d), inChannels, outChannels, kernel, stride, padding, type, dilation, false, [0], groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input) => Convolved(input);
}

public sealed class Conv2d : Convolution
{
    internal Conv2d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, Padding? type, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv2d), inChannels, outChannels, kernel, stride, padding, type, dilation, false, [0, 0], groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input) => Convolved(input);
}

public sealed class Conv3d : Convolution
{
    internal Conv3d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, Padding? type, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(Conv3d), inChannels, outChannels, kernel, stride, padding, type, dilation, false, [0, 0, 0], groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input) => Convolved(input);
}

/// <summary>The gradient of a convolution with respect to its input, as an operator of its own.</summary>
public abstract class ConvolutionTranspose : Convolution
{
    protected ConvolutionTranspose(string name, long in_channels, long out_channels, long[] kernel_size, long[] stride, long[]? padding, Padding? padding_type, long[] dilation, bool transposed,
        long[] output_padding, long groups, bool bias, PaddingModes padding_mode, Device? device = null, ScalarType? dtype = null)
        : base(name, in_channels, out_channels, kernel_size, stride, padding, padding_type, dilation, transposed, output_padding, groups, bias, padding_mode, device, dtype)
    {
        if (padding_mode != PaddingModes.Zeros) throw new ArgumentException($"{name} knows the padding mode Zeros only, got {padding_mode}");
    }

    public override Tensor forward(Tensor input) => forward(input, null);

    public abstract Tensor forward(Tensor input, long[]? output_size);

    /// <summary>The padding that makes the output as large as was asked for: several sizes lead to the same input.</summary>
    protected long[] _output_padding(Tensor input, long[]? output_size, long[] kernel_size, long[] stride, long[] padding, long[] dilation, long num_spatial_dims)
    {
        if (output_size is null) return output_padding;
        var shape = input.shape;
        int spatial = (int)num_spatial_dims, front = shape.Length - spatial;
        if (output_size.Length == shape.Length) output_size = output_size[front..];
        if (output_size.Length != spatial) throw new ArgumentException($"{GetName()}: output_size has {output_size.Length} dimensions, expected {spatial} or {shape.Length}");
        return Enumerable.Range(0, spatial).Select(d =>
        {
            long least = (shape[front + d] - 1) * stride[d] - 2 * padding[d] + dilation[d] * (kernel_size[d] - 1) + 1;
            long more = output_size[d] - least;
            return more >= 0 && more < stride[d] ? more : throw new ArgumentException($"{GetName()}: output size {output_size[d]} of dimension {d}, expected {least} to {least + stride[d] - 1}");
        }).ToArray();
    }

    private protected Tensor Transposed(Tensor input, long[]? output_size)
    {
        int spatial = kernel_size.Length;
        var extra = _output_padding(input, output_size, kernel_size, stride, padding!, dilation, spatial);
        return spatial switch
        {
            1 => F.conv_transpose1d(input, weight, bias, stride[0], padding![0], extra[0], dilation[0], groups),
            2 => F.conv_transpose2d(input, weight, bias, stride, padding, extra, dilation, groups),
            _ => F.conv_transpose3d(input, weight, bias, stride, padding, extra, dilation, groups),
        };
    }
}

public sealed class ConvTranspose1d : ConvolutionTranspose
{
    internal ConvTranspose1d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, long[] outputPadding, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(ConvTranspose1d), inChannels, outChannels, kernel, stride, padding, null, dilation, true, outputPadding, groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input, long[]? output_size) => Transposed(input, output_size);
}

public sealed class ConvTranspose2d : ConvolutionTranspose
{
    internal ConvTranspose2d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, long[] outputPadding, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(ConvTranspose2d), inChannels, outChannels, kernel, stride, padding, null, dilation, true, outputPadding, groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input, long[]? output_size) => Transposed(input, output_size);
}

public sealed class ConvTranspose3d : ConvolutionTranspose
{
    internal ConvTranspose3d(long inChannels, long outChannels, long[] kernel, long[] stride, long[]? padding, long[] outputPadding, long[] dilation, PaddingModes mode, long groups, bool bias, Device? device, ScalarType? dtype)
        : base(nameof(ConvTranspose3d), inChannels, outChannels, kernel, stride, padding, null, dilation, true, outputPadding, groups, bias, mode, device, dtype) { }

    public override Tensor forward(Tensor input, long[]? output_size) => Transposed(input, output_size);
}
