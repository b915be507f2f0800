using System.Text.RegularExpressions;
using TorchSharp;

namespace NerfLab.Torch.Tests;

/// <summary>The public surface against the table of TorchSharp's signatures: nothing stands here that would not compile there.</summary>
public class ApiTests(ITestOutputHelper output)
{
    static string? TablePath
    {
        get
        {
            if (Environment.GetEnvironmentVariable("NERFLAB_TORCHSHARP_API") is { Length: > 0 } named) return named;
            for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
                if (File.Exists(Path.Combine(folder.FullName, "NerfLab.sln")))
                    return Path.Combine(folder.Parent!.FullName, "shared", "torchsharp", "api.md") is var path && File.Exists(path) ? path : null;
            return null;
        }
    }

    static ApiTable Table()
    {
        Assert.SkipWhen(TablePath is null, "the table of TorchSharp's signatures is missing: set NERFLAB_TORCHSHARP_API to it");
        return new ApiTable(File.ReadAllText(TablePath!));
    }

    static IEnumerable<Type> OurTypes => typeof(torch).Assembly.GetTypes().Where(t => ApiReflection.Visible(t) && (t.Namespace ?? "").StartsWith("TorchSharp"));

    /// <summary>One sentence for every public member that the table does not have in this form.</summary>
    static List<string> Violations(ApiTable table, IEnumerable<Type> types)
    {
        var found = new List<string>();
        foreach (var type in types)
        {
            var name = ApiReflection.TableName(type);
            if (type.IsEnum)
            {
                var values = string.Join(", ", Enum.GetNames(type).Select(n => $"{n} = {Convert.ToInt64(Enum.Parse(type, n))}"));
                if (table.Enums.TryGetValue(name, out var expected) ? !SameValues(expected, values) : !table.Mentions(type.Name)) found.Add($"enum {name}: {values}; the table has: {expected ?? "no such enum"}");
                continue;
            }
            if (!table.Types.TryGetValue(name, out var members))
            {
                // The table names many modules by their factories only.
                if (!table.Mentions(type.Name.Split('`')[0])) found.Add($"type {name}: the table does not mention it");
                continue;
            }
            foreach (var (ours, hides) in ApiReflection.Members(type))
            {
                if (hides || members.Exists(m => m.Member.Matches(ours))) continue;
                if (name is "torch" or "torch.nn" && table.LeftOut.Any(l => l.EndsWith('*') ? ours.Name.StartsWith(l[..^1]) : l == ours.Name)) continue;
                var near = members.Where(m => m.Member.Name == ours.Name && m.Member.Kind == ours.Kind).Select(m => m.Member.Text).ToList();
                found.Add($"{name}: {ours.Kind} {ours.Text}{(near.Count == 0 ? "; the table has no member of this name" : $"\n    the table has: {string.Join("\n                   ", near)}")}");
            }
        }
        return found;
    }

    static bool SameValues(string a, string b) => a.Split(", ").Order().SequenceEqual(b.Split(", ").Order());

    [Fact]
    public void Every_public_member_stands_in_the_table_with_the_same_signature()
    {
        var violations = Violations(Table(), OurTypes);
        Assert.True(violations.Count == 0, $"{violations.Count} members differ from the table:\n{string.Join("\n", violations)}");
    }

    [Fact]
    public void Coverage_of_the_table_is_reported()
    {
        var table = Table();
        var ours = OurTypes.Where(t => !t.IsEnum).ToDictionary(ApiReflection.TableName, t => t);
        var lines = new List<string>();
        var covered = new SortedDictionary<int, (int Covered, int Total)>();
        foreach (var (name, members) in table.Types)
        {
            var have = new List<ApiMember>();
            for (var type = ours.GetValueOrDefault(name); type is not null && type != typeof(object); type = type.BaseType)
                have.AddRange(ApiReflection.Members(type.IsGenericType ? type.GetGenericTypeDefinition() : type).Select(m => m.Member));
            foreach (var (section, member) in members)
            {
                bool there = have.Exists(member.Matches) || have.Count > 0 && ours[name].IsValueType && member is { Kind: "constructor", Parameters.Length: 0 };
                var before = covered.GetValueOrDefault(int.Parse(section));
                covered[int.Parse(section)] = (before.Covered + (there ? 1 : 0), before.Total + 1);
                if (!there) lines.Add($"{section} {name}: {member.Text}");
            }
        }
        foreach (var (section, count) in covered) output.WriteLine($"section {section}: {count.Covered} of {count.Total} members");
        output.WriteLine($"all: {covered.Values.Sum(c => c.Covered)} of {covered.Values.Sum(c => c.Total)}; missing:");
        foreach (var line in lines) output.WriteLine(line);
        Assert.True(covered.Values.Sum(c => c.Covered) > covered.Values.Sum(c => c.Total) / 2, "less than half of the table is covered: the comparison itself must be broken");
    }

    const string Generator = """
        ### `class Generator : IDisposable`
        ```csharp
        Tensor get_state()
        void set_state(Tensor value)
        Generator manual_seed(long seed)
        long {seed|initial_seed}()
        Generator(ulong seed = 0, Device? device = null)
        protected virtual void Dispose(bool disposing)
        protected ~Generator()
        void Dispose()
        nint Handle { get; }
        Device device { get; }
        static Generator Default { get; }
        ```
        """;

    [Fact]
    public void The_check_accepts_the_true_signatures() => Assert.Empty(Violations(new ApiTable(Generator), [typeof(torch.Generator)]));

    [Theory]
    [InlineData("seed = 0", "seed = 1")]
    [InlineData("seed = 0", "seed")]
    [InlineData("ulong seed", "ulong start")]
    [InlineData("ulong seed", "long seed")]
    [InlineData("Device? device = null", "Device? place = null")]
    [InlineData("void set_state(Tensor value)", "void set_state(Tensor? value)")]
    [InlineData("void set_state(Tensor value)", "void set_state(params Tensor[] value)")]
    [InlineData("void set_state(Tensor value)", "static void set_state(Tensor value)")]
    [InlineData("Tensor get_state()", "Scalar get_state()")]
    [InlineData("Tensor get_state()", "Tensor? get_state()")]
    [InlineData("Tensor get_state()", "protected Tensor get_state()")]
    [InlineData("Tensor get_state()", "Tensor get_state<T>()")]
    [InlineData("Tensor get_state()", "Tensor get_state { get; }")]
    [InlineData("nint Handle { get; }", "nint Handle { get; set; }")]
    [InlineData("{seed|initial_seed}", "{seed|first_seed}")]
    public void The_check_sees_a_doctored_signature(string truth, string doctored)
    {
        Assert.Contains(truth, Generator);
        Assert.Single(Violations(new ApiTable(Generator.Replace(truth, doctored)), [typeof(torch.Generator)]));
    }

    [Theory]
    [InlineData("(Tensor values, Tensor indices) f(Tensor a)", "(Tensor values,Tensor indices)")]
    [InlineData("torch.nn.HookableModule<Func<nn.Module<T, TResult>, T, T>, int>.HookRemover f()", "HookableModule<Func<Module<T,TResult>,T,T>,int>.HookRemover")]
    [InlineData("(long, long)? f(string[]? names = null)", "(long,long)?")]
    [InlineData("Tensor[][] f()", "Tensor[][]")]
    public void Types_are_read(string line, string returns)
    {
        var table = new ApiTable($"### `class X`\n```csharp\n{line}\n```");
        Assert.Equal(returns, table.Types["X"].Single().Member.Returns);
    }

    [Fact]
    public void Tuple_names_and_nullability_are_read_from_the_assembly()
    {
        var members = ApiReflection.Members(typeof(Sample<>)).Select(m => m.Member).ToList();
        var method = members.Single(m => m.Name == "Pair");
        Assert.Equal("(long?,string¿ text)", method.Returns);
        Assert.Equal(["List<T>¿", "Func<string¿,object[]>"], method.Parameters.Select(p => p.Type));
        Assert.Equal("null", method.Parameters[1].Default);
    }

#pragma warning disable CA1822, IDE0060
    public class Sample<T>
    {
        public (long?, string? text) Pair(List<T>? list, Func<string?, object[]> map = null!) => default;
    }
#pragma warning restore CA1822, IDE0060
}
