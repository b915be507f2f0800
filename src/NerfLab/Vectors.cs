using System.Numerics;

namespace NerfLab;

static class Vectors
{
    /// <summary>A vector as a tensor, [3].</summary>
    public static Tensor ToTensor(this Vector3 v, torch.Device? device = null) => torch.tensor(new[] { v.X, v.Y, v.Z }, device: device);

    /// <summary>A vector as a tensor, [3], of the kind and in the place of another one.</summary>
    public static Tensor ToTensor(this Vector3 v, Tensor like) => torch.tensor(new[] { v.X, v.Y, v.Z }, like.dtype, like.device);
}
