namespace TorchSharp;

public static partial class torch
{
    /// <summary>The functions of torch.special that TorchSharp has.</summary>
    public static class special
    {
        public static Tensor erf(Tensor input) => input.erf();
        public static Tensor erfc(Tensor input) => input.erfc();
        public static Tensor expit(Tensor input) => input.sigmoid();
        public static Tensor sigmoid(Tensor input) => input.sigmoid();
        public static Tensor expm1(Tensor input) => input.expm1();
        public static Tensor exp2(Tensor input) => input.exp2();
        public static Tensor sinc(Tensor input) => input.sinc();
        public static Tensor logit(Tensor input) => input.logit();
        public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
        public static Tensor log_softmax(Tensor input, long dim, ScalarType? dtype = null) => input.log_softmax(dim, dtype);
        public static Tensor xlog1py(Tensor input, Tensor other) => Op.Call("special_xlog1py", input, other);
    }
}
