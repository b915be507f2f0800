using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

public class AttentionTests
{
    /// <summary>One head, one sample: queries (L, E), keys (S, E), values (S, V), allowed pairs and added scores.</summary>
    static double[,] Slow(double[,] q, double[,] k, double[,] v, Func<int, int, bool> allowed, Func<int, int, double> added, double[,]? weights = null)
    {
        int length = q.GetLength(0), keys = k.GetLength(0), e = q.GetLength(1);
        var y = new double[length, v.GetLength(1)];
        for (int i = 0; i < length; i++)
        {
            var score = new double[keys];
            for (int j = 0; j < keys; j++)
            {
                for (int d = 0; d < e; d++) score[j] += q[i, d] * k[j, d];
                score[j] = allowed(i, j) ? Math.Exp(score[j] / Math.Sqrt(e) + added(i, j)) : 0;
            }
            double sum = score.Sum();
            for (int j = 0; j < keys; j++)
            {
                if (weights is not null) weights[i, j] += score[j] / sum;
                for (int d = 0; d < v.GetLength(1); d++) y[i, d] += score[j] / sum * v[j, d];
            }
        }
        return y;
    }

    static double[,] Matrix(Tensor t)
    {
        var values = Check.Values(t);
        var m = new double[t.shape[0], t.shape[1]];
        Buffer.BlockCopy(values, 0, m, 0, values.Length * sizeof(double));
        return m;
    }

    [Fact]
    public void Scaled_dot_product_attention_equals_loops()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (Check.Random(1, 4, 6), Check.Random(2, 5, 6), Check.Random(3, 5, 3));
        var mask = Check.Random(4, 4, 5);
        var truth = mask > -0.5;
        var (m, b) = (Matrix(mask), Matrix(truth.to(float64)));
        static double[] Flat(double[,] a) => [.. a.Cast<double>()];
        Check.Close(Flat(Slow(Matrix(q), Matrix(k), Matrix(v), (_, _) => true, (_, _) => 0)), F.scaled_dot_product_attention(q, k, v));
        Check.Close(Flat(Slow(Matrix(q), Matrix(k), Matrix(v), (_, _) => true, (i, j) => m[i, j])), F.scaled_dot_product_attention(q, k, v, mask));
        Check.Close(Flat(Slow(Matrix(q), Matrix(k), Matrix(v), (i, j) => b[i, j] == 1, (_, _) => 0)), F.scaled_dot_product_attention(q, k, v, truth));
        Check.Close(Flat(Slow(Matrix(q), Matrix(k), Matrix(v), (i, j) => j <= i, (_, _) => 0)), F.scaled_dot_product_attention(q, k, v, is_casual: true));
        Check.Gradients(t => F.scaled_dot_product_attention(t[0], t[1], t[2], mask), q, k, v);
        Check.Gradients(t => F.scaled_dot_product_attention(t[0], t[1], t[2], is_casual: true), q, k, v);
        var batch = F.scaled_dot_product_attention(stack([q, 2 * q]), stack([k, k]), stack([v, v]));
        Check.Close(Check.Values(F.scaled_dot_product_attention(2 * q, k, v)), batch[1]);
        Assert.Throws<ArgumentException>(() => F.scaled_dot_product_attention(q, k, v, mask, is_casual: true));
    }

    [Theory]
    [InlineData(false, false, null, null)]
    [InlineData(false, false, 5L, 3L)]
    [InlineData(true, true, null, null)]
    public void Heads_attend_by_themselves(bool rows, bool zero, long? kdim, long? vdim)
    {
        using var scope = NewDisposeScope();
        const int E = 6, Heads = 2, L = 3, S = 4, N = 2, D = E / Heads;
        using var m = nn.MultiheadAttention(E, Heads, add_bias_kv: rows, add_zero_attn: zero, kdim: kdim, vdim: vdim).to(float64).to(TestDevice.Current);
        Assert.Equal(kdim is null, m.has_parameter("in_proj_weight"));
        var (query, key, value) = (Check.Random(1, L, N, E), Check.Random(2, S, N, kdim ?? E), Check.Random(3, S, N, vdim ?? E));
        nn.init.normal_(m.get_parameter("in_proj_bias")!);
        var hidden = tensor(new[] { false, true, false, false, true, false, false, false }).view(2, 4).to(TestDevice.Current);
        var added = Check.Random(4, L, S);
        var (result, weights) = m.call(query, key, value, hidden, true, added);
        Assert.Equal([L, N, E], result.shape);

        Tensor Weight(int part, string name) => m.get_parameter(name) ?? m.get_parameter("in_proj_weight")![(part * E)..((part + 1) * E)];
        Tensor Bias(int part) => m.get_parameter("in_proj_bias")![(part * E)..((part + 1) * E)];
        var (a, h) = (Matrix(added), Matrix(hidden.to(float64)));
        for (int n = 0; n < N; n++)
        {
            var parts = new List<Tensor>();
            var mean = new double[L, S + (rows ? 1 : 0) + (zero ? 1 : 0)];
            for (int head = 0; head < Heads; head++)
            {
                var own = (head * D)..((head + 1) * D);
                Tensor Head(Tensor x) => x[.., own];
                Tensor q = Head(query[.., n].matmul(Weight(0, "q_proj_weight").t()) + Bias(0)), k = key[.., n].matmul(Weight(1, "k_proj_weight").t()) + Bias(1), v = value[.., n].matmul(Weight(2, "v_proj_weight").t()) + Bias(2);
                if (rows) (k, v) = (cat([k, m.get_parameter("bias_k")![0]]), cat([v, m.get_parameter("bias_v")![0]]));
                if (zero) (k, v) = (cat([k, zeros_like(k[..1])]), cat([v, zeros_like(v[..1])]));
                var y = Slow(Matrix(q), Matrix(Head(k)), Matrix(Head(v)), (_, j) => j >= S || h[n, j] == 0, (i, j) => j < S ? a[i, j] : 0, mean);
                parts.Add(tensor(y).to(TestDevice.Current));
            }
            var expected = cat(parts.ToArray(), 1).matmul(m.get_parameter("out_proj.weight")!.t()) + m.get_parameter("out_proj.bias")!;
            Check.Close(Check.Values(expected), result[.., n], 1e-9);
            Check.Close([.. mean.Cast<double>().Select(x => x / Heads)], weights[n], 1e-9);
        }
        Assert.Null(m.call(query, key, value, need_weights: false).Item2);
        Check.Gradients(t => m.call(t[0], t[1], t[2], hidden, false, added).Item1, query, key, value);
    }
}
