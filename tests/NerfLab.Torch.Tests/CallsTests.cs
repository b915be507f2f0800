using TorchSharp;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

/// <summary>Calls in the forms that programs write them: they must find their overload, without casts and without ambiguity.</summary>
public class CallsTests
{
    [Fact]
    public void Overloads_are_found()
    {
        using var scope = NewDisposeScope();
        int n = 3;
        long m = 4;
        Tensor a = rand(3, 3), b = rand(3, 3), mask = a > 0.5;
        Assert.Equal([3, 6], torch.cat([a, b], -1).shape);
        Assert.Equal([2, 3, 3], torch.stack([a, b], 0).shape);
        Assert.Equal([2, 3], torch.zeros([2, 3]).shape);
        Assert.Equal([3, 4], torch.zeros(n, m).shape);
        Assert.Equal([3, 3], torch.zeros(n, 3).shape);
        Assert.Equal([3, 3], torch.rand([n, 3], device: torch.CPU).shape);
        Assert.Equal([2, 3], torch.full([2, 3], 1f).shape);
        Assert.Equal(ScalarType.Float32, torch.tensor([1f, 2f, 3f]).dtype);
        Assert.Equal([2, 3], torch.tensor(new float[6], [2, 3]).shape);
        Assert.Equal([2, 3], torch.tensor(new float[6], 2, 3).shape);
        Assert.Equal(ScalarType.Int64, torch.tensor(new[] { 1, 2, 3 }, dtype: ScalarType.Int64).dtype);
        Assert.Equal([], a.sum([0, 1]).shape);
        Assert.Equal([3], a.mean([1]).shape);
        Assert.Equal([3, 3], a.view(-1, 3).shape);
        Assert.Equal([3, 3], a.reshape([n, 3]).shape);
        Assert.Equal([3, 1, 3], a.view(3, 3, 1).permute(0, 2, 1).shape);
        Assert.Equal([3, 3], a.expand(-1, 3).shape);
        Assert.Equal([3, 1], a.amax([1], true).shape);
        Assert.Equal([3], a.std([1]).shape);
        Assert.Equal([3, 3], a.flip(0).shape);
        Assert.Equal([3, 1], a.sum(-1, keepdim: true).shape);
        Assert.Equal([3, 1], a.norm(-1, true).shape);
        Assert.Equal([3, 6], a.repeat(1, 2).shape);
        Assert.Equal([3, 3], a[.., 0..3].shape);
        Assert.Equal([3, 3], a[TensorIndex.Ellipsis, ..3].shape);
        Assert.Equal([3], a[.., n - 1].shape);
        Assert.Equal([3], a[.., ^1].shape);
        Assert.Equal([3, 2], a[TensorIndex.Ellipsis, TensorIndex.Slice(1)].shape);
        Assert.Equal(mask.sum().ToInt64(), a[mask].shape[0]);
        Assert.Equal([3], a[0].shape);
        Assert.Equal([3, 1, 3], a[.., TensorIndex.None].shape);
        Assert.Equal([3, 3], torch.einsum("ij,jk->ik", a, b).shape);
        Assert.Equal([3, 3], torch.where(a > 0, a, b).shape);
        foreach (var t in new[] { a * 2, 1 - a, 2f / a, a.pow(2), torch.clamp(a, 0, 1), a.clamp(min: 0), torch.max(a, b) }) Assert.Equal([3, 3], t.shape);
        Assert.Equal([3], torch.linspace(0, 1, n).shape);
        Assert.Equal(ScalarType.Int64, torch.arange(n).dtype);
        Assert.Equal([3, 3], torch.normal(a, b).shape);
        Assert.Equal([3], torch.randint(0, 10, [n]).shape);
        Assert.Equal([3, 3], torch.searchsorted(a.sort().Values, b, right: true).shape);
        Assert.Equal(2, torch.meshgrid([a[0], b[0]], indexing: "ij").Length);
        Assert.Equal([10], torch.randperm(10, device: torch.CPU).shape);
        Assert.Same(a, a.scatter_add_(0, zeros(3, 3, dtype: int64), b));
        Assert.Equal([3, 3], torch.cumprod(a, -1).shape);
        Assert.Equal([3, 3], a.to(ScalarType.Float32).to(torch.CPU).shape);
        Assert.Equal(2, torch.broadcast_tensors(a, b).Count);
        Assert.Equal(2, torch.split(a, [1, 2], 0).Length);
        Assert.Equal(2, a.split(2, 0).Length);
        Assert.Equal([1, 3], a.quantile(torch.tensor([0.5f]), 0).shape);
    }
}
