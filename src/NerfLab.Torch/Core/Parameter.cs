namespace TorchSharp.Modules;

/// <summary>A tensor that a module trains. It shares the memory of <paramref name="data"/> and belongs to no dispose scope.</summary>
public class Parameter : torch.Tensor
{
    public Parameter(torch.Tensor data, bool requires_grad = true) : base(Native.nl_tensor_alias(data.Handle), Bytes(data))
    {
        GC.KeepAlive(data);
        DetachFromDisposeScope();
        with_requires_grad(requires_grad);
    }

    static long Bytes(torch.Tensor data) => data.NumberOfElements * data.ElementSize;
}
