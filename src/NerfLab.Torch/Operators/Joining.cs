namespace TorchSharp;

public static partial class torch
{
    static Tensor[] ArrayOf(IEnumerable<Tensor> tensors) => tensors as Tensor[] ?? tensors.ToArray();

    // Along a dimension that exists
    public static Tensor cat(Tensor[] tensors, long dim = 0) => Op.Call("cat", tensors, dim);
    public static Tensor cat(IList<Tensor> tensors, long dim = 0) => cat(ArrayOf(tensors), dim);
    public static Tensor cat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor concat(Tensor[] tensors, long dim = 0) => cat(tensors, dim);
    public static Tensor concat(IList<Tensor> tensors, long dim = 0) => cat(ArrayOf(tensors), dim);
    public static Tensor concat(ReadOnlySpan<Tensor> tensors, long dim = 0) => cat(tensors.ToArray(), dim);
    public static Tensor concatenate(Tensor[] tensors, long axis = 0) => cat(tensors, axis);
    public static Tensor concatenate(IList<Tensor> tensors, long axis = 0) => cat(ArrayOf(tensors), axis);
    public static Tensor concatenate(ReadOnlySpan<Tensor> tensors, long axis = 0) => cat(tensors.ToArray(), axis);

    // Along a new dimension
    public static Tensor stack(IEnumerable<Tensor> tensors, long dim = 0) => Op.Call("stack", ArrayOf(tensors), dim);

    // As rows, columns or layers
    public static Tensor column_stack(params Tensor[] tensors) => Op.Call("column_stack", tensors);
    public static Tensor column_stack(IList<Tensor> tensors) => column_stack(ArrayOf(tensors));
    public static Tensor column_stack(ReadOnlySpan<Tensor> tensors) => column_stack(tensors.ToArray());
    public static Tensor row_stack(params Tensor[] tensors) => vstack(tensors);
    public static Tensor row_stack(IList<Tensor> tensors) => vstack(ArrayOf(tensors));
    public static Tensor row_stack(ReadOnlySpan<Tensor> tensors) => vstack(tensors.ToArray());
    public static Tensor vstack(Tensor[] tensors) => Op.Call("vstack", tensors);
    public static Tensor vstack(IList<Tensor> tensors) => vstack(ArrayOf(tensors));
    public static Tensor vstack(ReadOnlySpan<Tensor> tensors) => vstack(tensors.ToArray());
    public static Tensor hstack(params Tensor[] tensors) => Op.Call("hstack", tensors);
    public static Tensor hstack(IList<Tensor> tensors) => hstack(ArrayOf(tensors));
    public static Tensor hstack(IEnumerable<Tensor> tensors) => hstack(ArrayOf(tensors));
    public static Tensor hstack(ReadOnlySpan<Tensor> tensors) => hstack(tensors.ToArray());
    public static Tensor dstack(params Tensor[] tensors) => Op.Call("dstack", tensors);
    public static Tensor dstack(IList<Tensor> tensors) => dstack(ArrayOf(tensors));
    public static Tensor dstack(IEnumerable<Tensor> tensors) => dstack(ArrayOf(tensors));
    public static Tensor dstack(ReadOnlySpan<Tensor> tensors) => dstack(tensors.ToArray());
    public static Tensor block_diag(params Tensor[] tensors) => Tensor.block_diag(tensors);

    // Every element with every other
    public static Tensor[] meshgrid(IEnumerable<Tensor> tensors, string indexing = "ij") => Op.List("meshgrid.indexing", ArrayOf(tensors), indexing);
    public static Tensor combinations(Tensor input, int r = 2, bool with_replacement = false) => Op.Call("combinations", input, (long)r, with_replacement);
}
