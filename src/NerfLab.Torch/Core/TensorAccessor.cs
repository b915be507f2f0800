using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Typed access to a tensor's elements in logical order, whatever its strides; the tensor must be on the CPU.</summary>
public sealed class TensorAccessor<T> : IDisposable, IEnumerable<T> where T : unmanaged
{
    readonly torch.Tensor _tensor;
    readonly long[] _shape, _strides;
    readonly bool _contiguous;

    internal TensorAccessor(torch.Tensor tensor)
    {
        CheckType(tensor.dtype);
        if (!tensor.is_cpu()) throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
        _tensor = tensor;
        (_shape, _strides, _contiguous) = (tensor.shape, tensor.stride(), tensor.is_contiguous());
        Count = tensor.NumberOfElements;
    }

    internal static void CheckType(torch.ScalarType dtype)
    {
        var expected = dtype switch
        {
            torch.ScalarType.Byte or torch.ScalarType.QUInt8 => typeof(byte),
            torch.ScalarType.Int8 or torch.ScalarType.QInt8 => typeof(sbyte),
            torch.ScalarType.Int16 => typeof(short),
            torch.ScalarType.Int32 or torch.ScalarType.QInt32 => typeof(int),
            torch.ScalarType.Int64 => typeof(long),
            torch.ScalarType.Float16 => typeof(Half),
            torch.ScalarType.Float32 => typeof(float),
            torch.ScalarType.Float64 => typeof(double),
            torch.ScalarType.ComplexFloat32 => typeof((float, float)),
            torch.ScalarType.ComplexFloat64 => typeof(System.Numerics.Complex),
            torch.ScalarType.Bool => typeof(bool),
            _ => null,
        };
        if (typeof(T) != expected) throw new ArgumentException($"{typeof(T).Name} is not compatible with {dtype}");
    }

    public long Count { get; }

    public bool IsReadOnly => false;

    unsafe T* Address(long logical)
    {
        var data = (T*)_tensor.Pointer;
        if (_contiguous) return data + logical;
        long offset = 0;
        for (int d = _shape.Length - 1; d >= 0; d--)
        {
            offset += logical % _shape[d] * _strides[d];
            logical /= _shape[d];
        }
        return data + offset;
    }

    public unsafe T this[params long[] indices]
    {
        get
        {
            var value = *Element(indices);
            GC.KeepAlive(_tensor);
            return value;
        }
        set
        {
            *Element(indices) = value;
            GC.KeepAlive(_tensor);
        }
    }

    unsafe T* Element(long[] indices)
    {
        if (indices.Length == 1)
            return indices[0] >= 0 && indices[0] < Count ? Address(indices[0]) : throw new IndexOutOfRangeException($"index {indices[0]} of {Count} elements");
        if (indices.Length != _shape.Length) throw new ArgumentException($"{indices.Length} indices for a tensor with {_shape.Length} dimensions");
        long offset = 0;
        for (int d = 0; d < indices.Length; d++)
        {
            if (indices[d] < 0 || indices[d] >= _shape[d]) throw new IndexOutOfRangeException($"index {indices[d]} of dimension {d} with size {_shape[d]}");
            offset += indices[d] * _strides[d];
        }
        return (T*)_tensor.Pointer + offset;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array.AsSpan());
        return array;
    }

    public Array ToNDArray()
    {
        var array = Array.CreateInstance(typeof(T), _shape);
        var indices = new long[_shape.Length];
        for (long i = 0; i < Count; i++)
        {
            long rest = i;
            for (int d = _shape.Length - 1; d >= 0; d--) (rest, indices[d]) = Math.DivRem(rest, _shape[d]);
            array.SetValue(this[i], indices);
        }
        return array;
    }

    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyTo(array.AsSpan(), arrayIndex, tensorIndex);

    public unsafe void CopyTo(Span<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        long count = Math.Min(Count - tensorIndex, array.Length - arrayIndex);
        if (_contiguous)
        {
            new ReadOnlySpan<T>((T*)_tensor.Pointer + tensorIndex, checked((int)count)).CopyTo(array[arrayIndex..]);
        }
        else for (long i = 0; i < count; i++) array[arrayIndex + (int)i] = *Address(tensorIndex + i);
        // Else a collection during the copy could free the memory: nobody may need the tensor any more.
        GC.KeepAlive(_tensor);
    }

    public void CopyFrom(T[] array, int arrayIndex = 0, long tensorIndex = 0) => CopyFrom(array.AsSpan(), arrayIndex, tensorIndex);

    public unsafe void CopyFrom(ReadOnlySpan<T> array, int arrayIndex = 0, long tensorIndex = 0)
    {
        long count = Math.Min(Count - tensorIndex, array.Length - arrayIndex);
        if (_contiguous)
        {
            array.Slice(arrayIndex, checked((int)count)).CopyTo(new Span<T>((T*)_tensor.Pointer + tensorIndex, (int)count));
        }
        else for (long i = 0; i < count; i++) *Address(tensorIndex + i) = array[arrayIndex + (int)i];
        GC.KeepAlive(_tensor);
    }

    public static bool operator ==(TensorAccessor<T> left, TensorAccessor<T> right) => left.Equals(right);

    public static bool operator !=(TensorAccessor<T> left, TensorAccessor<T> right) => !left.Equals(right);

    public override bool Equals(object? obj) => obj is TensorAccessor<T> other && Count == other.Count && this.SequenceEqual(other);

    public override int GetHashCode() => HashCode.Combine(Count, _tensor);

    public IEnumerator<T> GetEnumerator()
    {
        for (long i = 0; i < Count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Nothing to release: the tensor belongs to whoever made it.</summary>
    public void Dispose() { }
}
