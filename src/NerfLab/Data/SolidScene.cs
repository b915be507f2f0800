using System.Numerics;

namespace NerfLab.Data;

/// <summary>How a surface answers light: diffuse colour, a Blinn-Phong highlight, a mirror image, and light of its own.</summary>
/// <param name="Texture">The diffuse colour; for a mirror the tint of what it reflects.</param>
/// <param name="Gloss">Strength of the highlight, 0 to 1.</param>
/// <param name="Shininess">Its exponent: the larger, the smaller the spot.</param>
/// <param name="Mirror">The share of the mirror image, 0 to 1.</param>
/// <param name="Glow">Light of its own, in multiples of the colour.</param>
public sealed record Material(Texture Texture, float Gloss = 0.25f, float Shininess = 40, float Mirror = 0, float Glow = 0);

/// <summary>Lighting: one sun with soft shadows, and light from all around that is bluish from above and warm from below.</summary>
/// <param name="Direction">Where the sun stands; need not be of unit length.</param>
/// <param name="Sun">Its linear colour.</param>
/// <param name="Above">Linear colour of the light from above.</param>
/// <param name="Below">Linear colour of the light from below.</param>
/// <param name="Sharpness">How sharp the shadows are: distance over the width of the half-shadow.</param>
public sealed record Lighting(Vector3 Direction, Vector3 Sun, Vector3 Above, Vector3 Below, float Sharpness = 9);

/// <summary>A solid somewhere in the world.</summary>
/// <param name="Solid">The shape.</param>
/// <param name="Material">Its surface.</param>
/// <param name="Position">Where its origin lies.</param>
/// <param name="Rotation">How it is turned; null leaves it upright.</param>
public sealed record Thing(Solid Solid, Material Material, Vector3 Position, Quaternion? Rotation = null);

/// <summary>Things and light: all that a picture needs besides a camera.</summary>
/// <param name="Things">At most 64.</param>
/// <param name="Lighting">The light.</param>
public sealed record SolidScene(IReadOnlyList<Thing> Things, Lighting Lighting);
