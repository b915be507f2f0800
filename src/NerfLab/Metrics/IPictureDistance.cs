using NerfLab.Weights;

namespace NerfLab.Metrics;

/// <summary>How different two pictures look to a network. Results name it, because distances of different networks cannot be compared.</summary>
public interface IPictureDistance
{
    /// <summary>What results call it.</summary>
    string Name { get; }

    /// <summary>The files behind it.</summary>
    IReadOnlyList<WeightSource> Sources { get; }

    /// <summary>The fewest rows and columns that a picture may have.</summary>
    int LeastSize { get; }

    /// <summary>The distance of two pictures, without gradients.</summary>
    /// <param name="a">[H,W,3], 0 to 1, on any device.</param>
    /// <param name="b">The same shape.</param>
    /// <returns>0 for equal pictures.</returns>
    double Distance(Tensor a, Tensor b);
}
