using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>What all optimisers share: groups, states, their files, and the frame of a step.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    protected OptimizerOptions _defaults = null!;
    protected OrderedDict<nint, OptimizerState> _state = new();

    public OptimizerHelper() : base(0) { }

    private protected OptimizerHelper(OptimizerOptions defaults, IEnumerable<ParamGroup> groups) : this()
    {
        _defaults = defaults;
        defaults.InitialLearningRate = defaults.LearningRate ?? 0;
        foreach (var group in groups) add_param_group(group);
    }

    private protected abstract OptimizerOptions NewOptions();

    private protected abstract OptimizerState NewState(Parameter parameter);

    public override IEnumerable<Parameter> parameters() => base.parameters();

    public override void zero_grad() => base.zero_grad();

    public override void add_param_group(ParamGroup param_group)
    {
        param_group.Options ??= NewOptions();
        param_group.Options.FillFrom(_defaults);
        // A sequence may be lazy: the parameters are read once.
        param_group.Parameters = param_group.Parameters.ToList();
        base.add_param_group(param_group);
        foreach (var parameter in param_group.Parameters)
        {
            var state = NewState(parameter);
            state.Initialize(param_group.Options);
            _state[parameter.Handle] = state;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        foreach (var state in _state.Values) (state as IDisposable)?.Dispose();
        _state.Clear();
    }

    protected Tensor _step<T>(Action<T> body, Func<Tensor>? loss_closure = null) where T : ParamGroup
    {
        Tensor? loss = null;
        if (loss_closure is not null)
            using (enable_grad()) loss = loss_closure();
        using (NewDisposeScope())
        using (no_grad())
            foreach (var group in _parameter_groups) body((T)group);
        return loss!;
    }

    /// <summary>The parameters of a group that have a gradient, with it and with their state.</summary>
    private protected IEnumerable<(Parameter Parameter, Tensor Gradient, TState State)> WithGradient<TState>(ParamGroup group) where TState : OptimizerState
    {
        foreach (var parameter in group.Parameters)
            if (parameter.grad is { } gradient) yield return (parameter, gradient, (TState)_state[parameter.Handle]);
    }

    public void to(Device device)
    {
        foreach (var state in _state.Values) state.to(device);
    }

    // --- state ------------------------------------------------------------------------------------------------------

    public virtual StateDictionary state_dict()
    {
        var dictionary = new StateDictionary();
        foreach (var group in _parameter_groups)
        {
            dictionary.Options.Add(group.Options);
            var indices = new List<int>();
            foreach (var parameter in group.Parameters)
            {
                indices.Add(dictionary.State.Count);
                dictionary.State.Add(_state[parameter.Handle]);
            }
            dictionary.StateIndexRef.Add(indices);
        }
        return dictionary;
    }

    public virtual void load_state_dict(StateDictionary state_dict)
    {
        var mine = this.state_dict();
        if (mine.Options.Count != state_dict.Options.Count || mine.State.Count != state_dict.State.Count)
            throw new ArgumentException($"the state of {state_dict.State.Count} parameters in {state_dict.Options.Count} groups was given to an optimiser of {mine.State.Count} in {mine.Options.Count}");
        for (int i = 0; i < mine.Options.Count; i++) mine.Options[i].LoadStateDict(state_dict.Options[i]);
        for (int i = 0; i < mine.State.Count; i++) mine.State[i].LoadStateDict(state_dict.State[i]);
    }

    public void save_state_dict(string location) => Tensor.Replacing(location, path =>
    {
        using var writer = new BinaryWriter(File.Create(path));
        save_state_dict(writer);
    });

    public void save_state_dict(BinaryWriter writer)
    {
        var dictionary = state_dict();
        writer.Write(GetType().Name);
        writer.Write7BitEncodedInt(dictionary.Options.Count);
        writer.Write7BitEncodedInt(dictionary.State.Count);
        foreach (var options in dictionary.Options) options.SaveStateDict(writer);
        foreach (var state in dictionary.State) state.SaveStateDict(writer);
    }

    public void load_state_dict(string location)
    {
        if (!File.Exists(location)) throw new FileNotFoundException($"there is no file {location}", location);
        using var reader = new BinaryReader(File.OpenRead(location));
        load_state_dict(reader);
    }

    public void load_state_dict(BinaryReader reader)
    {
        var mine = state_dict();
        try
        {
            int length = reader.Read7BitEncodedInt();
            var bytes = reader.ReadBytes(Math.Clamp(length, 0, 64));
            string name = System.Text.Encoding.UTF8.GetString(bytes);
            if (length != bytes.Length || name != GetType().Name) throw new InvalidDataException($"a state of the optimiser '{name}' was given to {GetType().Name}");
            int groups = reader.Read7BitEncodedInt(), states = reader.Read7BitEncodedInt();
            if (groups != mine.Options.Count || states != mine.State.Count)
                throw new InvalidDataException($"the file has the state of {states} parameters in {groups} groups, the optimiser has {mine.State.Count} in {mine.Options.Count}");
            foreach (var options in mine.Options) options.LoadStateDict(reader);
            foreach (var state in mine.State) state.LoadStateDict(reader);
        }
        catch (Exception e) when (e is EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"the optimiser's file of {GetType().Name} ends or breaks off early", e);
        }
    }
}
