using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace NerfLab.Torch.Tests;

public class ModuleTests
{
    sealed class Example : nn.Module<Tensor, Tensor>
    {
        readonly Linear lin = nn.Linear(2, 3);

        public Linear Auto { get; } = nn.Linear(3, 3);

        [ComponentName(Name = "named")]
        readonly Parameter p = nn.Parameter(zeros(3));

        readonly Tensor buf = ones(1);

        public Example() : base("Example") => RegisterComponents();

        public override Tensor forward(Tensor x) => Auto.call(lin.call(x)) + p * buf;
    }

    [Fact]
    public void Names_are_those_of_fields_in_TorchSharps_order()
    {
        using var m = new Example();
        const string Auto = "<Auto>k__BackingField";
        Assert.Equal(["named", "lin.weight", "lin.bias", Auto + ".weight", Auto + ".bias", "buf"], m.state_dict().Keys);
        Assert.Equal(["named", "lin.weight", "lin.bias", Auto + ".weight", Auto + ".bias"], m.named_parameters().Select(p => p.name));
        Assert.Equal(["lin", Auto], m.named_modules().Select(p => p.name));
        Assert.Equal(["0.weight", "0.bias", "2.weight", "2.bias"], nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).state_dict().Keys);
        Assert.Equal(["a.weight", "a.bias"], nn.Sequential(("a", nn.Linear(2, 3)), ("r", nn.ReLU())).state_dict().Keys);
        Assert.True(m.has_parameter("lin.weight"));
        Assert.False(m.has_parameter("lin.buf"));
        Assert.True(m.has_buffer("buf"));
        Assert.Same(m.Auto.bias, m.get_parameter(Auto + ".bias"));
    }

    [Fact]
    public void Parameters_outlive_the_scope_they_were_made_in()
    {
        Example m;
        using (NewDisposeScope()) m = new Example();
        Assert.All(m.parameters(), p => Assert.False(p.IsInvalid));
        Assert.All(m.buffers(), b => Assert.False(b.IsInvalid));
        using (NewDisposeScope()) m.call(ones(1, 2)).sum().backward();
        Assert.False(m.parameters().First().grad!.IsInvalid);
        m.zero_grad();
        Assert.Null(m.parameters().First().grad);
        m.Dispose();
        Assert.True(m.Auto.weight.IsInvalid);
    }

    [Fact]
    public void Conversion_keeps_the_objects_and_training_goes_on()
    {
        using var m = new Example();
        var before = m.parameters().ToList();
        var sgd = optim.SGD(m.parameters(), 0.1);
        m.call(ones(1, 2)).sum().backward();
        Assert.Same(m, m.to(float64));
        Assert.Equal(before, m.parameters(), ReferenceEqualityComparer.Instance);
        Assert.All(m.parameters(), p => Assert.Equal(ScalarType.Float64, p.dtype));
        Assert.All(m.buffers(), b => Assert.Equal(ScalarType.Float64, b.dtype));
        Assert.All(m.parameters(), p => Assert.Equal(ScalarType.Float64, p.grad!.dtype));
        var y = m.call(ones(1, 2, dtype: float64)).sum();
        double first = y.ToDouble();
        y.backward();
        sgd.step();
        Assert.True(m.call(ones(1, 2, dtype: float64)).sum().ToDouble() < first);
        Assert.Throws<ArgumentException>(() => m.to(int64));
    }

    [Fact]
    public void Batch_norm_counts_in_integers_whatever_its_dtype()
    {
        using var bn = nn.BatchNorm2d(3);
        bn.to(float64);
        Assert.Equal(ScalarType.Int64, bn.num_batches_tracked!.dtype);
        Assert.Equal(ScalarType.Float64, bn.running_mean!.dtype);
        Assert.Equal(["weight", "bias", "running_mean", "running_var", "num_batches_tracked"], bn.state_dict().Keys);
    }

    sealed class Holder : nn.Module<Tensor, Tensor>
    {
        public readonly ModuleList<Linear> list = nn.ModuleList(nn.Linear(2, 2), nn.Linear(2, 1));
        public readonly ModuleDict<Linear> dict = nn.ModuleDict(("x", nn.Linear(1, 1)));
        public readonly ParameterList values = nn.ParameterList(nn.Parameter(zeros(2)));
        public readonly ParameterDict named = nn.ParameterDict(("p", nn.Parameter(zeros(2))));

        public Holder() : base("Holder") => RegisterComponents();

        public override Tensor forward(Tensor input) => dict["x"].call(list[1].call(list[0].call(input)));
    }

    [Fact]
    public void Containers_register_what_they_hold_when_their_owner_does()
    {
        Assert.Empty(nn.ModuleList<Linear>(nn.Linear(2, 3)).state_dict());
        using var holder = new Holder();
        Assert.Equal(["list.0.weight", "list.0.bias", "list.1.weight", "list.1.bias", "dict.x.weight", "dict.x.bias", "values.0", "named.p"], holder.state_dict().Keys);
        holder.list.append(nn.Linear(3, 3));
        Assert.Contains("list.2.weight", holder.state_dict().Keys);
        holder.list.RemoveAt(0);
        Assert.Equal(3, holder.list[1].in_features);
        Assert.DoesNotContain("list.2.weight", holder.state_dict().Keys);
    }

    [Fact]
    public void State_goes_from_one_module_to_another_or_not_at_all()
    {
        using var a = new Example();
        using var b = new Example();
        var (missing, unexpected) = b.load_state_dict(a.state_dict());
        Assert.Empty(missing);
        Assert.Empty(unexpected);
        Assert.Equal(a.Auto.weight.data<float>().ToArray(), b.Auto.weight.data<float>().ToArray());

        var state = a.state_dict();
        state.Remove("named");
        state["other"] = ones(1);
        Assert.Contains("named", Assert.Throws<InvalidOperationException>(() => b.load_state_dict(state)).Message);
        (missing, unexpected) = b.load_state_dict(state, strict: false);
        Assert.Equal(["named"], missing);
        Assert.Equal(["other"], unexpected);
        state = a.state_dict();
        state["buf"] = ones(2);
        Assert.Contains("buf", Assert.Throws<InvalidOperationException>(() => b.load_state_dict(state)).Message);
    }

    [Fact]
    public void Hooks_see_and_change_what_goes_through()
    {
        using var m = nn.Linear(2, 1, hasBias: false);
        nn.init.ones_(m.weight);
        var order = new List<string>();
        var pre = m.register_forward_pre_hook((_, x) => { order.Add("pre"); return x * 2; });
        var post = m.register_forward_hook((_, _, y) => { order.Add("post"); return y + 1; });
        m.register_forward_pre_hook(_ => order.Add("before"));
        Assert.Equal(5, m.call(ones(1, 2)).ToSingle());
        Assert.Equal(["before", "pre", "post"], order);
        pre.remove();
        post.remove();
        Assert.Equal(2, m.call(ones(1, 2)).ToSingle());
        Assert.Equal(2, m.forward(ones(1, 2)).ToSingle());
    }

    [Fact]
    public void Train_and_eval_reach_every_module()
    {
        using var m = nn.Sequential(nn.Linear(2, 2), nn.Sequential(nn.Dropout(0.5)));
        m.eval();
        Assert.All(m.modules(), x => Assert.False(x.training));
        var x = ones(3, 2);
        Assert.Equal(m.call(x).data<float>().ToArray(), m.call(x).data<float>().ToArray());
        m.train();
        Assert.All(m.modules(), x => Assert.True(x.training));
        int visited = 0;
        m.apply(_ => visited++);
        Assert.Equal(4, visited);
    }

    [Fact]
    public void A_shared_parameter_is_named_once()
    {
        var shared = nn.Linear(2, 2);
        using var m = nn.Sequential(shared, shared);
        Assert.Equal(["0.weight", "0.bias"], m.named_parameters().Select(p => p.name));
    }

    [Fact]
    public void Wrong_names_are_refused()
    {
        using var m = new Example();
        Assert.Throws<ArgumentException>(() => m.register_buffer("a.b", ones(1)));
        Assert.Throws<InvalidOperationException>(() => m.register_module("lin", nn.Linear(1, 1)));
        Assert.Throws<InvalidOperationException>(() => nn.ReLU().register_buffer("x", ones(1)));
    }

    [Fact]
    public void Seeds_give_PyTorchs_first_weights()
    {
        // torch.manual_seed(0); torch.nn.Linear(2, 3): uniform within 1/sqrt(2), weight before bias.
        manual_seed(0);
        using var expected = (rand(3, 2) * 2 - 1) / Math.Sqrt(2);
        using var bias = (rand(3) * 2 - 1) / Math.Sqrt(2);
        manual_seed(0);
        using var m = nn.Linear(2, 3);
        Assert.True(m.weight.allclose(expected, 1e-5, 1e-6));
        Assert.True(m.bias!.allclose(bias, 1e-5, 1e-6));
        // The first draws of seed 0 are known: 0.49626, 0.76822.
        Assert.Equal((2 * 0.49626 - 1) / Math.Sqrt(2), m.weight[0, 0].ToDouble(), 4);
        Assert.Equal((2 * 0.76822 - 1) / Math.Sqrt(2), m.weight[0, 1].ToDouble(), 4);
    }

    [Fact]
    public void Sequential_is_sliced_and_disposes_what_lies_between()
    {
        using var m = nn.Sequential(("a", nn.Linear(2, 3)), ("b", nn.ReLU()), ("c", nn.Linear(3, 1)));
        Assert.Equal(2, m[1..].Count);
        Assert.Equal(["c.weight", "c.bias"], m[1..].state_dict().Keys);
        using var x = ones(1, 2);
        using (no_grad())
        {
            m.call(x).Dispose();
            long before = Tensor.TotalCount;
            m.call(x).Dispose();
            Assert.Equal(before, Tensor.TotalCount);
        }
        Assert.False(x.IsInvalid);
    }
}
