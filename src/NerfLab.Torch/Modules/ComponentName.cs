namespace TorchSharp.Utils;

/// <summary>The name under which a field is registered with its module, in place of the field's own.</summary>
[AttributeUsage(AttributeTargets.Field)]
public class ComponentNameAttribute : Attribute
{
    public ComponentNameAttribute() { }

    public string Name { get; set; } = "";
}
