using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Renders a mesh exactly: every ray meets the nearest of its triangles, from either side.</summary>
/// <remarks>
/// Half-shadows and ambient occlusion come from rays in fixed directions, so that a place looks the same from everywhere. Colours are
/// the mesh's texture (bilinear, repeated), else the colours of its corners, else the material's.
/// </remarks>
public sealed class MeshTracer : Tracer
{
    private const float Crease = 0.64f; // the cosine of 50 degrees: sharper edges stay sharp
    private static readonly Vector2[] s_disc = [.. Enumerable.Range(0, 16).Select(i => MathF.Sqrt((i + 0.5f) / 16) * Circle(i))];

    private readonly Mesh _mesh;
    private readonly Bvh _bvh;
    private readonly Vector3[] _normals; // 3T, one for every corner of every triangle
    private readonly Material _material;
    private readonly Bitmap? _texture;
    private readonly float _reach;

    /// <summary>Prepares a mesh.</summary>
    /// <param name="mesh">The mesh, with at least one triangle.</param>
    /// <param name="light">The light.</param>
    /// <param name="material">Its surface; its colour counts where the mesh has none.</param>
    /// <param name="grid">Samples per pixel and direction, 1 to 16: 2 means 4 samples at fixed places, and 16 where these disagree.</param>
    /// <exception cref="BadInputException">The mesh has no triangles or no size.</exception>
    public MeshTracer(Mesh mesh, Lighting light, Material? material = null, int grid = 2) : base(light, grid)
    {
        if (mesh.TriangleCount == 0) throw new BadInputException($"the mesh has {mesh.Positions.Length} points and no triangles; a surface is expected");
        Bounds = mesh.Bounds;
        if (!(Bounds.Diagonal is > 0 and < 1e9f)) throw new BadInputException(FormattableString.Invariant($"the mesh has the diagonal {Bounds.Diagonal}; a size above 0 is expected"));
        _mesh = mesh;
        _bvh = new Bvh(mesh.Positions, mesh.Triangles);
        _normals = mesh.Normals is { } given ? [.. mesh.Triangles.Select(i => given[i])] : CornerNormals(mesh);
        _material = material ?? new Material(new Plain(new Vector3(0.55f)));
        _texture = mesh.TextureCoordinates is null ? null : mesh.Texture?.To8Bit().ToColor();
        _reach = 0.12f * Bounds.Diagonal;
    }

    /// <inheritdoc/>
    public override Box Bounds { get; }

    private protected override float Hair => 5e-4f * Bounds.Diagonal;

    private protected override bool Meet(Vector3 origin, Vector3 direction, out Hit hit) => _bvh.Meet(origin, direction, float.PositiveInfinity, out hit);

    private protected override Surface Look(Vector3 point, Vector3 direction, in Hit hit)
    {
        var (a, b, c) = (3 * hit.Which, 3 * hit.Which + 1, 3 * hit.Which + 2);
        var w = new Vector3(1 - hit.U - hit.V, hit.U, hit.V);
        var flat = FaceNormal(_mesh, hit.Which);
        var n = w.X * _normals[a] + w.Y * _normals[b] + w.Z * _normals[c];
        n = n.LengthSquared() > 1e-12f ? Vector3.Normalize(n) : flat;
        if (Vector3.Dot(flat, direction) > 0) (flat, n) = (-flat, -n);
        if (Vector3.Dot(flat, n) < 0) n = -n;
        // Bent over an outline a smooth normal may look away; a seen surface does not.
        if (Vector3.Dot(n, direction) is > 0 and var away) n = Vector3.Normalize(n - away * direction);
        var (i, j, k) = (_mesh.Triangles[a], _mesh.Triangles[b], _mesh.Triangles[c]);
        var color = _texture is not null && _mesh.TextureCoordinates is { } uv ? Texel(_texture, w.X * uv[i] + w.Y * uv[j] + w.Z * uv[k])
            : _mesh.Colors is { } colors ? Srgb.ToLinear(w.X * colors[i] + w.Y * colors[j] + w.Z * colors[k])
            : _material.Texture.At(point);
        return new Surface(n, color, _material, 1);
    }

    private protected override float Lit(Vector3 origin, Vector3 direction, float distance, float sharpness)
    {
        var (x, y) = Frame(direction);
        int open = 0, first = 0;
        // The outermost four first: where they agree the others mostly do.
        for (var i = 15; i >= 0; i--)
        {
            var at = 0.6f / sharpness * s_disc[i];
            if (!_bvh.Blocked(origin, Vector3.Normalize(direction + at.X * x + at.Y * y), distance)) open++;
            if (i == 12 && (first = open) is 0 or 4) return first / 4f;
        }
        return open / 16f;
    }

    private protected override float Openness(Vector3 point, Vector3 normal)
    {
        var (x, y) = Frame(normal);
        var closed = 0f;
        foreach (var at in s_disc)
        {
            var direction = at.X * x + at.Y * y + MathF.Sqrt(1 - at.LengthSquared()) * normal;
            if (_bvh.Meet(point + Hair * normal, direction, _reach, out var hit)) closed += 1 - hit.Distance / _reach;
        }
        return 1 - 0.85f * closed / s_disc.Length;
    }

    /// <summary>The colour at a place of a picture that repeats: the mean of the four nearest pixels, weighed by nearness, linear.</summary>
    /// <param name="texture">8 bits, RGB or RGBA.</param>
    /// <param name="uv">(0,0) is the upper left corner, (1,1) the lower right.</param>
    internal static Vector3 Texel(Bitmap texture, Vector2 uv)
    {
        float x = (uv.X - MathF.Floor(uv.X)) * texture.Width - 0.5f, y = (uv.Y - MathF.Floor(uv.Y)) * texture.Height - 0.5f;
        int i = (int)MathF.Floor(x), j = (int)MathF.Floor(y);
        float u = x - i, v = y - j;
        return Vector3.Lerp(Vector3.Lerp(At(i, j), At(i + 1, j), u), Vector3.Lerp(At(i, j + 1), At(i + 1, j + 1), u), v);

        Vector3 At(int column, int row)
        {
            var pixel = texture.Samples.AsSpan(((row + texture.Height) % texture.Height * texture.Width + (column + texture.Width) % texture.Width) * texture.Channels, 3);
            return new Vector3(Srgb.OfSample(pixel[0]), Srgb.OfSample(pixel[1]), Srgb.OfSample(pixel[2]));
        }
    }

    // Means of the neighbours' normals, weighed by their angles, over everything that is not behind a crease.
    private static Vector3[] CornerNormals(Mesh mesh)
    {
        const int Crowd = 256; // more faces at one point are a fan, not a smooth surface
        var faces = new Vector3[mesh.TriangleCount];
        var around = new Dictionary<Vector3, List<int>>(); // corners (3T) by their place: seams of textures are no creases
        for (var t = 0; t < faces.Length; t++)
        {
            faces[t] = FaceNormal(mesh, t);
            for (var c = 3 * t; c < 3 * t + 3; c++)
            {
                if (!around.TryGetValue(mesh.Positions[mesh.Triangles[c]], out var list)) around[mesh.Positions[mesh.Triangles[c]]] = list = [];
                list.Add(c);
            }
        }
        var normals = new Vector3[mesh.Triangles.Length];
        foreach (var corners in around.Values)
            foreach (var corner in corners)
            {
                var face = faces[corner / 3];
                var sum = corners.Count > Crowd ? face : Vector3.Zero;
                if (corners.Count <= Crowd)
                    foreach (var other in corners)
                        if (Vector3.Dot(face, faces[other / 3]) > Crease) sum += Angle(other) * faces[other / 3];
                normals[corner] = sum.LengthSquared() > 1e-12f ? Vector3.Normalize(sum) : face;
            }
        return normals;

        float Angle(int corner)
        {
            int first = corner / 3 * 3, k = corner - first;
            Vector3 here = At(k), a = At((k + 1) % 3) - here, b = At((k + 2) % 3) - here;
            return MathF.Atan2(Vector3.Cross(a, b).Length(), Vector3.Dot(a, b));

            Vector3 At(int i) => mesh.Positions[mesh.Triangles[first + i]];
        }
    }

    private static Vector3 FaceNormal(Mesh mesh, int triangle)
    {
        Vector3 a = mesh.Positions[mesh.Triangles[3 * triangle]], b = mesh.Positions[mesh.Triangles[3 * triangle + 1]], c = mesh.Positions[mesh.Triangles[3 * triangle + 2]];
        var n = Vector3.Cross(b - a, c - a);
        var length = n.Length();
        return length > 0 ? n / length : Vector3.UnitZ; // without an area it is met by no ray
    }

    // Two axes that are perpendicular to a direction (Duff et al. 2017).
    private static (Vector3 X, Vector3 Y) Frame(Vector3 n)
    {
        float sign = n.Z >= 0 ? 1 : -1, a = -1 / (sign + n.Z), b = n.X * n.Y * a;
        return (new(1 + sign * n.X * n.X * a, sign * b, -sign * n.X), new(b, sign + n.Y * n.Y * a, -n.Y));
    }

    private static Vector2 Circle(int i)
    {
        var (sin, cos) = MathF.SinCos(i * 2.39996323f); // the golden angle
        return new Vector2(cos, sin);
    }
}
