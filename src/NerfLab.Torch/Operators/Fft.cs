namespace TorchSharp;

public enum FFTNormType { Backward = 0, Forward = 1, Ortho = 2 }

public static partial class torch
{
    static Arg Norm(FFTNormType norm) => norm switch { FFTNormType.Forward => "forward", FFTNormType.Ortho => "ortho", _ => "backward" };

    /// <summary>Discrete Fourier transforms; sizes that are not given are those of the input.</summary>
    public static class fft
    {
        public static Tensor fft_(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_fft", input, n < 0 ? Arg.None : n, dim, Norm(norm));
        public static Tensor ifft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ifft", input, n < 0 ? Arg.None : n, dim, Norm(norm));
        public static Tensor irfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_irfft", input, n < 0 ? Arg.None : n, dim, Norm(norm));
        public static Tensor rfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_rfft", input, n < 0 ? Arg.None : n, dim, Norm(norm));
        public static Tensor hfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_hfft", input, n < 0 ? Arg.None : n, dim, Norm(norm));
        public static Tensor ihfft(Tensor input, long n = -1, long dim = -1, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ihfft", input, n < 0 ? Arg.None : n, dim, Norm(norm));

        public static Tensor fft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_fft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor ifft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ifft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor rfft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_rfft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor irfft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_irfft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor hfft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_hfft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor ihfft2(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ihfft2", input, s, dim ?? [-2, -1], Norm(norm));
        public static Tensor fftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_fftn", input, s, dim, Norm(norm));
        public static Tensor ifftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ifftn", input, s, dim, Norm(norm));
        public static Tensor rfftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_rfftn", input, s, dim, Norm(norm));
        public static Tensor irfftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_irfftn", input, s, dim, Norm(norm));
        public static Tensor hfftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_hfftn", input, s, dim, Norm(norm));
        public static Tensor ihfftn(Tensor input, long[] s = null!, long[] dim = null!, FFTNormType norm = FFTNormType.Backward) => Op.Call("fft_ihfftn", input, s, dim, Norm(norm));

        public static Tensor fftshift(Tensor input, long[] dim = null!) => Op.Call("fft_fftshift", input, dim);
        public static Tensor ifftshift(Tensor input, long[] dim = null!) => Op.Call("fft_ifftshift", input, dim);
        public static Tensor fftfreq(long n, double d = 1, ScalarType? dtype = null, Device device = null!, bool requires_grad = false) => Op.Call("fft_fftfreq", n, d, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()).requires_grad_(requires_grad);
        public static Tensor rfftfreq(long n, double d = 1, ScalarType? dtype = null, Device device = null!, bool requires_grad = false) => Op.Call("fft_rfftfreq", n, d, dtype ?? get_default_dtype(), Arg.None, device ?? get_default_device()).requires_grad_(requires_grad);
    }
}
