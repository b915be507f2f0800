namespace TorchSharp;

// Tensors made in the image of another one.
public static partial class torch
{
    public partial class Tensor
    {
        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.empty_like(this, dtype, device, requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones_like(this, dtype, device, requires_grad);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.zeros_like(this, dtype, device, requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.rand_like(this, dtype, device, requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.randn_like(this, dtype, device, requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.full_like(this, value, dtype, device, requires_grad);

        public Tensor randint_like(long low, long high, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.randint_like(this, low, high, dtype, device, requires_grad);

        // --- of this type and on this device, unless others are given

        public Tensor new_ones(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones(new long[] { size }, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_ones(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones(new long[] { rows, columns }, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_ones(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones(new long[] { dim0, dim1, dim2 }, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_ones(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.ones(new long[] { dim0, dim1, dim2, dim3 }, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_zeros(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.zeros(size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_zeros(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_zeros(size.ToArray(), dtype, device, requires_grad);

        public Tensor new_zeros(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_zeros(new long[] { size }, dtype, device, requires_grad);

        public Tensor new_zeros(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_zeros(new long[] { rows, columns }, dtype, device, requires_grad);

        public Tensor new_zeros(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_zeros(new long[] { dim0, dim1, dim2 }, dtype, device, requires_grad);

        public Tensor new_zeros(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_zeros(new long[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad);

        public Tensor new_empty(long[] size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.empty(size, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_empty(ReadOnlySpan<long> size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_empty(size.ToArray(), dtype, device, requires_grad);

        public Tensor new_empty(long size, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_empty(new long[] { size }, dtype, device, requires_grad);

        public Tensor new_empty(long rows, long columns, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_empty(new long[] { rows, columns }, dtype, device, requires_grad);

        public Tensor new_empty(long dim0, long dim1, long dim2, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_empty(new long[] { dim0, dim1, dim2 }, dtype, device, requires_grad);

        public Tensor new_empty(long dim0, long dim1, long dim2, long dim3, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_empty(new long[] { dim0, dim1, dim2, dim3 }, dtype, device, requires_grad);

        public Tensor new_full(long[] size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => torch.full(size, value, dtype ?? this.dtype, device ?? this.device, requires_grad);

        public Tensor new_full(ReadOnlySpan<long> size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_full(size.ToArray(), value, dtype, device, requires_grad);

        public Tensor new_full(long size, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_full(new long[] { size }, value, dtype, device, requires_grad);

        public Tensor new_full(long rows, long columns, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_full(new long[] { rows, columns }, value, dtype, device, requires_grad);

        public Tensor new_full(long dim0, long dim1, long dim2, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_full(new long[] { dim0, dim1, dim2 }, value, dtype, device, requires_grad);

        public Tensor new_full(long dim0, long dim1, long dim2, long dim3, Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) => new_full(new long[] { dim0, dim1, dim2, dim3 }, value, dtype, device, requires_grad);

        // --- this tensor resized and refilled

        Tensor Refilled(string op, params ReadOnlySpan<Arg> arguments)
        {
            Op.Call(op, [.. arguments, this]).Dispose();
            return this;
        }

        public Tensor empty(params long[] sizes) => Refilled("empty.out", sizes, Arg.None);

        public Tensor ones(params long[] sizes) => Refilled("ones.out", sizes);

        public Tensor zeros(params long[] sizes) => Refilled("zeros.out", sizes);

        public Tensor full(long[] sizes, Scalar value) => Refilled("full.out", sizes, value);

        public Tensor full(ReadOnlySpan<long> sizes, Scalar value) => full(sizes.ToArray(), value);

        public Tensor eye(long rows, long columns) => Refilled("eye.m_out", rows, columns);

        public Tensor arange_out(Scalar start, Scalar stop, Scalar step) => Refilled("arange.start_out", start, stop, step);

        public Tensor rand_out(params long[] sizes) => Refilled("rand.out", sizes);

        public Tensor randn_out(params long[] sizes) => Refilled("randn.out", sizes);

        public Tensor randint_out(long high, long[] sizes) => Refilled("randint.out", high, sizes);
    }
}
