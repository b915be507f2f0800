namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers of its own.</summary>
    public class Generator : IDisposable
    {
        nint _handle;

        Generator(nint handle, Device device) => (_handle, this.device) = (handle, device);

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            _handle = Native.Check(Native.nl_generator(seed, (int)this.device.type, this.device.index));
        }

        internal static Generator DefaultOf(Device device) => new(Native.Check(Native.nl_generator_default((int)device.type, device.index)), device);

        public static Generator Default => DefaultOf(CPU);

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Device device { get; }

        public Tensor get_state()
        {
            var state = Native.Check(Native.nl_generator_state(Handle));
            GC.KeepAlive(this);
            return new(state, 0);
        }

        public void set_state(Tensor value)
        {
            Native.Check(Native.nl_generator_set_state(Handle, value.Handle));
            GC.KeepAlive((this, value));
        }

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.nl_generator_seed(Handle, (ulong)seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Seeds from the system's entropy and returns the seed.</summary>
        public long seed()
        {
            long value = Random.Shared.NextInt64();
            manual_seed(value);
            return value;
        }

        public long initial_seed()
        {
            long seed = Native.nl_generator_initial_seed(Handle);
            GC.KeepAlive(this);
            return seed;
        }

        protected virtual void Dispose(bool disposing)
        {
            if (_handle == 0) return;
            Native.nl_generator_delete(_handle);
            _handle = 0;
        }

        ~Generator() => Dispose(false);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }
    }

    public static Generator manual_seed(long seed)
    {
        Native.Check(Native.nl_manual_seed((ulong)seed));
        return Generator.Default;
    }

    public static long seed() => Generator.Default.seed();

    public static long initial_seed() => Generator.Default.initial_seed();

    public static Tensor get_rng_state() => Generator.Default.get_state();

    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    public static class random
    {
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        public static long seed() => torch.seed();

        public static long initial_seed() => torch.initial_seed();

        public static Tensor get_rng_state() => torch.get_rng_state();

        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }
}
