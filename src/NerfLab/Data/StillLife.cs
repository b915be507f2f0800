using System.Numerics;

namespace NerfLab.Data;

/// <summary>
/// The embedded scene's content: a cake stand with coffee, a doughnut, a candle, a ball, a die and a golden sphere. All of it lies
/// in the cube [-1, 1]³ with z upwards.
/// </summary>
internal static class StillLife
{
    /// <summary>A sphere about the origin that holds everything.</summary>
    public const float Radius = 1.01f;

    private const float Top = -0.26f; // the upper face of the board

    public static SolidScene Scene { get; } = new(
    [
        // The stand: a marble foot, a turned stem, and the board.
        new(new RoundCylinder(0.46f, 0.045f, 0.04f), Stone, new(0, 0, -0.77f)),
        new(new RoundCone(0.2f, 0.1f, 0.3f), Stone, new(0, 0, -0.7f)),
        new(new RoundCylinder(0.95f, 0.05f, 0.045f), Wood, new(0, 0, Top - 0.05f)),

        // The cup with its coffee.
        new(new Cup(0.25f, 0.24f, 0.035f),
            new(new Zigzag(Texture.Srgb(0x128C96), Texture.Srgb(0xF6E7C8), Texture.Srgb(0xF4EFE4), 0.19f, 12, 0.23f), 0.9f, 70),
            new(-0.3f, 0.32f, Top + 0.24f), Quaternion.CreateFromAxisAngle(Vector3.UnitZ, 2.3f)),
        new(new RoundCylinder(0.22f, 0.02f, 0.005f), new(new Plain(Texture.Srgb(0x3B1E0E)), 0.15f, 150, 0.1f), new(-0.3f, 0.32f, Top + 0.34f)),

        // The candle and its flame.
        new(new TwistedColumn(0.115f, 0.022f, 5, 7, 0.42f),
            new(new Helix(Texture.Srgb(0xF7F1E3), Texture.Srgb(0xD2263C), 5, 7, 0.5f), 0.35f, 30), new(0.36f, 0.38f, Top + 0.42f)),
        new(new RoundCone(0.05f, 0.008f, 0.16f), new(new Gradient(Texture.Srgb(0xFF7A10), Texture.Srgb(0xFFE98A), -0.02f, 0.1f), 0, 1, 0, 0.9f), new(0.36f, 0.38f, Top + 0.91f)),

        // The doughnut on its plate.
        new(new RoundCylinder(0.33f, 0.014f, 0.013f), new(new Plain(Texture.Srgb(0xEDE9F2)), 0.5f, 60), new(0.36f, -0.36f, Top + 0.014f)),
        new(new Torus(0.18f, 0.095f),
            new(new Doughnut(Texture.Srgb(0xC98A45), Texture.Srgb(0xF07FA8), [Texture.Srgb(0xFFFFFF), Texture.Srgb(0xFFD23C), Texture.Srgb(0x3C78E6), Texture.Srgb(0x3CB464)], 0.18f, 0.095f), 0.5f, 45),
            new(0.36f, -0.36f, Top + 0.12f)),

        // A ball, a die and a golden sphere.
        new(new Sphere(0.215f),
            new(new Sectors([Texture.Srgb(0xE8402E), Texture.Srgb(0xF8F4E8), Texture.Srgb(0x2456B8), Texture.Srgb(0xF8F4E8), Texture.Srgb(0xF2B61E), Texture.Srgb(0xF8F4E8)], Texture.Srgb(0xF8F4E8), 0.05f), 0.8f, 70),
            new(-0.36f, -0.34f, Top + 0.215f), Quaternion.CreateFromYawPitchRoll(0.5f, 0.5f, 0.2f)),
        new(new RoundBox(new Vector3(0.105f), 0.025f), new(new Die(Texture.Srgb(0xF2F0EA), Texture.Srgb(0x202028), 0.105f), 0.35f, 40),
            new(-0.02f, -0.66f, Top + 0.105f), Quaternion.CreateFromAxisAngle(Vector3.UnitZ, 0.45f)),
        new(new Sphere(0.14f), new(new Plain(Texture.Srgb(0xFFC35A)), 0.7f, 120, 0.85f), new(0.02f, 0.02f, Top + 0.14f)),
    ],
    new(new(-0.55f, -0.45f, 0.9f), new(1.1f, 1.02f, 0.9f), new(0.34f, 0.38f, 0.46f), new(0.22f, 0.18f, 0.14f)));

    private static Material Stone => new(new Marble(Texture.Srgb(0xE9E6E1), Texture.Srgb(0x6E7078), 4), 0.35f, 50);

    private static Material Wood => new(new Board(Texture.Srgb(0xBC8449), Texture.Srgb(0x8A562B), Texture.Srgb(0xF1E4C6), Texture.Srgb(0x2B2320), 0.95f), 0.2f, 60);
}
