using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>An n-dimensional array in native memory. Its operators are in the other files of this partial class.</summary>
    public partial class Tensor : IDisposable
    {
        nint _handle;
        readonly long _bytes;

        // Small tensors are not worth a message to the garbage collector.
        const long WorthTelling = 1 << 14;

        static long s_total, s_peak;

        internal Tensor(nint handle, long bytes)
        {
            (_handle, _bytes) = (handle, bytes);
            long total = Interlocked.Increment(ref s_total);
            if (total > s_peak) s_peak = total;
            var manager = DisposeScopeManager.OfThread;
            var statistics = manager.ThreadStatistics.TensorStatistics;
            if (manager.Current is { } scope)
            {
                statistics.CreatedInScopeCount++;
                scope.Add(this);
            }
            else
            {
                statistics.CreatedOutsideScopeCount++;
                TellGarbageCollector(true);
            }
        }

        /// <summary>Takes over a handle (a heap-allocated <c>at::Tensor*</c>) made elsewhere.</summary>
        public static Tensor UnsafeCreateTensor(nint handle) => new(handle, 0);

        /// <summary>The scope that will dispose this tensor; null when nobody but the garbage collector will.</summary>
        internal DisposeScope? Scope { get; private set; }

        internal int ScopeSlot { get; private set; } = -1;

        internal void SetScope(DisposeScope? scope, int slot)
        {
            // Memory in a scope is freed in time anyway; only what waits for a finaliser has to press for a collection.
            if (scope is null != Scope is null && ScopeSlot != slot) TellGarbageCollector(scope is null);
            (Scope, ScopeSlot) = (scope, slot);
        }

        bool _told;

        void TellGarbageCollector(bool alive)
        {
            if (_bytes < WorthTelling || alive == _told) return;
            _told = alive;
            if (alive) GC.AddMemoryPressure(_bytes);
            else GC.RemoveMemoryPressure(_bytes);
        }

        ~Tensor() => Dispose(false);

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (disposing && _handle != 0)
            {
                if (Scope is { } scope) scope.MarkAsDisposed(this);
                else DisposeScopeManager.Statistics.TensorStatistics.DisposedOutsideScopeCount++;
            }
            var handle = Interlocked.Exchange(ref _handle, 0);
            if (handle == 0) return;
            TellGarbageCollector(false);
            Interlocked.Decrement(ref s_total);
            Native.nl_tensor_delete(handle);
        }

        /// <summary>Gives the handle up for <see cref="Free"/>; only for a scope that is being emptied.</summary>
        internal nint Abandon()
        {
            (Scope, ScopeSlot) = (null, -1);
            GC.SuppressFinalize(this);
            return Interlocked.Exchange(ref _handle, 0);
        }

        internal static unsafe void Free(List<nint> handles)
        {
            Interlocked.Add(ref s_total, -handles.Count);
            fixed (nint* first = CollectionsMarshal.AsSpan(handles)) Native.nl_tensors_delete(first, handles.Count);
        }

        public static long TotalCount => Interlocked.Read(ref s_total);

        public static long PeakCount => s_peak;

        public bool IsInvalid => _handle == 0;

        public nint Handle
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => _handle != 0 ? _handle : throw new InvalidOperationException("Tensor invalid -- empty handle.");
        }

        /// <summary>Gives up ownership: the caller must free the handle.</summary>
        public nint DecoupleFromNativeHandle()
        {
            var handle = Handle;
            Scope?.Detach(this);
            GC.SuppressFinalize(this);
            TellGarbageCollector(false);
            Interlocked.Decrement(ref s_total);
            _handle = 0;
            return handle;
        }

        public Tensor MoveToOuterDisposeScope()
        {
            Scope?.MoveToOuter(this);
            return this;
        }

        public Tensor DetachFromDisposeScope()
        {
            Scope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (other is null) Scope?.Detach(this);
            else other.MoveToOther(other, this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.Scope);

        /// <summary>Another tensor object over the same memory and history.</summary>
        public Tensor alias()
        {
            var other = Native.nl_tensor_alias(Handle);
            GC.KeepAlive(this);
            return new(other, 0);
        }

        // --- what it is ------------------------------------------------------------------------------------------

        [SkipLocalsInit]
        unsafe Native.Info Info()
        {
            Native.Info info;
            Native.Check(Native.nl_tensor_info(Handle, &info));
            GC.KeepAlive(this);
            return info;
        }

        public string? name { get; set; }

        public ScalarType dtype => (ScalarType)Info().Dtype;

        public Device device
        {
            get
            {
                var info = Info();
                return new Device((DeviceType)info.Device, info.DeviceIndex);
            }
        }

        public DeviceType device_type => (DeviceType)Info().Device;

        public int device_index => Info().DeviceIndex;

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Info().IsLeaf;

        public bool is_sparse => Info().IsSparse;

        public bool is_contiguous() => Info().IsContiguous;

        public bool is_conj() => Info().IsConj;

        public bool is_neg() => Info().IsNeg;

        public long Dimensions => Info().Dimensions;

        public long ndim => Info().Dimensions;

        public long dim() => Info().Dimensions;

        public long NumberOfElements => Info().Numel;

        public long numel() => Info().Numel;

        public long ElementSize => Info().ElementSize;

        public long element_size() => Info().ElementSize;

        public long storage_offset() => Info().Offset;

        public unsafe long[] shape
        {
            get
            {
                var sizes = new long[Info().Dimensions];
                fixed (long* first = sizes) Native.nl_tensor_sizes(Handle, first);
                GC.KeepAlive(this);
                return sizes;
            }
        }

        public long[] size() => shape;

        public long size(int dim) => shape[Wrap(dim)];

        public unsafe long[] stride()
        {
            var strides = new long[Info().Dimensions];
            fixed (long* first = strides) Native.Check(Native.nl_tensor_strides(Handle, first));
            GC.KeepAlive(this);
            GC.KeepAlive(this);
            return strides;
        }

        public long stride(int dim) => stride()[Wrap(dim)];

        int Wrap(int dim)
        {
            int dimensions = Info().Dimensions;
            return dim >= -dimensions && dim < dimensions ? (dim + dimensions) % dimensions
                : throw new ArgumentOutOfRangeException(nameof(dim), $"dimension {dim} of a tensor with {dimensions} dimensions");
        }

        // --- gradients -------------------------------------------------------------------------------------------

        public bool requires_grad
        {
            get => Info().RequiresGrad;
            set
            {
                Native.Check(Native.nl_tensor_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        public Tensor? grad
        {
            get
            {
                var handle = Native.nl_tensor_grad(Handle);
                GC.KeepAlive(this);
                return handle == 0 ? null : new Tensor(handle, 0);
            }
            set
            {
                Native.Check(Native.nl_tensor_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive((this, value));
            }
        }

        public void retain_grad()
        {
            Native.Check(Native.nl_tensor_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        /// <summary>Replaces the memory behind this tensor while autograd and everyone who holds it keep knowing it.</summary>
        internal void SetData(Tensor source)
        {
            Native.Check(Native.nl_tensor_set_data(Handle, source.Handle));
            GC.KeepAlive((this, source));
        }

        // --- memory ----------------------------------------------------------------------------------------------

        /// <summary>The address of the first element, checked to lie in memory that this process may read.</summary>
        internal unsafe void* Pointer
        {
            get
            {
                if (!is_cpu()) throw new InvalidOperationException("Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                var data = (void*)Native.nl_tensor_data(Handle);
                GC.KeepAlive(this);
                return data;
            }
        }

        public unsafe Span<byte> bytes
        {
            get
            {
                var info = Info();
                if (!info.IsContiguous) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                return new Span<byte>(Pointer, checked((int)(info.Numel * info.ElementSize)));
            }
            set
            {
                if (value.Length != NumberOfElements * ElementSize) throw new ArgumentException($"bytes: expected {NumberOfElements * ElementSize}, got {value.Length}");
                value.CopyTo(bytes);
            }
        }

        public Utils.TensorAccessor<T> data<T>() where T : unmanaged => new(this);

        public unsafe T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            Utils.TensorAccessor<T>.CheckType(dtype);
            using var scope = is_cpu() ? null : NewDisposeScope();
            var here = is_cpu() ? this : cpu();
            var value = *(T*)here.Pointer;
            GC.KeepAlive(here);
            return value;
        }

        unsafe (long Integer, double Real, double Imaginary) Value()
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            long integer;
            double real, imaginary = 0;
            Native.Check(Native.nl_tensor_item(Handle, &integer, &real, &imaginary));
            GC.KeepAlive(this);
            return (integer, real, imaginary);
        }

        internal double ItemAsDouble() => Value().Real;

        internal long ItemAsLong()
        {
            var (integer, real, _) = Value();
            return is_floating_point() ? (long)real : integer;
        }

        internal System.Numerics.Complex ItemAsComplex()
        {
            var (_, real, imaginary) = Value();
            return new(real, imaginary);
        }

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_integral() => torch.is_integral(dtype);
    }

    public static bool is_integral(ScalarType type) => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    public static bool is_floating_point(ScalarType type) => type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    public static bool is_complex(ScalarType type) => type is ScalarType.ComplexFloat32 or ScalarType.ComplexFloat64;
}
