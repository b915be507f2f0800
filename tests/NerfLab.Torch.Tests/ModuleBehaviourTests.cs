using TorchSharp;
using TorchSharp.Modules;
using TorchSharp.Utils;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace NerfLab.Torch.Tests;

/// <summary>What TorchSharp itself answers about modules and optimizers: the expected texts were printed by the real library.</summary>
public class ModuleBehaviourTests
{
    sealed class M : nn.Module<Tensor, Tensor>
    {
        readonly Linear lin = nn.Linear(2, 3);

        public Linear Auto { get; } = nn.Linear(3, 3);

        [ComponentName(Name = "named")] readonly Parameter p = nn.Parameter(zeros(3));
        readonly Tensor buf = ones(1);

        public M() : base("M") => RegisterComponents();

        public override Tensor forward(Tensor x) => Auto.call(lin.call(x)) + p * buf;
    }

    static string Shape(Tensor t) => string.Join("x", t.shape);

    static M Trained()
    {
        var m = new M();
        m.call(ones(1, 2)).sum().backward();
        return m;
    }

    public static TheoryData<string, Func<object>, string> Answers => new()
    {
        { "module state_dict keys", () => string.Join(" ", new M().state_dict().Keys), "named lin.weight lin.bias <Auto>k__BackingField.weight <Auto>k__BackingField.bias buf" },
        { "module named_parameters", () => string.Join(" ", new M().named_parameters().Select(p => p.name)), "named lin.weight lin.bias <Auto>k__BackingField.weight <Auto>k__BackingField.bias" },
        { "named_modules", () => string.Join(" ", new M().named_modules().Select(p => p.name)), "lin <Auto>k__BackingField" },
        { "opt.zero_grad leaves zeros", () => { var m = new M(); var o = optim.Adam(m.parameters()); m.call(ones(1, 2)).sum().backward(); o.zero_grad(); return m.parameters().First().grad is null ? "null" : "zeros"; }, "zeros" },
        { "module.zero_grad", () => { var m = Trained(); m.zero_grad(); return m.parameters().First().grad is null ? "null" : "zeros"; }, "null" },
        { "Sequential keys", () => string.Join(" ", nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)).state_dict().Keys), "0.weight 0.bias 2.weight 2.bias" },
        { "Sequential named keys", () => string.Join(" ", nn.Sequential(("a", nn.Linear(2, 3)), ("r", nn.ReLU())).state_dict().Keys), "a.weight a.bias" },
        { "ModuleList keys", () => string.Join(" ", nn.ModuleList<Linear>(nn.Linear(2, 3)).state_dict().Keys), "" },
        { "save/load 1st bytes", () => { using var ms = new MemoryStream(); var m = nn.Linear(1, 1, false); m.weight = nn.Parameter(full(1, 1, 0.5f)); m.save(ms); return Convert.ToHexString(ms.ToArray()); }, "0106776569676874060201010000003F" },
        { "clip_grad_norm_ return", () => nn.utils.clip_grad_norm_(Trained().parameters(), 1.0).GetType().Name, "Double" },
        { "params created in scope survive?", () => { M m; using (NewDisposeScope()) { m = new M(); } return m.parameters().First().IsInvalid; }, "False" },
        { "grad created in scope survive?", () => { var m = new M(); using (NewDisposeScope()) { m.call(ones(1, 2)).sum().backward(); } return m.parameters().First().grad!.IsInvalid; }, "False" },
        { "Parameter name/leaf", () => nn.Parameter(ones(2)).is_leaf, "True" },
        { "CheckAdam state names", () => string.Join(",", optim.Adam(new M().parameters()).ParamGroups.Select(g => g.LearningRate)), "0.001" },
        { "LambdaLR", () => { var o = optim.Adam(new M().parameters(), 1e-3); var s = optim.lr_scheduler.LambdaLR(o, e => Math.Pow(.5, e)); o.step(); s.step(); return o.ParamGroups.First().LearningRate; }, "0.0005" },
        { "interpolate", () => Shape(F.interpolate(ones(1, 1, 4, 4), scale_factor: new[] { 2.0, 2.0 }, mode: InterpolationMode.Bilinear, align_corners: false)), "1x1x8x8" },
        { "instance_norm", () => F.instance_norm(randn(1, 2, 4, 4)).shape.Length, "4" },
    };

    [Theory, MemberData(nameof(Answers), DisableDiscoveryEnumeration = true)]
    public void Modules_answer_as_TorchSharp(string expression, Func<object> evaluate, string answer) => Assert.Equal((expression, answer), (expression, BehaviourTests.Evaluated(evaluate)));

    [Fact]
    public void Overloads_are_found()
    {
        using var scope = NewDisposeScope();
        Tensor image = rand(1, 1, 4, 4), kernel = rand(1, 1, 3, 3);
        Assert.Equal([1, 1, 8, 8], F.interpolate(image, scale_factor: [2.0, 2.0], mode: InterpolationMode.Bilinear, align_corners: false).shape);
        Assert.Equal([1, 1, 6, 6], F.pad(image, [1, 1, 1, 1]).shape);
        Assert.Equal([1, 1, 4, 4], F.conv2d(image, kernel, padding: [1, 1]).shape);
        Assert.Equal([2, 3], F.layer_norm(rand(2, 3), [3]).shape);
        Assert.Equal(0, torch.nn.utils.clip_grad_norm_(new List<Parameter>(), 1.0));
    }
}
