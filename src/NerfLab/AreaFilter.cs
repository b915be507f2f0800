using System.Numerics;
using System.Runtime.InteropServices;

namespace NerfLab;

/// <summary>
/// Resizing by area: an output pixel is the mean of the input under it. The filter is separable, so a row of output is
/// first summed from whole input rows, then along the row.
/// </summary>
internal static class AreaFilter
{
    /// <summary>Fills a row of width x channels samples from row <paramref name="y"/> of the input.</summary>
    internal delegate void LoadRow(int y, Span<float> row);

    /// <summary>Takes row <paramref name="y"/> of the output, width x channels samples.</summary>
    internal delegate void StoreRow(int y, ReadOnlySpan<float> row);

    /// <summary>Resizes a picture that is read and written row by row; with 2 or 4 channels the last one is straight alpha.</summary>
    internal static void Resize(int width, int height, int channels, int newWidth, int newHeight, LoadRow load, StoreRow store)
    {
        var alpha = channels is 2 or 4;
        var (columns, rows) = (Coverage.Of(width, newWidth), Coverage.Of(height, newHeight));
        float[] row = new float[width * channels], sum = new float[width * channels], result = new float[newWidth * channels];
        var loaded = -1;
        for (var y = 0; y < newHeight; y++)
        {
            Array.Clear(sum);
            for (var k = rows.Starts[y]; k < rows.Starts[y + 1]; k++)
            {
                var source = rows.First[y] + k - rows.Starts[y];
                if (source != loaded)
                {
                    load(loaded = source, row);
                    if (alpha) Multiply(row, channels);
                }
                AddScaled(sum, row, rows.Weights[k]);
            }
            Shrink(sum, channels, columns, result);
            if (alpha) Divide(result, channels);
            store(y, result);
        }
    }

    /// <summary>
    /// Which inputs an output covers along one axis, and what part of the output each is: output i reads inputs
    /// First[i], First[i]+1, ... with Weights[Starts[i]] up to Weights[Starts[i + 1]].
    /// </summary>
    private sealed record Coverage(int[] First, int[] Starts, float[] Weights)
    {
        public static Coverage Of(int from, int to)
        {
            // On an axis of from * to units an input is `to` units long and an output `from`: all borders are whole numbers.
            var (first, starts, weights) = (new int[to], new int[to + 1], new List<float>());
            for (var i = 0; i < to; i++)
            {
                long begin = (long)i * from, end = begin + from;
                first[i] = (int)(begin / to);
                for (var j = (long)first[i]; j * to < end; j++)
                    weights.Add((float)((double)(long.Min(end, (j + 1) * to) - long.Max(begin, j * to)) / from));
                starts[i + 1] = weights.Count;
            }
            return new Coverage(first, starts, [.. weights]);
        }
    }

    private static void AddScaled(float[] sum, float[] row, float weight)
    {
        Span<Vector<float>> s = MemoryMarshal.Cast<float, Vector<float>>(sum.AsSpan()), r = MemoryMarshal.Cast<float, Vector<float>>(row.AsSpan());
        for (var i = 0; i < s.Length; i++) s[i] += r[i] * weight;
        for (var i = s.Length * Vector<float>.Count; i < sum.Length; i++) sum[i] += row[i] * weight;
    }

    private static void Shrink(float[] row, int channels, Coverage columns, float[] result)
    {
        for (var x = 0; x < columns.First.Length; x++)
        {
            var weights = columns.Weights.AsSpan(columns.Starts[x]..columns.Starts[x + 1]);
            var inputs = row.AsSpan(columns.First[x] * channels, weights.Length * channels);
            for (var c = 0; c < channels; c++)
            {
                var sum = 0f;
                for (int k = 0, i = c; k < weights.Length; k++, i += channels) sum += weights[k] * inputs[i];
                result[x * channels + c] = sum;
            }
        }
    }

    private static void Multiply(float[] row, int channels)
    {
        for (var p = 0; p < row.Length; p += channels)
            for (var c = 0; c < channels - 1; c++) row[p + c] *= row[p + channels - 1];
    }

    private static void Divide(float[] row, int channels)
    {
        for (var p = 0; p < row.Length; p += channels)
            for (var c = 0; c < channels - 1; c++) row[p + c] = row[p + channels - 1] > 0 ? row[p + c] / row[p + channels - 1] : 0;
    }
}
