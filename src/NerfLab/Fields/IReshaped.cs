using System.Numerics;
using NerfLab.Math;

namespace NerfLab.Fields;

/// <summary>A module whose own tensors change their shapes while it is trained, so that a checkpoint may hold others than it was built with.</summary>
public interface IReshaped
{
    /// <summary>Whether tensors could be its own. Nothing is changed.</summary>
    /// <param name="shape">The shape of each by its name in this module.</param>
    /// <param name="read">The values of each.</param>
    /// <returns>What is wrong, as the rest of a sentence; null when they could.</returns>
    string? Misfit(Func<string, long[]> shape, Func<string, Tensor> read);
}

/// <summary>An encoding that can take another resolution and goes on to stand for nearly the same function.</summary>
public interface IResizable : IReshaped
{
    /// <summary>Resamples its values between those that are there.</summary>
    /// <param name="bounds">The box that it covers.</param>
    /// <param name="resolution">As the field's spec counts it, at least 2.</param>
    void Resize(Box bounds, int resolution);
}

/// <summary>An encoding that can give up what lies outside a part of its box.</summary>
public interface ICroppable : IReshaped
{
    /// <summary>The lattice of its values, the outer ones on the walls of the box; null where they do not sit there, and it cannot be cut.</summary>
    VoxelLayout? Nodes { get; }

    /// <summary>Keeps the nodes in and around a part of the box; between them nothing changes.</summary>
    /// <param name="low">The lower corner of the part, 0 to 1 along each side.</param>
    /// <param name="high">The upper corner, 0 to 1.</param>
    /// <returns>The part that is covered now: from node to node, and at least what was asked for.</returns>
    (Vector3 Low, Vector3 High) Crop(Vector3 low, Vector3 high);
}

static class Reshaping
{
    /// <summary>A parameter of a module.</summary>
    /// <exception cref="InvalidOperationException">There is none, because the tensor was made elsewhere.</exception>
    public static Parameter Trained(this nn.Module module, string name) => module.get_parameter(name)
        ?? throw new InvalidOperationException($"{name} was made elsewhere; who makes it decides its size");

    /// <summary>Gives a tensor a copy of other values, of any shape. The object stays, so that those who hold it have the new ones; its gradient goes.</summary>
    public static void Become(this Tensor target, Tensor values)
    {
        using var noGradient = torch.no_grad();
        using var copy = values.detach().clone();
        target.grad = null;
        target.set_(copy);
    }
}
