using System.Reflection;

namespace TorchSharp.Modules;

/// <summary>
/// The numbers of one group of parameters. A subclass only declares public fields (<c>double?</c>, <c>bool?</c>, <c>long?</c>); those
/// left null are filled from the optimiser's own when the group is added. Files hold the fields in their order of declaration.
/// </summary>
public class OptimizerOptions
{
    public OptimizerOptions() { }

    public double? LearningRate { get; set; }

    public double InitialLearningRate { get; set; }

    FieldInfo[] Fields => GetType().GetFields(BindingFlags.Instance | BindingFlags.Public).OrderBy(f => f.MetadataToken).ToArray();

    internal void FillFrom(OptimizerOptions defaults)
    {
        LearningRate ??= defaults.LearningRate;
        InitialLearningRate = LearningRate ?? 0;
        foreach (var field in Fields)
            if (field.GetValue(this) is null) field.SetValue(this, field.GetValue(defaults));
    }

    public virtual void SaveStateDict(BinaryWriter writer)
    {
        writer.Write(InitialLearningRate);
        writer.Write(LearningRate ?? 0);
        foreach (var field in Fields)
        {
            switch (field.GetValue(this))
            {
                case double number: writer.Write(number); break;
                case long number: writer.Write(number); break;
                case bool truth: writer.Write(truth); break;
                case null: throw new InvalidOperationException($"the option {field.Name} is not set");
            }
        }
    }

    public virtual void LoadStateDict(BinaryReader reader)
    {
        InitialLearningRate = reader.ReadDouble();
        LearningRate = reader.ReadDouble();
        foreach (var field in Fields)
        {
            if (field.FieldType == typeof(double?)) field.SetValue(this, reader.ReadDouble());
            else if (field.FieldType == typeof(long?)) field.SetValue(this, reader.ReadInt64());
            else field.SetValue(this, reader.ReadBoolean());
        }
    }

    public virtual void LoadStateDict(OptimizerOptions source)
    {
        if (source.GetType() != GetType()) throw new ArgumentException($"options of {source.GetType().DeclaringType?.Name} given to {GetType().DeclaringType?.Name}");
        (InitialLearningRate, LearningRate) = (source.InitialLearningRate, source.LearningRate);
        foreach (var field in Fields) field.SetValue(this, field.GetValue(source));
    }
}
