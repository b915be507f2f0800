using System.Numerics;

namespace NerfLab.Fields;

/// <summary>Fields made out of others: parts that are kept, taken away, moved or put together. Each is a field, so it can be rendered, exported and taught to a student.</summary>
public static class FieldParts
{
    /// <summary>What lies in a box; nothing outside.</summary>
    public static IField Within(this IField field, Box box) => new Cut(field, box, true);

    /// <summary>What lies outside of a box; nothing inside.</summary>
    public static IField Without(this IField field, Box box) => new Cut(field, box, false);

    /// <summary>The field, moved: what was at x is at x + <paramref name="by"/>.</summary>
    public static IField Moved(this IField field, Vector3 by) => new Shifted(field, by);

    /// <summary>Both fields in the same place: densities add up, colours mix as densities do.</summary>
    public static IField With(this IField field, IField other) => new Union(field, other);

    sealed class Cut(IField field, Box box, bool inside) : IField
    {
        public Radiance Query(Tensor x, Tensor d)
        {
            var (density, color) = field.Query(x, d);
            return new Radiance(Kept(density, x), color);
        }

        public Tensor Density(Tensor x) => Kept(field.Density(x), x);

        Tensor Kept(Tensor density, Tensor x)
        {
            var within = (x >= box.Min.ToTensor(x.device)).logical_and(x <= box.Max.ToTensor(x.device)).all(-1);
            return density * (inside ? within : within.logical_not());
        }
    }

    sealed class Shifted(IField still, Vector3 by) : IField
    {
        public Box? Support => still.Support is { } box ? new Box(box.Min + by, box.Max + by) : null;

        public Radiance Query(Tensor x, Tensor d) => still.Query(x - by.ToTensor(x.device), d);

        public Tensor Density(Tensor x) => still.Density(x - by.ToTensor(x.device));
    }

    sealed class Union(IField first, IField second) : IField
    {
        public Radiance Query(Tensor x, Tensor d)
        {
            var (a, b) = (first.Query(x, d), second.Query(x, d));
            var density = a.Density + b.Density;
            var share = (a.Density / density.clamp_min(1e-10)).unsqueeze(-1);
            return new Radiance(density, share * a.Color + (1 - share) * b.Color);
        }

        public Tensor Density(Tensor x) => first.Density(x) + second.Density(x);
    }
}
