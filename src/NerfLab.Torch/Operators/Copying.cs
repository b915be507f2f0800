namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Copies
        public Tensor clone() => Op.Call("clone", this);
        public Tensor contiguous() => Op.Call("contiguous", this);
        public Tensor copy_(Tensor source, bool nonBlocking = false) => Op.InPlace("copy_", this, source, nonBlocking);
        public Tensor fill_(Scalar value) => Op.InPlace("fill_.Scalar", this, value);
        public Tensor zero_() => Op.InPlace("zero_", this);
        public Tensor set_(Tensor source) => Op.InPlace("set_.source_Tensor", this, source);
        public Tensor as_strided(long[] size, long[] strides, long storageOffset = 0) => Op.Call("as_strided", this, size, strides, storageOffset);

        // The same memory without the history
        public Tensor detach() => Op.Call("detach", this);
        public Tensor detach_() => Op.InPlace("detach_", this);

        // Complex numbers as pairs
        public Tensor real => Op.Call("real", this);
        public Tensor imag => Op.Call("imag", this);
        public Tensor view_as_real() => Op.Call("view_as_real", this);
        public Tensor view_as_complex() => Op.Call("view_as_complex", this);

        // Pinned and sparse memory
        public Tensor pin_memory() => Op.Call("pin_memory", this);
        public bool is_pinned() => Op.Number("is_pinned", this) != 0;
        public Tensor to_sparse() => Op.Call("to_sparse", this);
        public Tensor to_sparse(int sparse_dim) => Op.Call("to_sparse.sparse_dim", this, (long)sparse_dim);
        public Tensor to_dense() => Op.Call("to_dense", this);
        public Tensor SparseIndices => Op.Call("_indices", this);
        public Tensor SparseValues => Op.Call("_values", this);
    }

    public static Tensor clone(Tensor input) => input.clone();
    public static Tensor real(Tensor input) => input.real;
    public static Tensor imag(Tensor input) => input.imag;
    public static Tensor view_as_real(Tensor input) => input.view_as_real();
    public static Tensor view_as_complex(Tensor input) => input.view_as_complex();
    public static Tensor complex(Tensor real, Tensor imag) => Op.Call("complex", real, imag);
    public static Tensor polar(Tensor abs, Tensor angle) => Op.Call("polar", abs, angle);
    public static bool is_conj(Tensor input) => input.is_conj();
    public static Tensor is_neg(Tensor input) => input.is_neg();
    public static bool is_complex(Tensor input) => input.is_complex();
    public static bool is_floating_point(Tensor input) => input.is_floating_point();
}
