using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Published networks: names and shapes must be those of the papers, and the numbers must be numbers.</summary>
public class WeightsRealFileTests
{
    [Theory]
    [InlineData("squeeze", new long[] { 64, 128, 256, 384, 384, 512, 512 })]
    [InlineData("vgg", new long[] { 64, 128, 256, 512, 512 })]
    public void Lpips_heads(string network, long[] channels)
    {
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(RealData.Path($"weights/lpips_v0.1_lin_{network}.safetensors"));
        Assert.Equal(channels.Select((_, k) => $"lin{k}.model.1.weight"), file.Names);
        for (var k = 0; k < channels.Length; k++)
        {
            var weights = file.Read(file.Names[k]);
            Assert.Equal([1, channels[k], 1, 1], weights.shape);
            Assert.True(weights.ge(0).all().item<bool>(), "LPIPS weighs squared differences, never negatively");
            Assert.InRange(weights.sum().item<float>(), 0.1f, 100f);
        }
        Assert.Contains("PerceptualSimilarity", file.Metadata["source"]);
    }

    [Fact]
    public void Vgg_encoder()
    {
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(RealData.Path("weights/adain_vgg19norm_encoder_conv4_1.safetensors"));
        (string Name, long Out, long In)[] layers = [("conv1_1", 64, 3), ("conv1_2", 64, 64), ("conv2_1", 128, 64), ("conv2_2", 128, 128), ("conv3_1", 256, 128), ("conv3_2", 256, 256), ("conv3_3", 256, 256), ("conv3_4", 256, 256), ("conv4_1", 512, 256)];
        foreach (var (name, outputs, inputs) in layers)
        {
            var weight = name + (file.Names.Contains($"{name}.weight") ? ".weight" : ".weight.q");
            Assert.Equal([outputs, inputs, 3, 3], file.Shape(weight));
            Assert.Equal(weight.EndsWith(".q") ? ScalarType.Byte : ScalarType.Float32, file.Dtype(weight));
            Assert.Equal([outputs], file.Read($"{name}.bias").shape);
        }
        AllFinite(file);
    }

    [Theory]
    [InlineData("adain_decoder", 36)]
    [InlineData("squeezenet1_1_features", 50)]
    public void Other_networks(string name, int count)
    {
        using var scope = NewDisposeScope();
        using var file = WeightFile.Open(RealData.Path($"weights/{name}.safetensors"));
        Assert.Equal(count, file.Names.Count);
        AllFinite(file);
    }

    [Fact]
    public void Written_again_the_tensors_are_the_same()
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var file = WeightFile.Open(RealData.Path("weights/squeezenet1_1_features.safetensors"));
        var tensors = file.ReadAll();
        Safetensors.Write(folder["copy"], tensors.Select(t => (t.Key, t.Value)), file.Metadata);
        using var copy = WeightFile.Open(folder["copy"]);
        Assert.Equal(file.Metadata, copy.Metadata);
        Assert.Equal(file.Names.Order(), copy.Names.Order());
        foreach (var name in copy.Names) Assert.Equal(tensors[name].bytes.ToArray(), copy.Read(name).bytes.ToArray());
    }

    private static void AllFinite(WeightFile file)
    {
        foreach (var (name, tensor) in file.ReadAll()) Assert.True(tensor.to(ScalarType.Float32).isfinite().all().item<bool>(), $"{name} has a value that is no number");
    }
}
