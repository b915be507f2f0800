namespace NerfLab.Data;

/// <summary>
/// Which of many pixels count, so that the k-th of them is found without a list of all: one byte a pixel and one number for every 64, where a list would
/// take eight bytes a pixel.
/// </summary>
internal sealed class CountingPixels : IDisposable
{
    const int Block = 64;

    readonly Tensor _counts; // [B,64], 1 where a pixel counts
    readonly Tensor _before; // [B], how many count in the blocks before

    /// <summary>Takes a mask.</summary>
    /// <param name="counts">[P], 8-bit: 1 where a pixel counts, else 0.</param>
    public CountingPixels(Tensor counts)
    {
        using var scope = torch.NewDisposeScope();
        var blocks = (counts.shape[0] + Block - 1) / Block;
        var padded = torch.zeros([blocks * Block], torch.uint8, counts.device);
        padded.narrow(0, 0, counts.shape[0]).copy_(counts);
        _counts = padded.view(blocks, Block).DetachFromDisposeScope();
        var each = _counts.sum(1); // [B], 64-bit
        var until = each.cumsum(0);
        Count = until[blocks - 1].ToInt64();
        _before = (until - each).DetachFromDisposeScope();
    }

    /// <summary>How many pixels count.</summary>
    public long Count { get; }

    /// <summary>The places of pixels that count.</summary>
    /// <param name="k">[R], which of them, from 0 to <see cref="Count"/> - 1.</param>
    /// <returns>[R], places among all pixels.</returns>
    public Tensor At(Tensor k)
    {
        // Blocks without any are passed over: of equal numbers the last one is taken.
        var block = torch.searchsorted(_before, k, right: true) - 1;
        var rank = k - _before.index_select(0, block);
        var until = _counts.index_select(0, block).cumsum(1); // [R,64]
        return block * Block + (until <= rank.unsqueeze(1)).sum(1);
    }

    public void Dispose()
    {
        _counts.Dispose();
        _before.Dispose();
    }
}
