using NerfLab.Metrics;
using NerfLab.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Tests;

/// <summary>Weights are found by what files hold; what is missing is said in one sentence with key and shape.</summary>
public class WeightPlacesTests
{
    private static readonly WeightMark Mark = new("a network", "a.weight", 2, 3);

    private static void Write(string path, params (string Name, long[] Shape)[] tensors)
    {
        using var scope = NewDisposeScope();
        Safetensors.Write(path, tensors.Select(t => (t.Name, ones(t.Shape))));
    }

    [Fact]
    public void AFileIsFoundByItsContentAndNamedWithItsChecksum()
    {
        using var folder = new TemporaryFolder();
        Write(folder["a.safetensors"], ("other", [2, 3]));
        Write(folder["b.pth"], ("state.a.weight", [2, 3]), ("state.a.bias", [2])); // the ending lies, and the names stand inside of something
        File.WriteAllText(folder["0.pt"], "no weights");
        using var file = new WeightPlaces([folder.Path]).Find(Mark);
        Assert.Equal(folder["b.pth"], file.Path);
        using var weights = NetworkWeights.Of(file, CPU);
        Assert.Equal([2, 3], weights.Take("a.weight", 2, 3).shape);
        Assert.Equal("b.pth", weights.Source.File);
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(folder["b.pth"]))), weights.Source.Sha256);
        Assert.Contains("b.pth: holds no tensor \"b.weight\"; one of shape [4] is expected", Assert.Throws<BadInputException>(() => weights.Take("b.weight", 4)).Message);
        Assert.Contains("b.pth: tensor \"state.a.bias\" has the shape [2]; [3] is expected", Assert.Throws<BadInputException>(() => weights.Take("a.bias", 3)).Message);
    }

    [Fact]
    public void WhatIsNotFoundIsSaidWithKeyShapeAndWhatComesNearest()
    {
        using var folder = new TemporaryFolder();
        string Said() => Assert.Throws<BadInputException>(() => new WeightPlaces([folder.Path]).Find(Mark)).Message;
        Assert.Equal($"{folder.Path}: none of 0 files holds a network, which has a tensor \"a.weight\" of shape [2,3]", Said());
        File.WriteAllText(folder["0.pt"], "no weights");
        Assert.Contains("0.pt: holds no weights", Said());
        Write(folder["a.safetensors"], ("a.weight", [3, 2]));
        Assert.Contains($"(in {folder["a.safetensors"]} it has the shape [3,2])", Said());
        Assert.Contains("there is no such file or folder", Assert.Throws<BadInputException>(() => new WeightPlaces([folder["nowhere"]])).Message);
    }

    [Fact]
    public void ANetworkWithAWeightMissingIsRefusedByItsName()
    {
        using var folder = new TemporaryFolder();
        Write(folder["half.safetensors"], ("features.0.weight", [64, 3, 11, 11]), ("features.0.bias", [64]), ("features.3.weight", [192, 64, 3, 3]));
        var said = Assert.Throws<BadInputException>(() => Lpips.Load("alex", new WeightPlaces([folder["half.safetensors"]]), CPU)).Message;
        Assert.Contains("tensor \"features.3.weight\" has the shape [192,64,3,3]; [192,64,5,5] is expected", said);
        Assert.Contains("torchvision's vgg16, which has a tensor \"features.17.weight\" of shape [512,256,3,3]", Assert.Throws<BadInputException>(() => Lpips.Load("vgg", new WeightPlaces([folder.Path]), CPU)).Message);
    }

    [Fact]
    public void FittedWeightsOfAnotherBackboneAreNotTaken()
    {
        var backbone = RealData.Path("weights/squeezenet1_1_features.safetensors");
        var said = Assert.Throws<BadInputException>(() => Lpips.Load("squeeze", new WeightPlaces([backbone, RealData.Path("weights/lpips_v0.1_lin_vgg.safetensors")]), CPU)).Message;
        Assert.Contains("the fitted weights of LPIPS-squeeze 0.1, which has a tensor \"lin6.model.1.weight\" of shape [1,512,1,1]", said);
    }

    [Fact]
    public void AnAmbiguousNameIsNoName()
    {
        using var folder = new TemporaryFolder();
        Write(folder["two.safetensors"], ("x.a.weight", [2, 3]), ("y.a.weight", [2, 3]), ("xa.weight", [2, 3]));
        using var file = WeightFile.Open(folder["two.safetensors"]);
        Assert.Null(file.NameOf("a.weight"));
        Assert.Equal("x.a.weight", file.NameOf("x.a.weight"));
    }
}
