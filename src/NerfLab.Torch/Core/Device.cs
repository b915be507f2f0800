namespace TorchSharp;

public static partial class torch
{
    /// <summary>Where a tensor's memory is: a kind of device and its index (-1: the current one).</summary>
    public class Device
    {
        public DeviceType type { get; }

        public int index { get; }

        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public Device(string deviceType, int index = -1) : this(Parse(deviceType).Type, index) { }

        public Device(string description) => (type, index) = Parse(description);

        public Device(int index) : this(DeviceType.CUDA, index) { }

        static (DeviceType Type, int Index) Parse(string description)
        {
            var parts = description.Split(':');
            int index = -1;
            if (parts.Length > 2 || !Enum.TryParse<DeviceType>(parts[0], ignoreCase: true, out var type) || int.TryParse(parts[0], out _)
                || (parts.Length == 2 && !int.TryParse(parts[1], out index)))
                throw new ArgumentException($"device '{description}': expected cpu, cuda, mps or meta, with an index as in cuda:0");
            return (type, index);
        }

        public override string ToString() => index < 0 ? type.ToString().ToLowerInvariant() : $"{type.ToString().ToLowerInvariant()}:{index}";

        public static implicit operator Device(string description) => new(description);

        public override bool Equals(object? obj) => obj is Device other && other.type == type && other.index == index;

        public override int GetHashCode() => HashCode.Combine(type, index);
    }

    public static readonly Device CPU = new(DeviceType.CPU);

    public static readonly Device META = new(DeviceType.META);

    public static Device CUDA { get; } = new(DeviceType.CUDA);

    public static Device MPS { get; } = new(DeviceType.MPS);

    public static Device device(string description) => new(description);

    public static Device device(string deviceType, int index = -1) => new(deviceType, index);

    public static Device device(DeviceType deviceType, int index = -1) => new(deviceType, index);

    public static Device device(int index) => new(index);

    public static bool cuda_is_available() => Native.nl_cuda_count() > 0;

    public static bool mps_is_available() => false;

    public static bool TryInitializeDeviceType(DeviceType deviceType) => deviceType switch
    {
        DeviceType.CPU or DeviceType.META => true,
        DeviceType.CUDA => cuda_is_available(),
        _ => false,
    };

    public static void InitializeDeviceType(DeviceType deviceType)
    {
        if (!TryInitializeDeviceType(deviceType)) throw new InvalidOperationException($"Torch device type {deviceType} did not initialise on the current machine.");
    }

    public static Device InitializeDevice(Device? device)
    {
        device ??= get_default_device();
        InitializeDeviceType(device.type);
        return device;
    }

    public static class cuda
    {
        public static bool is_available() => cuda_is_available();

        public static bool is_cudnn_available() => is_available() && Native.nl_cudnn_available() != 0;

        public static int device_count() => Native.nl_cuda_count();

        public static void manual_seed(long seed)
        {
            if (!is_available()) return;
            using var generator = Generator.DefaultOf(CUDA);
            generator.manual_seed(seed);
        }

        public static void manual_seed_all(long seed)
        {
            for (int i = 0; i < device_count(); i++)
            {
                using var generator = Generator.DefaultOf(new Device(DeviceType.CUDA, i));
                generator.manual_seed(seed);
            }
        }

        /// <summary>Waits until all work queued on the device is done.</summary>
        public static void synchronize(Device? device = null)
        {
            if (!is_available()) return;
            // Reading a value waits for everything queued before it on the current stream, the only one used here.
            using var scope = NewDisposeScope();
            zeros(new long[] { 1 }, ScalarType.Float32, device ?? CUDA).ToSingle();
        }
    }

    public static partial class backends
    {
        public static partial class cuda
        {
            public static bool flash_sdp_enabled() => Native.Get(Native.Switch.FlashAttention);

            public static void enable_flash_sdp(bool enable) => Native.Set(Native.Switch.FlashAttention, enable);

            public static bool math_sdp_enabled() => Native.Get(Native.Switch.MathAttention);

            public static void enable_math_sdp(bool enable) => Native.Set(Native.Switch.MathAttention, enable);

            public static class matmul
            {
                public static bool allow_tf32 { get => Native.Get(Native.Switch.Tf32Matmul); set => Native.Set(Native.Switch.Tf32Matmul, value); }

                public static bool allow_fp16_reduced_precision_reduction { get => Native.Get(Native.Switch.HalfReduction); set => Native.Set(Native.Switch.HalfReduction, value); }
            }
        }

        public static class cudnn
        {
            public static bool allow_tf32 { get => Native.Get(Native.Switch.Tf32Cudnn); set => Native.Set(Native.Switch.Tf32Cudnn, value); }
        }
    }

    public static int get_num_threads() => Native.nl_threads();

    public static void set_num_threads(int num) => Native.Check(Native.nl_set_threads(num));

    public static int get_num_interop_threads() => Native.nl_interop_threads();

    public static void set_num_interop_threads(int num) => Native.Check(Native.nl_set_interop_threads(num));

    public static unsafe string __version__ => System.Runtime.InteropServices.Marshal.PtrToStringUTF8((nint)Native.nl_version())!;
}
