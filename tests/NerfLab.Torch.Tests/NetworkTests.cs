using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

/// <summary>The kinds of networks that the modules are there for, small: shapes are right and every parameter gets a finite gradient.</summary>
public class NetworkTests
{
    static void Trains(nn.Module m, Tensor y, params long[] shape)
    {
        Assert.Equal(shape, y.shape);
        y.square().mean().backward();
        foreach (var (name, p) in m.named_parameters())
        {
            Assert.True(p.grad is not null, name);
            Assert.True(p.grad!.isfinite().all().ToBoolean(), name);
            Assert.True(p.grad!.abs().sum().ToDouble() > 0, name);
        }
    }

    /// <summary>Ronneberger et al. 2015 with a time embedding, as in denoising diffusion.</summary>
    sealed class Block : nn.Module<Tensor, Tensor, Tensor>
    {
        readonly GroupNorm norm = nn.GroupNorm(4, 8);
        readonly Conv2d first = nn.Conv2d(8, 8, 3, padding: 1);
        readonly Linear time = nn.Linear(6, 8);
        readonly Conv2d down = nn.Conv2d(8, 16, 3, stride: 2, padding: 1);
        readonly ConvTranspose2d up = nn.ConvTranspose2d(16, 8, 4, stride: 2, padding: 1);
        readonly Conv2d last = nn.Conv2d(16, 8, 1);

        public Block() : base(nameof(Block)) => RegisterComponents();

        public override Tensor forward(Tensor x, Tensor t)
        {
            var h = first.call(F.silu(norm.call(x))) + time.call(t).unsqueeze(-1).unsqueeze(-1);
            return last.call(cat([h, up.call(F.silu(down.call(h)))], 1));
        }
    }

    [Fact]
    public void A_block_of_a_diffusion_UNet()
    {
        using var scope = NewDisposeScope();
        using var m = new Block().to(TestDevice.Current);
        Trains(m, m.call(randn(2, 8, 16, 16, device: TestDevice.Current), randn(2, 6, device: TestDevice.Current)), 2, 8, 16, 16);
    }

    /// <summary>Karras et al. 2020, section 2.2: weights modulated and demodulated for each sample, as one grouped convolution.</summary>
    sealed class Modulated : nn.Module<Tensor, Tensor, Tensor>
    {
        readonly Parameter weight = nn.Parameter(randn(6, 4, 3, 3));
        readonly Linear style = nn.Linear(5, 4);

        public Modulated() : base(nameof(Modulated)) => RegisterComponents();

        public Tensor Weights(Tensor s)
        {
            var w = weight.unsqueeze(0) * (style.call(s) + 1).view(-1, 1, 4, 1, 1);
            return w * (w.square().sum([2, 3, 4], true) + 1e-8).rsqrt();
        }

        public override Tensor forward(Tensor x, Tensor s)
        {
            long n = x.shape[0];
            return F.conv2d(x.reshape(1, -1, x.shape[2], x.shape[3]), Weights(s).reshape(n * 6, 4, 3, 3), padding: [1, 1], groups: n).reshape(n, 6, x.shape[2], x.shape[3]);
        }
    }

    [Fact]
    public void A_modulated_convolution_treats_samples_apart()
    {
        using var scope = NewDisposeScope();
        using var m = new Modulated().to(TestDevice.Current);
        var (x, s) = (randn(3, 4, 8, 8, device: TestDevice.Current), randn(3, 5, device: TestDevice.Current));
        var y = m.call(x, s);
        for (int n = 0; n < 3; n++)
            Assert.True(y[n].allclose(F.conv2d(x[n].unsqueeze(0), m.Weights(s)[n], padding: [1, 1])[0], 1e-4, 1e-5));
        Trains(m, y, 3, 6, 8, 8);
    }

    sealed class Transformer : nn.Module<Tensor, Tensor>
    {
        readonly LayerNorm before = nn.LayerNorm(8), between = nn.LayerNorm(8);
        readonly MultiheadAttention attention = nn.MultiheadAttention(8, 2);
        readonly Sequential mlp = nn.Sequential(nn.Linear(8, 32), nn.GELU(), nn.Dropout(0.1), nn.Linear(32, 8));

        public Transformer() : base(nameof(Transformer)) => RegisterComponents();

        public override Tensor forward(Tensor x)
        {
            var h = before.call(x);
            x = x + attention.call(h, h, h, need_weights: false).Item1;
            return x + mlp.call(between.call(x));
        }
    }

    [Fact]
    public void A_transformer_block()
    {
        using var scope = NewDisposeScope();
        using var m = new Transformer().to(TestDevice.Current);
        Trains(m, m.call(randn(5, 2, 8, device: TestDevice.Current)), 5, 2, 8);
    }

    [Fact]
    public void A_stack_like_VGG()
    {
        using var scope = NewDisposeScope();
        using var m = nn.Sequential(nn.Conv2d(3, 8, 3, padding: 1), nn.ReLU(true), nn.MaxPool2d(2), nn.Conv2d(8, 16, 3, padding: 1), nn.BatchNorm2d(16), nn.ReLU(true),
            nn.AvgPool2d(2), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(64, 10)).to(TestDevice.Current);
        Trains(m, m.call(randn(2, 3, 32, 32, device: TestDevice.Current)), 2, 10);
    }

    [Fact]
    public void A_volume_decoder()
    {
        using var scope = NewDisposeScope();
        using var m = nn.Sequential(nn.Unflatten(1, [8, 2, 2, 2]), nn.ConvTranspose3d(8, 4, 4, stride: 2, padding: 1), nn.InstanceNorm3d(4, affine: true), nn.LeakyReLU(0.2),
            nn.Upsample(scale_factor: [2, 2, 2], mode: UpsampleMode.Trilinear, align_corners: false), nn.ReplicationPad3d(1), nn.Conv3d(4, 1, 3)).to(TestDevice.Current);
        Trains(m, m.call(randn(2, 64, device: TestDevice.Current)), 2, 1, 8, 8, 8);
    }

    [Fact]
    public void A_loader_goes_through_all_rows_in_the_same_order_for_the_same_seed()
    {
        var (x, y) = (arange(10).to(float32).view(10, 1), arange(10));
        List<long> Order(int workers, int? seed, int epochs)
        {
            using var scope = NewDisposeScope();
            var seen = new List<long>();
            using var loader = utils.data.DataLoader(utils.data.TensorDataset(x, y), 4, shuffle: true, seed: seed, num_worker: workers);
            Assert.Equal(3, loader.Count);
            for (int epoch = 0; epoch < epochs; epoch++)
                foreach (var batch in loader)
                {
                    Assert.Equal(batch[0].view(-1).data<float>().ToArray(), batch[1].data<long>().ToArray().Select(v => (float)v));
                    seen.AddRange(batch[1].data<long>().ToArray());
                }
            return seen;
        }
        var order = Order(1, 5, 2);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), order[..10].Order());
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (long)i), order[10..].Order());
        Assert.NotEqual(order[..10], order[10..]);
        Assert.Equal(order, Order(1, 5, 2));
        Assert.Equal(order, Order(3, 5, 2));
        Assert.NotEqual(order, Order(1, 6, 2));
        using var dropping = utils.data.DataLoader(utils.data.TensorDataset(x), 4, drop_last: true);
        Assert.Equal(2, dropping.Count());
        foreach (int workers in new[] { 1, 3 })
        {
            long before = Tensor.TotalCount;
            using (var loader = utils.data.DataLoader(utils.data.TensorDataset(x, y), 4, num_worker: workers)) Assert.Equal(3, loader.Count());
            Assert.Equal(before, Tensor.TotalCount);
        }
    }
}
