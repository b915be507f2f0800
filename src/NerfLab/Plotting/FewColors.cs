namespace NerfLab.Plotting;

/// <summary>Pictures in few colours, for files that have to be small.</summary>
/// <remarks>Heckbert 1982, by cutting boxes of the colour cube, here at the mean of the axis along which colours differ most.</remarks>
static class FewColors
{
    const int Side = 32; // cells along an axis of the cube: what falls into one cell is one colour

    /// <summary>The picture with at most so many colours.</summary>
    /// <param name="picture">RGB, 8 bits.</param>
    /// <param name="most">2 to 256.</param>
    public static Bitmap Of(Bitmap picture, int most)
    {
        var samples = picture.Samples;
        var (counts, sums) = (new long[Side * Side * Side], new long[Side * Side * Side, 3]);
        for (int i = 0; i < samples.Length; i += 3)
        {
            int cell = Cell(samples, i);
            counts[cell]++;
            for (int c = 0; c < 3; c++) sums[cell, c] += samples[i + c];
        }
        var boxes = new List<Box> { Measured([.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0)]) };
        while (boxes.Count < most && boxes.MaxBy(b => b.Spread) is { Spread: > 1e-9 } widest)
        {
            boxes.Remove(widest);
            boxes.Add(Measured([.. widest.Cells.Where(c => At(c, widest.Axis) <= widest.Mean[widest.Axis])]));
            boxes.Add(Measured([.. widest.Cells.Where(c => At(c, widest.Axis) > widest.Mean[widest.Axis])]));
        }
        var colors = new byte[counts.Length, 3];
        foreach (var box in boxes)
            foreach (int cell in box.Cells)
                for (int c = 0; c < 3; c++) colors[cell, c] = (byte)(box.Mean[c] + 0.5);
        var made = new Bitmap(picture.Width, picture.Height, 3, 8);
        for (int i = 0; i < samples.Length; i += 3)
        {
            int cell = Cell(samples, i);
            for (int c = 0; c < 3; c++) made.Samples[i + c] = colors[cell, c];
        }
        return made;

        static int Cell(byte[] s, int i) => (s[i] >> 3) << 10 | (s[i + 1] >> 3) << 5 | s[i + 2] >> 3;

        double At(int cell, int axis) => (double)sums[cell, axis] / counts[cell];

        // The spread is what squared errors lose at most by a cut: count times variance, along one axis.
        Box Measured(int[] cells)
        {
            double count = cells.Sum(c => counts[c]);
            double[] mean = [.. Enumerable.Range(0, 3).Select(axis => cells.Sum(c => sums[c, axis]) / count)];
            double[] spread = [.. Enumerable.Range(0, 3).Select(axis => cells.Length == 1 ? 0 : cells.Sum(c => counts[c] * (At(c, axis) - mean[axis]) * (At(c, axis) - mean[axis])))];
            int widest = spread.Index().MaxBy(s => s.Item).Index;
            return new Box(cells, mean, widest, spread[widest]);
        }
    }

    sealed record Box(int[] Cells, double[] Mean, int Axis, double Spread);
}
