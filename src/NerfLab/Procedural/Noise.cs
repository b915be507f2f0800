using System.Numerics;

namespace NerfLab.Procedural;

/// <summary>Smooth noise from hashed lattice points; integers only, so that it is the same everywhere.</summary>
internal static class Noise
{
    public static uint Hash(int x, int y, int z)
    {
        unchecked
        {
            var h = (uint)x * 0x9E3779B1u ^ (uint)y * 0x85EBCA77u ^ (uint)z * 0xC2B2AE3Du;
            h = (h ^ (h >> 15)) * 0x2C1B3C6Du;
            h = (h ^ (h >> 12)) * 0x297A2D39u;
            return h ^ (h >> 15);
        }
    }

    /// <summary>Octaves of value noise, each of half the size and strength of the one before; 0 to 1.</summary>
    public static float Fractal(Vector3 p, int octaves)
    {
        float sum = 0, weight = 0.5f, total = 0;
        for (var i = 0; i < octaves; i++, weight /= 2, p *= 2)
        {
            sum += weight * Value(p);
            total += weight;
        }
        return sum / total;
    }

    private static float Value(Vector3 p)
    {
        int x = (int)MathF.Floor(p.X), y = (int)MathF.Floor(p.Y), z = (int)MathF.Floor(p.Z);
        var f = p - new Vector3(x, y, z);
        f = f * f * (new Vector3(3) - 2 * f);
        return Mix(Mix(Mix(At(0, 0, 0), At(1, 0, 0), f.X), Mix(At(0, 1, 0), At(1, 1, 0), f.X), f.Y),
            Mix(Mix(At(0, 0, 1), At(1, 0, 1), f.X), Mix(At(0, 1, 1), At(1, 1, 1), f.X), f.Y), f.Z);

        float At(int i, int j, int k) => Hash(x + i, y + j, z + k) * (1f / uint.MaxValue);
        static float Mix(float a, float b, float t) => a + t * (b - a);
    }
}
