using System.Numerics;
using NerfLab.Data;
using NerfLab.Procedural;

namespace NerfLab.Tests;

public class DataEmbeddedTests
{
    private static readonly Material s_grey = new(new Plain(new Vector3(0.5f)));
    private static readonly Lighting s_light = new(Vector3.UnitZ, Vector3.One, Vector3.Zero, Vector3.Zero);
    private static readonly Scene s_scene = EmbeddedScene.Create();

    private static SphereTracer Tracer(Solid solid, Vector3 position = default, Quaternion? rotation = null) => new(new SolidScene([new Thing(solid, s_grey, position, rotation)], s_light));

    private static IEnumerable<Vector3> Directions(int count)
    {
        var random = new Random(5);
        for (var i = 0; i < count; i++)
        {
            var v = new Vector3(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            yield return Vector3.Normalize(v);
        }
    }

    [Fact]
    public void RaysMeetASphereWhereTheQuadraticSays()
    {
        Vector3 middle = new(0.2f, -0.1f, 0.3f), origin = new(2, 1, 0.5f);
        var tracer = Tracer(new Sphere(0.4f), middle);
        int hits = 0, misses = 0;
        foreach (var side in Directions(400))
        {
            var d = Vector3.Normalize(middle + 0.5f * side - origin);
            Vector3 to = middle - origin;
            double b = Vector3.Dot(to, d), c = to.LengthSquared() - 0.16, root = b * b - c;
            if (double.Abs(root) < 1e-3) continue; // a tangent has no stable answer
            if (root > 0)
            {
                Assert.Equal(b - double.Sqrt(root), tracer.Trace(origin, d)!.Value, 1e-4);
                hits++;
            }
            else
            {
                Assert.Null(tracer.Trace(origin, d));
                misses++;
            }
        }
        Assert.True(hits > 100 && misses > 20);
    }

    [Fact]
    public void NoHolesAlongOutlines()
    {
        // A ball before a wall: rays that just miss the ball meet the wall, none gets lost between them.
        var tracer = new SphereTracer(new SolidScene([new Thing(new Sphere(0.5f), s_grey, Vector3.Zero), new Thing(new RoundBox(new Vector3(3, 0.1f, 3), 0), s_grey, new Vector3(0, 2, 0))], s_light));
        var camera = Camera.FromAngle(400, 400, 0.5f, Pose.LookAt(new Vector3(0, -3, 0), Vector3.Zero, Vector3.UnitZ));
        var depth = tracer.Depth(camera);
        for (var i = 0; i < depth.Length; i++)
        {
            // The ball's front half, or the wall's face at y = 1.9.
            var point = camera.Pose.Position + depth[i] * camera.Direction(new Vector2(i % 400 + 0.5f, i / 400 + 0.5f));
            Assert.True(MathF.Abs(point.Y - 1.9f) < 1e-4f || (MathF.Abs(point.Length() - 0.5f) < 1e-4f && point.Y < 0), $"{point}");
        }
    }

    [Fact]
    public void RaysMeetAPlaneAtTheExactDepth()
    {
        var tracer = Tracer(new HalfSpace());
        foreach (var d in Directions(300).Where(d => d.Z < -0.15f))
            Assert.Equal(1.5f / -d.Z, tracer.Trace(new Vector3(0.3f, 0.2f, 1.5f), d)!.Value, 1e-4f * 1.5f / -d.Z);
        Assert.Null(tracer.Trace(Vector3.UnitZ, Vector3.UnitZ));
    }

    [Fact]
    public void ATurnedBoxIsMetAtItsFaces()
    {
        // Turned by 45 degrees about z, a unit cube shows an edge: along x the surface is at sqrt(2)/2.
        var tracer = Tracer(new RoundBox(new Vector3(0.5f), 0), default, Quaternion.CreateFromAxisAngle(Vector3.UnitZ, MathF.PI / 4));
        Assert.Equal(3 - MathF.Sqrt(0.5f) + 0.1f, tracer.Trace(new Vector3(3, 0.1f, 0), -Vector3.UnitX)!.Value, 1e-4);
        Assert.Equal(2.5f, tracer.Trace(new Vector3(0.1f, 0, 3), -Vector3.UnitZ)!.Value, 1e-4);
        var normal = tracer.Normal(new Vector3(MathF.Sqrt(0.5f) - 0.1f, 0.1f, 0));
        Assert.True(Vector3.Distance(normal, new Vector3(MathF.Sqrt(0.5f), MathF.Sqrt(0.5f), 0)) < 1e-3f);
    }

    public static TheoryData<string> Solids => ["sphere", "box", "cylinder", "torus", "cone", "column", "cup", "ellipsoid", "tube", "lathe", "extrusion", "smooth", "difference", "shell", "scaled"];

    private static Solid Named(string name) => name switch
    {
        "sphere" => new Sphere(0.5f),
        "box" => new RoundBox(new Vector3(0.3f, 0.4f, 0.5f), 0.05f),
        "cylinder" => new RoundCylinder(0.4f, 0.3f, 0.05f),
        "torus" => new Torus(0.4f, 0.15f),
        "cone" => new RoundCone(0.2f, 0.05f, 0.5f),
        "column" => new TwistedColumn(0.115f, 0.022f, 5, 7, 0.42f),
        "ellipsoid" => new Ellipsoid(new Vector3(0.5f, 0.2f, 0.35f)),
        "tube" => new Tube([new(-0.4f, 0, 0.1f), new(0, 0.3f, 0.2f), new(0.3f, -0.2f, -0.4f)], 0.08f),
        "lathe" => new Lathe([new(0, -0.4f), new(0.4f, -0.4f), new(0.1f, 0), new(0.3f, 0.4f), new(0, 0.2f)], 0.03f),
        "extrusion" => new Extrusion([new(-0.4f, -0.3f), new(0.5f, -0.2f), new(0.1f, 0), new(0.3f, 0.4f)], 0.3f, 0.04f),
        "smooth" => new SmoothUnion([new Part(new Sphere(0.25f), new(-0.2f, 0, 0)), new Part(new RoundBox(new(0.2f, 0.1f, 0.3f), 0.02f), new(0.2f, 0.1f, 0), Quaternion.CreateFromAxisAngle(Vector3.UnitX, 0.7f))], 0.15f),
        "difference" => new Difference(new RoundBox(new(0.4f), 0.05f), new Part(new Lathe([new(0, -0.5f), new(0.25f, -0.5f), new(0.1f, 0.5f), new(0, 0.5f)]), new(0.1f, 0, 0.2f))),
        "shell" => new Shell(new Sphere(0.4f), 0.05f),
        "scaled" => new Scaled(new Torus(0.8f, 0.3f), 0.5f),
        _ => new Cup(0.25f, 0.24f, 0.035f),
    };

    [Theory]
    [MemberData(nameof(Solids))]
    public void NoDistanceIsTooLong(string name)
    {
        // A safe distance changes by no more than the way walked, and the box holds the shape.
        var solid = Named(name);
        var random = new Random(1);
        for (var i = 0; i < 8000; i++)
        {
            var p = 1.6f * new Vector3(random.NextSingle() - 0.5f, random.NextSingle() - 0.5f, random.NextSingle() - 0.5f);
            var d = solid.Distance(p);
            if (d > 0)
            {
                var q = p + 0.999f * d * Directions(1).First();
                var r = p + 0.999f * d * Vector3.Normalize(new Vector3(-p.Y, p.Z, -p.X) + 0.1f * p);
                Assert.True(solid.Distance(q) > -1e-5f && solid.Distance(r) > -1e-5f, $"{p} -> {d}");
                Assert.True(solid.Distance(p - 0.999f * d * Vector3.Normalize(p)) > -1e-5f, $"{p} -> {d}");
            }
            else Assert.True(new Box(-solid.Extent, solid.Extent).Contains(p), $"{p} is inside");
        }
    }

    [Fact]
    public void NormalsOfASphereAndATorusAreThoseOfTheFormula()
    {
        var sphere = Tracer(new Sphere(0.4f), new Vector3(0.1f, 0.2f, 0.3f));
        var torus = Tracer(new Torus(0.5f, 0.2f));
        foreach (var d in Directions(100))
        {
            Assert.True(Vector3.Distance(sphere.Normal(new Vector3(0.1f, 0.2f, 0.3f) + 0.4f * d), d) < 1e-3f);
            var ring = Vector3.Normalize(new Vector3(d.X, d.Y, 0));
            var outwards = Vector3.Normalize(d.X * ring + new Vector3(0, 0, d.Z + 0.01f));
            Assert.True(Vector3.Distance(torus.Normal(0.5f * ring + 0.2f * outwards), outwards) < 1e-3f);
        }
    }

    [Fact]
    public void AlphaIsTheShareOfThePixelThatIsCovered()
    {
        // A ball in the middle: full inside, empty outside, and in sum the area of its outline.
        var tracer = Tracer(new Sphere(0.5f));
        var camera = Camera.FromAngle(64, 64, 0.6f, Pose.LookAt(new Vector3(0, -3, 0), Vector3.Zero, Vector3.UnitZ));
        var picture = tracer.Render(camera);
        byte Alpha(int x, int y) => picture.Samples[(y * 64 + x) * 4 + 3];
        Assert.Equal(255, Alpha(32, 32));
        Assert.Equal(0, Alpha(0, 0));
        Assert.Equal(new byte[4], picture.Samples[..4]);
        var area = Enumerable.Range(0, 64 * 64).Sum(i => picture.Samples[i * 4 + 3] / 255.0);
        var radius = camera.Fx * double.Tan(double.Asin(0.5 / 3));
        Assert.Equal(double.Pi * radius * radius, area, 0.01 * area);
        Assert.Contains(picture.Samples.Where((_, i) => i % 4 == 3), a => a is > 0 and < 255);
    }

    [Fact]
    public void TheUpperSideIsLitAndTheLowerIsNot()
    {
        // Sun from above, nothing from around: light falls as the cosine, so brightness decreases downwards to black.
        var tracer = new SphereTracer(new SolidScene([new Thing(new Sphere(0.5f), new Material(new Plain(new Vector3(0.5f)), Gloss: 0), Vector3.Zero)], s_light));
        var camera = Camera.FromAngle(64, 64, 0.6f, Pose.LookAt(new Vector3(0, -3, 0), Vector3.Zero, Vector3.UnitZ));
        var picture = tracer.Render(camera);
        int Red(int y) => picture.Samples[(y * 64 + 32) * 4];
        Assert.True(Red(17) > Red(22) && Red(22) > Red(28));
        Assert.Equal(0, Red(40));
        // Linear 0.5·cosθ, then sRGB, at a point whose height on the ball is known from the depth.
        var direction = camera.Direction(new Vector2(32.5f, 18.5f));
        var height = (camera.Pose.Position + tracer.Trace(camera.Pose.Position, direction)!.Value * direction).Z / 0.5f;
        Assert.Equal(255 * (1.055 * double.Pow(0.5 * height, 1 / 2.4) - 0.055), Red(18), 3.0);
    }

    [Fact]
    public void EveryPointThatTwoCamerasSeeHasOneDepth()
    {
        var (a, b) = (s_scene.Train[10], s_scene.Train[13]);
        float[] depthA = a.ReadDepth(), depthB = b.ReadDepth();
        Camera ca = a.Camera, cb = b.Camera;
        int same = 0, hidden = 0;
        for (var y = 0; y < ca.Height; y += 2)
            for (var x = 0; x < ca.Width; x += 2)
            {
                var depth = depthA[y * ca.Width + x];
                if (float.IsInfinity(depth)) continue;
                var point = ca.Pose.Position + depth * ca.Direction(new Vector2(x + 0.5f, y + 0.5f));
                Assert.Equal(0, EmbeddedScene.SurfaceDistance(point), 2e-4);
                // Where the surface turns away from the other camera the slightest rounding decides what its ray meets.
                if (Vector3.Dot(EmbeddedScene.Normal(point), Vector3.Normalize(cb.Pose.Position - point)) < 0.1f) continue;
                if (cb.Project(point) is not { } pixel) continue;
                var expected = Vector3.Distance(point, cb.Pose.Position);
                var seen = DepthAt(cb, pixel);
                // In the other view the same distance, or something nearer that hides it; never anything farther.
                Assert.True(seen <= expected + 5e-4f, $"pixel {x},{y}: {seen} behind {expected}");
                if (MathF.Abs(seen - expected) < 5e-4f) same++;
                else hidden++;
            }
        Assert.True(same > 500 && same > hidden, $"{same} seen by both, {hidden} hidden");
        Assert.Equal(ca.Width * ca.Height, depthB.Length);

        static float DepthAt(Camera camera, Vector2 pixel)
        {
            // A camera of one pixel whose centre is the wanted one.
            var single = camera with { Width = 1, Height = 1, Cx = camera.Cx - pixel.X + 0.5f, Cy = camera.Cy - pixel.Y + 0.5f };
            return EmbeddedScene.Depth(single)[0];
        }
    }

    [Fact]
    public void TheSameCameraGivesTheSameBytes()
    {
        var view = s_scene.Test[3];
        var first = view.Read();
        Assert.Equal(first.Samples, view.Read().Samples);
        Assert.Equal(first.Samples, EmbeddedScene.Create().Test[3].Read().Samples);
        Assert.True(first.Samples.Distinct().Count() > 200);
    }

    [Fact]
    public void TheSceneIsWhatItsNumbersSay()
    {
        Assert.Equal((100, 8, 10), (s_scene.Train.Count, s_scene.Val.Count, s_scene.Test.Count));
        Assert.Equal(118, s_scene.Views.Select(v => v.Name).Distinct().Count());
        Assert.Equal(118, s_scene.Views.Select(v => v.Camera.Pose.Position).Distinct().Count());
        Assert.True(s_scene.HasAlpha);
        foreach (var view in s_scene.Views)
        {
            var pose = view.Camera.Pose;
            Assert.Equal(1, pose.Right.Length(), 1e-5);
            Assert.Equal(1, pose.Down.Length(), 1e-5);
            Assert.Equal(1, pose.Forward.Length(), 1e-5);
            Assert.True(Vector3.Distance(Vector3.Cross(pose.Right, pose.Down), pose.Forward) < 1e-5f);
            Assert.Equal(3.1, pose.Position.Length(), 1e-5);
            Assert.True(Vector3.Dot(pose.Down, Vector3.UnitZ) < 0);
        }
        foreach (var view in s_scene.Test)
            foreach (var depth in view.ReadDepth().Where(float.IsFinite)) Assert.InRange(depth, s_scene.Near, s_scene.Far);
    }

    [Fact]
    public void NothingSticksOutOfTheBounds()
    {
        // From cameras all around: every visible point lies in the cube, and the picture's border is empty.
        foreach (var view in s_scene.Views.Where((_, i) => i % 6 == 0))
        {
            var camera = view.Camera;
            var depth = view.ReadDepth();
            for (var i = 0; i < depth.Length; i++)
            {
                int x = i % camera.Width, y = i / camera.Width;
                if (float.IsInfinity(depth[i])) continue;
                Assert.True(s_scene.Bounds.Contains(camera.Pose.Position + depth[i] * camera.Direction(new Vector2(x + 0.5f, y + 0.5f))));
                Assert.True(x > 0 && y > 0 && x < camera.Width - 1 && y < camera.Height - 1, $"{view.Name}: pixel {x},{y} is on the border");
            }
        }
    }

    [Fact]
    public void OptionsChangeCountsAndSizes()
    {
        var scene = SceneFile.Open("embedded", new SceneOptions(Downscale: 2, Embedded: new EmbeddedOptions(Train: 7, Val: 0, Test: 3, Size: 64)));
        Assert.Equal((7, 0, 3), (scene.Train.Count, scene.Val.Count, scene.Test.Count));
        var picture = scene.Train[0].Read();
        Assert.Equal((32, 32, 4), (picture.Width, picture.Height, picture.Channels));
        var one = SceneFile.Open(null, new SceneOptions(Embedded: new EmbeddedOptions(Train: 1, Val: 0, Test: 0)));
        Assert.Single(one.Train);
        Assert.Contains("train", Assert.Throws<BadInputException>(() => SceneFile.Open(null, new SceneOptions(Embedded: new EmbeddedOptions(Train: 0)))).Message);
        Assert.Contains("size 5", Assert.Throws<BadInputException>(() => SceneFile.Open(null, new SceneOptions(Embedded: new EmbeddedOptions(Size: 5)))).Message);
    }
}
