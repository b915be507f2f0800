using NerfLab.Kernels;
using TorchSharp.Modules;

namespace NerfLab.Training;

/// <summary>A second copy of all parameters that follows them slowly. Pictures are made with it, gradients without it.</summary>
/// <remarks>
/// Müller et al. 2022 render with such a copy (decay 0.95): the last steps of Adam scatter about the minimum, their mean lies nearer to it.
/// </remarks>
public sealed class AveragedWeights : IDisposable
{
    readonly IReadOnlyList<(string Name, Parameter Live)> _live;
    readonly Tensor[] _means;
    readonly double _decay;
    readonly MoveAverage _move;

    /// <summary>Begins with the parameters as they are.</summary>
    /// <param name="live">What is trained.</param>
    /// <param name="decay">What remains of the older mean in each step, 0 to 1.</param>
    /// <param name="move">The operation to use.</param>
    public AveragedWeights(IEnumerable<(string Name, Parameter Live)> live, double decay, MoveAverage move)
    {
        (_live, _decay, _move) = ([.. live], decay, move);
        _means = [.. _live.Select(p => Copy(p.Live))];
    }

    /// <summary>The averages, by the names of their parameters.</summary>
    public IEnumerable<(string Name, Tensor Mean)> Named => _live.Select((p, i) => (p.Name, _means[i]));

    /// <summary>Follows the parameters by one step.</summary>
    public void Step()
    {
        for (int i = 0; i < _means.Length; i++)
        {
            using var live = _live[i].Live.detach();
            _move(_means[i], live, _decay);
        }
    }

    /// <summary>Begins anew with the parameters as they are: their shapes may have changed.</summary>
    public void Restart()
    {
        for (int i = 0; i < _means.Length; i++)
        {
            _means[i].Dispose();
            _means[i] = Copy(_live[i].Live);
        }
    }

    /// <summary>Puts the averages where the parameters are, until the result is disposed.</summary>
    public IDisposable Shown()
    {
        Exchange();
        return new Exchanged(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var mean in _means) mean.Dispose();
    }

    void Exchange()
    {
        using var noGradient = torch.no_grad();
        for (int i = 0; i < _means.Length; i++)
        {
            using var kept = _live[i].Live.detach().clone();
            _live[i].Live.copy_(_means[i]);
            _means[i].copy_(kept);
        }
    }

    static Tensor Copy(Parameter live)
    {
        using var scope = torch.NewDisposeScope();
        return live.detach().clone().DetachFromDisposeScope();
    }

    sealed class Exchanged(AveragedWeights weights) : IDisposable
    {
        AveragedWeights? _weights = weights;

        public void Dispose() => Interlocked.Exchange(ref _weights, null)?.Exchange();
    }
}
