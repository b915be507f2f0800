using System.Numerics;
using System.Runtime.InteropServices;

namespace TorchSharp;

// From one dtype or device to another, and from tensors to C# values.
public static partial class torch
{
    public partial class Tensor
    {
        Tensor Replacing(bool disposeAfter, Tensor result)
        {
            if (disposeAfter) Dispose();
            return result;
        }

        public Tensor to(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            Replacing(disposeAfter, Op.Call("to.dtype", this, type, non_blocking, copy));

        public Tensor to_type(ScalarType type, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(type, copy, disposeAfter, non_blocking);

        public Tensor to(ScalarType type, Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false)
        {
            InitializeDeviceType(device.type);
            return Replacing(disposeAfter, Op.Call("to.device", this, device, type, non_blocking, copy));
        }

        public Tensor to(Device device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(dtype, device, copy, disposeAfter, non_blocking);

        public Tensor to(DeviceType deviceType, int deviceIndex = -1, bool copy = false, bool disposeAfter = false, bool non_blocking = false) =>
            to(new Device(deviceType, deviceIndex), copy, disposeAfter, non_blocking);

        public Tensor to(string device, bool copy = false, bool disposeAfter = false, bool non_blocking = false) => to(new Device(device), copy, disposeAfter, non_blocking);

        public Tensor to(Tensor other, bool non_blocking = false) => to(other.dtype, other.device, non_blocking: non_blocking);

        public Tensor cpu() => to(CPU);

        public Tensor cuda(Device? device = null, bool non_blocking = false) => to(device ?? CUDA, non_blocking: non_blocking);

        public Tensor mps(bool non_blocking = false) => to(MPS, non_blocking: non_blocking);

        public Tensor type_as(Tensor tensor) => to(tensor.dtype);

        public Tensor type(Func<Tensor, Tensor> typeFunc) => typeFunc(this);

        public Tensor type(ScalarType dtype) => to(dtype);

        public Tensor @bool() => to(ScalarType.Bool);

        public Tensor @byte() => to(ScalarType.Byte);

        public Tensor @char() => to(ScalarType.Int8);

        public Tensor @short() => to(ScalarType.Int16);

        public Tensor @int() => to(ScalarType.Int32);

        public Tensor @long() => to(ScalarType.Int64);

        public Tensor half() => to(ScalarType.Float16);

        public Tensor bfloat16() => to(ScalarType.BFloat16);

        public Tensor @float() => to(ScalarType.Float32);

        public Tensor @double() => to(ScalarType.Float64);

        public Tensor cfloat() => to(ScalarType.ComplexFloat32);

        public Tensor cdouble() => to(ScalarType.ComplexFloat64);

        // --- quantized elements

        public bool is_quantized() => torch.is_quantized(dtype);

        public Tensor dequantize() => Op.Call("dequantize.self", this);

        public Tensor int_repr() => Op.Call("int_repr", this);

        public Tensor q_per_channel_scales() => Op.Call("q_per_channel_scales", this);

        public Tensor q_per_channel_zero_points() => Op.Call("q_per_channel_zero_points", this);

        // --- numbers

        public Scalar ToScalar()
        {
            var (integer, real, imaginary) = Value();
            return dtype switch
            {
                ScalarType.Bool => integer != 0,
                ScalarType.Byte => (byte)integer,
                ScalarType.Int8 => (sbyte)integer,
                ScalarType.Int16 => (short)integer,
                ScalarType.Int32 => (int)integer,
                ScalarType.Int64 => integer,
                ScalarType.Float16 => (Half)real,
                ScalarType.BFloat16 => (BFloat16)(float)real,
                ScalarType.Float32 => (float)real,
                ScalarType.Float64 => real,
                ScalarType.ComplexFloat32 => ((float)real, (float)imaginary),
                ScalarType.ComplexFloat64 => new Complex(real, imaginary),
                var other => throw new NotSupportedException($"a number of type {other}"),
            };
        }

        public T ReadCpuValue<T>(long i) where T : unmanaged
        {
            using var elements = data<T>();
            return elements[i];
        }

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);

        public sbyte ReadCpuSByte(long i) => ReadCpuValue<sbyte>(i);

        public short ReadCpuInt16(long i) => ReadCpuValue<short>(i);

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        /// <summary>The value of a 0-d tensor; otherwise lists of lists of values.</summary>
        public object tolist()
        {
            var here = is_cpu() ? this : cpu();
            try
            {
                return Nested(here.ValueAt, here.shape, here.stride(), 0, 0);
            }
            finally
            {
                if (!ReferenceEquals(here, this)) here.Dispose();
            }

            static object Nested(Func<long, object> value, long[] shape, long[] stride, int dimension, long offset)
            {
                if (dimension == shape.Length) return value(offset);
                var list = new System.Collections.ArrayList(checked((int)shape[dimension]));
                for (long i = 0; i < shape[dimension]; i++) list.Add(Nested(value, shape, stride, dimension + 1, offset + i * stride[dimension]));
                return list;
            }
        }

        /// <summary>The element at a distance from the first one, in elements; the caller knows that it exists.</summary>
        internal unsafe object ValueAt(long offset)
        {
            var data = Pointer;
            object value = dtype switch
            {
                ScalarType.Bool => ((byte*)data)[offset] != 0,
                ScalarType.Byte => ((byte*)data)[offset],
                ScalarType.Int8 => ((sbyte*)data)[offset],
                ScalarType.Int16 => ((short*)data)[offset],
                ScalarType.Int32 => ((int*)data)[offset],
                ScalarType.Int64 => ((long*)data)[offset],
                ScalarType.Float16 => ((Half*)data)[offset],
                ScalarType.BFloat16 => ((BFloat16*)data)[offset],
                ScalarType.Float32 => ((float*)data)[offset],
                ScalarType.Float64 => ((double*)data)[offset],
                ScalarType.ComplexFloat32 => (((float*)data)[2 * offset], ((float*)data)[2 * offset + 1]),
                ScalarType.ComplexFloat64 => ((Complex*)data)[offset],
                var other => throw new NotSupportedException($"values of type {other}"),
            };
            GC.KeepAlive(this);
            return value;
        }

        // --- conversions that C# does by itself

        public static implicit operator Tensor(byte value) => tensor(value);

        public static implicit operator Tensor(sbyte value) => tensor(value);

        public static implicit operator Tensor(short value) => tensor(value);

        public static implicit operator Tensor(int value) => tensor(value);

        public static implicit operator Tensor(long value) => tensor(value);

        public static implicit operator Tensor(float value) => tensor(value);

        public static implicit operator Tensor(double value) => tensor(value);

        public static implicit operator Tensor(bool value) => tensor(value);

        public static implicit operator Tensor((float, float) value) => tensor(value);

        public static implicit operator Tensor(Complex value) => tensor(value);

        public static implicit operator Tensor(byte[] value) => tensor(value);

        public static implicit operator Tensor(sbyte[] value) => tensor(value);

        public static implicit operator Tensor(short[] value) => tensor(value);

        public static implicit operator Tensor(int[] value) => tensor(value);

        public static implicit operator Tensor(long[] value) => tensor(value);

        public static implicit operator Tensor(float[] value) => tensor(value);

        public static implicit operator Tensor(double[] value) => tensor(value);

        public static implicit operator Tensor(bool[] value) => tensor(value);

        public static implicit operator Tensor((float, float)[] value) => tensor(value);

        public static implicit operator Tensor(Complex[] value) => tensor(value);

        /// <summary>F#'s pipe through a module; C# has no symbol for it.</summary>
        public static Tensor op_MinusMinusGreater(Tensor t, nn.Module<Tensor, Tensor> m) => m.call(t);

        public static implicit operator Tensor(Scalar scalar) => torch.full(Array.Empty<long>(), scalar, scalar.Type);

        public static explicit operator float(Tensor value) => value.ToSingle();

        public static explicit operator double(Tensor value) => value.ToDouble();

        public static explicit operator sbyte(Tensor value) => value.ToSByte();

        public static explicit operator byte(Tensor value) => value.ToByte();

        public static explicit operator short(Tensor value) => value.ToInt16();

        public static explicit operator int(Tensor value) => value.ToInt32();

        public static explicit operator long(Tensor value) => value.ToInt64();

        public static explicit operator bool(Tensor value) => value.ToBoolean();

    }
}

public static partial class torch
{
    public static Tensor dequantize(Tensor input) => input.dequantize();
}

public static class ScalarExtensionMethods
{
    public static Scalar ToScalar(this byte value) => value;

    public static Scalar ToScalar(this sbyte value) => value;

    public static Scalar ToScalar(this short value) => value;

    public static Scalar ToScalar(this int value) => value;

    public static Scalar ToScalar(this long value) => value;

    public static Scalar ToScalar(this float value) => value;

    public static Scalar ToScalar(this double value) => value;

    public static Scalar ToScalar(this (float, float) value) => value;

    public static Scalar ToScalar(this Complex value) => value;

    public static Scalar ToScalar(this bool value) => value;

    public static Scalar ToScalar(this Half value) => value;

    public static Scalar ToScalar(this BFloat16 value) => value;

    public static Scalar ToBFloat16Scalar(this float value) => (BFloat16)value;

    public static Half ToHalf(this Scalar value) => (Half)value.AsDouble;

    public static BFloat16 ToBFloat16(this Scalar value) => (BFloat16)(float)value.AsDouble;

    public static float ToSingle(this Scalar value) => (float)value.AsDouble;

    public static double ToDouble(this Scalar value) => value.AsDouble;

    public static sbyte ToSByte(this Scalar value) => checked((sbyte)value.AsLong);

    public static byte ToByte(this Scalar value) => checked((byte)value.AsLong);

    public static short ToInt16(this Scalar value) => checked((short)value.AsLong);

    public static int ToInt32(this Scalar value) => checked((int)value.AsLong);

    public static long ToInt64(this Scalar value) => value.AsLong;

    public static bool ToBoolean(this Scalar value) => value.AsComplex != 0;

    public static (float Real, float Imaginary) ToComplexFloat32(this Scalar value) => ((float)value.AsComplex.Real, (float)value.AsComplex.Imaginary);

    public static Complex ToComplexFloat64(this Scalar value) => value.AsComplex;
}

public static partial class TensorExtensionMethods
{
    public static Half ToHalf(this torch.Tensor value) => (Half)value.ItemAsDouble();

    public static BFloat16 ToBFloat16(this torch.Tensor value) => (BFloat16)(float)value.ItemAsDouble();

    public static float ToSingle(this torch.Tensor value) => (float)value.ItemAsDouble();

    public static double ToDouble(this torch.Tensor value) => value.ItemAsDouble();

    public static sbyte ToSByte(this torch.Tensor value) => checked((sbyte)value.ItemAsLong());

    public static byte ToByte(this torch.Tensor value) => checked((byte)value.ItemAsLong());

    public static short ToInt16(this torch.Tensor value) => checked((short)value.ItemAsLong());

    public static int ToInt32(this torch.Tensor value) => checked((int)value.ItemAsLong());

    public static long ToInt64(this torch.Tensor value) => value.ItemAsLong();

    public static bool ToBoolean(this torch.Tensor value) => value.ItemAsComplex() != 0;

    public static (float Real, float Imaginary) ToComplexFloat32(this torch.Tensor value) => ((float)value.ItemAsComplex().Real, (float)value.ItemAsComplex().Imaginary);

    public static (float Real, float Imaginary) ToComplex32(this torch.Tensor value) => value.ToComplexFloat32();

    public static Complex ToComplexFloat64(this torch.Tensor value) => value.ItemAsComplex();

    public static Complex ToComplex64(this torch.Tensor value) => value.ItemAsComplex();

    public static int ElementSize(this torch.ScalarType type) => type switch
    {
        torch.ScalarType.Byte or torch.ScalarType.Int8 or torch.ScalarType.Bool or torch.ScalarType.QInt8 or torch.ScalarType.QUInt8 => 1,
        torch.ScalarType.Int16 or torch.ScalarType.Float16 or torch.ScalarType.BFloat16 => 2,
        torch.ScalarType.Int32 or torch.ScalarType.Float32 or torch.ScalarType.QInt32 => 4,
        torch.ScalarType.Int64 or torch.ScalarType.Float64 or torch.ScalarType.ComplexFloat32 => 8,
        torch.ScalarType.ComplexFloat64 => 16,
        _ => throw new ArgumentException($"{(int)type} is no element type"),
    };
}
