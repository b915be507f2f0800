namespace NerfLab.Fields;

/// <summary>Fields that pass no gradient on.</summary>
public static class FrozenFields
{
    /// <summary>The same field without gradient.</summary>
    public static IField Frozen(this IField field) => field as FrozenField ?? new FrozenField(field);

    sealed class FrozenField(IField living) : IField, IGeometric
    {
        public Box? Support => living.Support;

        public int GeometrySize => (living as IGeometric)?.GeometrySize ?? 0;

        public Radiance Query(Tensor x, Tensor d)
        {
            using var noGradient = torch.no_grad();
            return living.Query(x, d);
        }

        public Tensor Density(Tensor x)
        {
            using var noGradient = torch.no_grad();
            return living.Density(x);
        }

        public Tensor Geometry(Tensor x)
        {
            using var noGradient = torch.no_grad();
            return ((IGeometric)living).Geometry(x);
        }
    }
}
