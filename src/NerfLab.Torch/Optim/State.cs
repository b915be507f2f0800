using System.Reflection;
using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>
/// What an optimiser remembers of one parameter. A subclass declares public fields (<c>long</c>, <c>double</c>, <c>Tensor</c>, where a
/// tensor may be null) and says in <see cref="Initialize"/> what they start with. Tensors belong to no dispose scope.
/// </summary>
public abstract class OptimizerState
{
    protected Parameter _parameter;

    protected OptimizerState(Parameter parameter) => _parameter = parameter;

    FieldInfo[] Fields => GetType().GetFields(BindingFlags.Instance | BindingFlags.Public).OrderBy(f => f.MetadataToken).ToArray();

    IEnumerable<FieldInfo> Tensors => Fields.Where(f => f.FieldType == typeof(Tensor));

    public abstract void Initialize(OptimizerOptions options);

    /// <summary>Zeros in the shape of the parameter, for a state to keep.</summary>
    private protected Tensor Zeros()
    {
        using var still = no_grad();
        return Op.Call("zeros_like", _parameter).DetachFromDisposeScope();
    }

    public abstract void SaveStateDict(BinaryWriter writer);

    public abstract void LoadStateDict(BinaryReader reader);

    public abstract void LoadStateDict(OptimizerState source);

    private protected void DisposeTensors()
    {
        foreach (var field in Tensors) ((Tensor?)field.GetValue(this))?.Dispose();
    }

    /// <summary>Moves all tensors, in place.</summary>
    public virtual void to(Device device)
    {
        using var scope = NewDisposeScope();
        foreach (var field in Tensors)
            if (field.GetValue(this) is Tensor tensor) tensor.SetData(Op.Call("to.device", tensor, device, tensor.dtype));
    }

    private protected void SaveFields(BinaryWriter writer)
    {
        foreach (var field in Fields)
        {
            switch (field.GetValue(this))
            {
                case long number: writer.Write(number); break;
                case double number: writer.Write(number); break;
                case var value: SaveConditionalStateTensor(writer, (Tensor?)value); break;
            }
        }
    }

    private protected void LoadFields(BinaryReader reader)
    {
        foreach (var field in Fields)
        {
            if (field.FieldType == typeof(long)) field.SetValue(this, reader.ReadInt64());
            else if (field.FieldType == typeof(double)) field.SetValue(this, reader.ReadDouble());
            else
            {
                var tensor = (Tensor?)field.GetValue(this);
                LoadConditionalStateTensor(reader, ref tensor, _parameter.device);
                field.SetValue(this, tensor);
            }
        }
    }

    private protected void CopyFields(OptimizerState source)
    {
        if (source.GetType() != GetType()) throw new ArgumentException($"state of {source.GetType().DeclaringType?.Name} given to {GetType().DeclaringType?.Name}");
        foreach (var field in Fields)
        {
            if (field.FieldType != typeof(Tensor))
            {
                field.SetValue(this, field.GetValue(source));
                continue;
            }
            var (mine, theirs) = ((Tensor?)field.GetValue(this), (Tensor?)field.GetValue(source));
            if (ReferenceEquals(mine, theirs)) continue;
            mine?.Dispose();
            using var still = no_grad();
            field.SetValue(this, theirs is null ? null : Op.Call("to.device", theirs, _parameter.device, theirs.dtype, false, true).DetachFromDisposeScope());
        }
    }

    public virtual bool ApproximatelyEquals(OptimizerState other)
    {
        if (other.GetType() != GetType()) return false;
        foreach (var field in Fields)
        {
            var (mine, theirs) = (field.GetValue(this), field.GetValue(other));
            bool same = mine is Tensor a && theirs is Tensor b ? Op.Number("allclose", a, b) != 0 : Equals(mine, theirs);
            if (!same) return false;
        }
        return true;
    }

    /// <summary>A truth value that says whether the tensor follows, and the tensor.</summary>
    protected static void LoadConditionalStateTensor(BinaryReader reader, ref Tensor? result, Device device)
    {
        if (!reader.ReadBoolean())
        {
            result?.Dispose();
            result = null;
            return;
        }
        using var loaded = Tensor.Load(reader);
        if (result is not null && !result.shape.SequenceEqual(loaded.shape))
            throw new InvalidDataException($"an optimiser's state has a tensor of shape [{string.Join(", ", loaded.shape)}] where [{string.Join(", ", result.shape)}] is needed");
        result?.Dispose();
        result = Op.Call("to.device", loaded, device, loaded.dtype, false, true).DetachFromDisposeScope();
    }

    protected static void SaveConditionalStateTensor(BinaryWriter writer, Tensor? tensor)
    {
        writer.Write(tensor is not null);
        tensor?.Save(writer);
    }
}
