using System.Numerics;
using System.Text;
using NerfLab.Data;

namespace NerfLab.Tests;

/// <summary>COLMAP's binary files, written from the format's description and independently of the reader.</summary>
internal static class ColmapFiles
{
    public static byte[] Cameras(params (uint Number, int Model, ulong Width, ulong Height, double[] Parameters)[] cameras) => Bytes(w =>
    {
        w.Write((ulong)cameras.Length);
        foreach (var (number, model, width, height, parameters) in cameras)
        {
            w.Write(number);
            w.Write(model);
            w.Write(width);
            w.Write(height);
            foreach (var p in parameters) w.Write(p);
        }
    });

    /// <param name="images">With the quaternion (w, x, y, z) and the translation of world to camera.</param>
    public static byte[] Images(params (string Name, uint Camera, double[] Q, double[] T)[] images) => Bytes(w =>
    {
        w.Write((ulong)images.Length);
        for (uint i = 0; i < images.Length; i++)
        {
            w.Write(i + 1);
            foreach (var v in images[i].Q.Concat(images[i].T)) w.Write(v);
            w.Write(images[i].Camera);
            w.Write(Encoding.UTF8.GetBytes(images[i].Name));
            w.Write((byte)0);
            w.Write((ulong)i); // as many points of the image as make the records differ
            for (uint k = 0; k < i; k++) { w.Write(1.0 * k); w.Write(2.0 * k); w.Write(ulong.MaxValue); }
        }
    });

    public static byte[] Points(IEnumerable<Vector3> points) => Bytes(w =>
    {
        w.Write((ulong)points.Count());
        ulong i = 0;
        foreach (var p in points)
        {
            w.Write(i++);
            w.Write((double)p.X); w.Write((double)p.Y); w.Write((double)p.Z);
            w.Write((byte)1); w.Write((byte)2); w.Write((byte)3);
            w.Write(0.5);
            w.Write(i % 3);
            for (ulong k = 0; k < i % 3; k++) { w.Write(1); w.Write(7); }
        }
    });

    /// <summary>A scene of 5 photographs of 32x24 below <c>images</c> with a binary model in <c>sparse/0</c>.</summary>
    public static void Scene(TemporaryFolder folder, byte[]? cameras = null, byte[]? images = null, byte[]? points = null)
    {
        Directory.CreateDirectory(folder["sparse/0"]);
        File.WriteAllBytes(folder["sparse/0/cameras.bin"], cameras ?? Cameras((7, 1, 32, 24, [30, 31, 16, 12])));
        File.WriteAllBytes(folder["sparse/0/images.bin"], images ?? Images([.. Enumerable.Range(0, 5).Select(i => ($"p{i}.jpg", 7u, (double[])[1, 0, 0, 0], (double[])[-0.1 * i, 0, 0]))]));
        if (points is not null) File.WriteAllBytes(folder["sparse/0/points3D.bin"], points);
        for (int i = 0; i < 5; i++) Imaging.ImageFile.Write(folder[$"images/p{i}.png"], new Bitmap(32, 24, 3));
    }

    private static byte[] Bytes(Action<BinaryWriter> write)
    {
        var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream)) write(writer);
        return stream.ToArray();
    }
}
