using static TorchSharp.torch;

namespace TorchSharp;

// Tensors in files. Upper-case names: TorchSharp's own format, which is the type, the number of dimensions and the sizes
// as variable-length integers (LEB128), then the elements. Lower-case names: libtorch's format.
public static partial class torch
{
    public static void save(Tensor t, string location) => t.save(location);

    public static Tensor load(string location) => Tensor.load(location);

    public partial class Tensor
    {
        const int Chunk = 1 << 20;

        public static Tensor Load(BinaryReader reader) => TensorExtensionMethods.Load(reader);

        public static Tensor Load(Stream stream)
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            return Load(reader);
        }

        public static Tensor Load(string location)
        {
            using var stream = File.OpenRead(location);
            return Load(stream);
        }

        public void save(string location) => Replacing(location, path =>
        {
            Native.Check(Native.nl_tensor_save(Handle, path));
            GC.KeepAlive(this);
        });

        public static Tensor load(string location) => File.Exists(location) ? new(Native.Check(Native.nl_tensor_load(location)), 0)
            : throw new FileNotFoundException($"{location}: there is no such file", location);

        /// <summary>A file appears under its name when it is complete, or not at all.</summary>
        internal static void Replacing(string location, Action<string> write)
        {
            var part = $"{location}.{Environment.ProcessId}.part";
            try
            {
                write(part);
                File.Move(part, location, overwrite: true);
            }
            catch
            {
                File.Delete(part);
                throw;
            }
        }

        /// <summary>The elements in logical order, in this machine's byte order.</summary>
        public unsafe void WriteBytesToStream(Stream stream, int bufferSize = 1024)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var elements = Op.Call("contiguous", is_cpu() ? this : cpu());
            var data = (byte*)elements.Pointer;
            long left = NumberOfElements * ElementSize;
            for (; left > 0; left -= Chunk, data += Chunk) stream.Write(new ReadOnlySpan<byte>(data, (int)Math.Min(Chunk, left)));
        }

        public unsafe void ReadBytesFromStream(Stream stream, int bufferSize = 1024)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            bool direct = is_cpu() && is_contiguous();
            var elements = direct ? this : torch.empty(shape, dtype, CPU);
            var data = (byte*)elements.Pointer;
            long left = NumberOfElements * ElementSize;
            for (; left > 0; left -= Chunk, data += Chunk) stream.ReadExactly(new Span<byte>(data, (int)Math.Min(Chunk, left)));
            if (!direct) Op.InPlace("copy_", this, elements);
            GC.KeepAlive(this);
        }
    }

    /// <summary>What stands before a tensor's elements in a file.</summary>
    internal readonly record struct TensorHeader(ScalarType Type, long[] Shape)
    {
        const int MostDimensions = 64;

        internal long Bytes => checked(Product(Shape) * Type.ElementSize());

        internal void Write(BinaryWriter writer)
        {
            writer.Write7BitEncodedInt64((long)Type);
            writer.Write7BitEncodedInt64(Shape.Length);
            foreach (long size in Shape) writer.Write7BitEncodedInt64(size);
        }

        /// <summary>Reads a header and refuses one that promises more than the stream can hold, before any memory is taken for it.</summary>
        internal static TensorHeader Read(BinaryReader reader)
        {
            try
            {
                long type = reader.Read7BitEncodedInt64();
                if (type is < 0 or > sbyte.MaxValue || !Enum.IsDefined((ScalarType)type)) throw new InvalidDataException($"element type {type} of a tensor in a file: expected 0 to 7, 9 to 11 or 15");
                long dimensions = reader.Read7BitEncodedInt64();
                if (dimensions is < 0 or > MostDimensions) throw new InvalidDataException($"{dimensions} dimensions of a tensor in a file: expected 0 to {MostDimensions}");
                var shape = new long[dimensions];
                for (int d = 0; d < shape.Length; d++)
                {
                    shape[d] = reader.Read7BitEncodedInt64();
                    if (shape[d] < 0) throw new InvalidDataException($"size {shape[d]} of dimension {d} of a tensor in a file: expected 0 or more");
                }
                var header = new TensorHeader((ScalarType)type, shape);
                var stream = reader.BaseStream;
                if (stream.CanSeek && header.Bytes > stream.Length - stream.Position)
                    throw new InvalidDataException($"a {type} tensor of shape [{string.Join(", ", shape)}] needs {header.Bytes} bytes, but only {stream.Length - stream.Position} are left in the file");
                return header;
            }
            catch (OverflowException)
            {
                throw new InvalidDataException("the sizes of a tensor in a file multiply to more than can be counted");
            }
        }
    }
}

public static partial class TensorExtensionMethods
{
    public static void Save(this Tensor tensor, BinaryWriter writer)
    {
        new TensorHeader(tensor.dtype, tensor.shape).Write(writer);
        writer.Flush();
        tensor.WriteBytesToStream(writer.BaseStream);
    }

    public static void Save(this Tensor tensor, Stream stream)
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        tensor.Save(writer);
    }

    public static void Save(this Tensor tensor, string location) => Tensor.Replacing(location, path =>
    {
        using var stream = File.Create(path);
        tensor.Save(stream);
    });

    /// <summary>Reads into an existing tensor of the same type and shape; with <paramref name="skip"/> the elements are passed over.</summary>
    public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
    {
        var header = TensorHeader.Read(reader);
        if (skip)
        {
            Pass(reader.BaseStream, header.Bytes);
            return;
        }
        if (header.Type != tensor.dtype) throw new ArgumentException($"the file holds {header.Type}, the tensor is {tensor.dtype}: they must be the same to load one into the other");
        if (!header.Shape.AsSpan().SequenceEqual(tensor.shape))
            throw new ArgumentException($"the file holds the shape [{string.Join(", ", header.Shape)}], the tensor has [{string.Join(", ", tensor.shape)}]: they must be the same to load one into the other");
        tensor.ReadBytesFromStream(reader.BaseStream);
    }

    public static Tensor Load(BinaryReader reader, bool skip = false)
    {
        Tensor? tensor = null;
        Load(ref tensor, reader, skip);
        return tensor!;
    }

    /// <summary>As the other overloads; a tensor that is null is created first.</summary>
    public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
    {
        if (tensor is not null || skip)
        {
            if (tensor is not null) tensor.Load(reader, skip);
            else Pass(reader.BaseStream, TensorHeader.Read(reader).Bytes);
            return;
        }
        var header = TensorHeader.Read(reader);
        var made = empty(header.Shape, header.Type, torch.CPU);
        try
        {
            made.ReadBytesFromStream(reader.BaseStream);
        }
        catch
        {
            made.Dispose();
            throw;
        }
        tensor = made;
    }

    static void Pass(Stream stream, long bytes)
    {
        if (stream.CanSeek)
        {
            stream.Seek(bytes, SeekOrigin.Current);
            return;
        }
        var buffer = new byte[81920];
        for (; bytes > 0; bytes -= Math.Min(bytes, buffer.Length)) stream.ReadExactly(buffer, 0, (int)Math.Min(bytes, buffer.Length));
    }
}
