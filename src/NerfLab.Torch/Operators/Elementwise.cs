namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        // Rounding and sign
        public Tensor abs() => Op.Call("abs", this);
        public Tensor abs_() => Op.InPlace("abs_", this);
        public Tensor absolute() => Op.Call("absolute", this);
        public Tensor absolute_() => Op.InPlace("absolute_", this);
        public Tensor neg() => Op.Call("neg", this);
        public Tensor neg_() => Op.InPlace("neg_", this);
        public Tensor negative() => Op.Call("negative", this);
        public Tensor sign() => Op.Call("sign", this);
        public Tensor sign_() => Op.InPlace("sign_", this);
        public Tensor sgn() => Op.Call("sgn", this);
        public Tensor sgn_() => Op.InPlace("sgn_", this);
        public Tensor ceil() => Op.Call("ceil", this);
        public Tensor ceil_() => Op.InPlace("ceil_", this);
        public Tensor floor() => Op.Call("floor", this);
        public Tensor floor_() => Op.InPlace("floor_", this);
        public Tensor trunc() => Op.Call("trunc", this);
        public Tensor trunc_() => Op.InPlace("trunc_", this);
        public Tensor fix() => Op.Call("fix", this);
        public Tensor fix_() => Op.InPlace("fix_", this);
        public Tensor frac() => Op.Call("frac", this);
        public Tensor frac_() => Op.InPlace("frac_", this);

        // Powers, exponentials and logarithms
        public Tensor sqrt() => Op.Call("sqrt", this);
        public Tensor sqrt_() => Op.InPlace("sqrt_", this);
        public Tensor rsqrt() => Op.Call("rsqrt", this);
        public Tensor rsqrt_() => Op.InPlace("rsqrt_", this);
        public Tensor square() => Op.Call("square", this);
        public Tensor reciprocal() => Op.Call("reciprocal", this);
        public Tensor reciprocal_() => Op.InPlace("reciprocal_", this);
        public Tensor exp() => Op.Call("exp", this);
        public Tensor exp_() => Op.InPlace("exp_", this);
        public Tensor exp2() => Op.Call("exp2", this);
        public Tensor exp2_() => Op.InPlace("exp2_", this);
        public Tensor expm1() => Op.Call("expm1", this);
        public Tensor expm1_() => Op.InPlace("expm1_", this);
        public Tensor log() => Op.Call("log", this);
        public Tensor log_() => Op.InPlace("log_", this);
        public Tensor log10() => Op.Call("log10", this);
        public Tensor log10_() => Op.InPlace("log10_", this);
        public Tensor log1p() => Op.Call("log1p", this);
        public Tensor log1p_() => Op.InPlace("log1p_", this);
        public Tensor log2() => Op.Call("log2", this);
        public Tensor log2_() => Op.InPlace("log2_", this);

        // Trigonometry
        public Tensor sin() => Op.Call("sin", this);
        public Tensor sin_() => Op.InPlace("sin_", this);
        public Tensor cos() => Op.Call("cos", this);
        public Tensor cos_() => Op.InPlace("cos_", this);
        public Tensor tan() => Op.Call("tan", this);
        public Tensor tan_() => Op.InPlace("tan_", this);
        public Tensor asin() => Op.Call("asin", this);
        public Tensor asin_() => Op.InPlace("asin_", this);
        public Tensor arcsin() => Op.Call("arcsin", this);
        public Tensor arcsin_() => Op.InPlace("arcsin_", this);
        public Tensor acos() => Op.Call("acos", this);
        public Tensor acos_() => Op.InPlace("acos_", this);
        public Tensor arccos() => Op.Call("arccos", this);
        public Tensor arccos_() => Op.InPlace("arccos_", this);
        public Tensor atan() => Op.Call("atan", this);
        public Tensor atan_() => Op.InPlace("atan_", this);
        public Tensor arctan() => Op.Call("arctan", this);
        public Tensor arctan_() => Op.InPlace("arctan_", this);
        public Tensor sinh() => Op.Call("sinh", this);
        public Tensor sinh_() => Op.InPlace("sinh_", this);
        public Tensor cosh() => Op.Call("cosh", this);
        public Tensor cosh_() => Op.InPlace("cosh_", this);
        public Tensor tanh() => Op.Call("tanh", this);
        public Tensor tanh_() => Op.InPlace("tanh_", this);
        public Tensor asinh() => Op.Call("asinh", this);
        public Tensor asinh_() => Op.InPlace("asinh_", this);
        public Tensor arcsinh() => Op.Call("arcsinh", this);
        public Tensor arcsinh_() => Op.InPlace("arcsinh_", this);
        public Tensor acosh() => Op.Call("acosh", this);
        public Tensor acosh_() => Op.InPlace("acosh_", this);
        public Tensor arccosh() => Op.Call("arccosh", this);
        public Tensor arccosh_() => Op.InPlace("arccosh_", this);
        public Tensor atanh() => Op.Call("atanh", this);
        public Tensor atanh_() => Op.InPlace("atanh_", this);
        public Tensor arctanh() => Op.Call("arctanh", this);
        public Tensor arctanh_() => Op.InPlace("arctanh_", this);
        public Tensor sinc() => Op.Call("sinc", this);
        public Tensor sinc_() => Op.InPlace("sinc_", this);
        public Tensor deg2rad() => Op.Call("deg2rad", this);
        public Tensor deg2rad_() => Op.InPlace("deg2rad_", this);
        public Tensor rad2deg() => Op.Call("rad2deg", this);
        public Tensor rad2deg_() => Op.InPlace("rad2deg_", this);

        // Special functions
        public Tensor erf() => Op.Call("erf", this);
        public Tensor erf_() => Op.InPlace("erf_", this);
        public Tensor erfc() => Op.Call("erfc", this);
        public Tensor erfc_() => Op.InPlace("erfc_", this);
        public Tensor erfinv() => Op.Call("erfinv", this);
        public Tensor erfinv_() => Op.InPlace("erfinv_", this);
        public Tensor digamma() => Op.Call("digamma", this);
        public Tensor digamma_() => Op.InPlace("digamma_", this);
        public Tensor lgamma() => Op.Call("lgamma", this);
        public Tensor lgamma_() => Op.InPlace("lgamma_", this);
        public Tensor i0() => Op.Call("i0", this);
        public Tensor i0_() => Op.InPlace("i0_", this);
        public Tensor sigmoid() => Op.Call("sigmoid", this);
        public Tensor sigmoid_() => Op.InPlace("sigmoid_", this);

        // Activations
        public Tensor relu() => Op.Call("relu", this);
        public Tensor relu_() => Op.InPlace("relu_", this);
        public Tensor relu6() => Op.Call("relu6", this);
        public Tensor relu6_() => Op.InPlace("relu6_", this);
        public Tensor celu() => Op.Call("celu", this);
        public Tensor celu_() => Op.InPlace("celu_", this);
        public Tensor gelu() => Op.Call("gelu", this);
        public Tensor gelu_() => Op.InPlace("gelu_", this);
        public Tensor gelu(Modules.GELU.Approximate approximate) => Op.Call("gelu", this, approximate.ToString());
        public Tensor gelu_(Modules.GELU.Approximate approximate) => Op.InPlace("gelu_", this, approximate.ToString());
        public Tensor hardsigmoid() => Op.Call("hardsigmoid", this);
        public Tensor hardsigmoid_() => Op.InPlace("hardsigmoid_", this);
        public Tensor hardswish() => Op.Call("hardswish", this);
        public Tensor hardswish_() => Op.InPlace("hardswish_", this);
        public Tensor selu() => Op.Call("selu", this);
        public Tensor selu_() => Op.InPlace("selu_", this);
        public Tensor silu() => Op.Call("silu", this);
        public Tensor silu_() => Op.InPlace("silu_", this);
        public Tensor log_sigmoid() => Op.Call("log_sigmoid", this);

        // Truth and bits
        public Tensor isnan() => Op.Call("isnan", this);
        public Tensor isinf() => Op.Call("isinf", this);
        public Tensor isfinite() => Op.Call("isfinite", this);
        public Tensor isposinf() => Op.Call("isposinf", this);
        public Tensor isneginf() => Op.Call("isneginf", this);
        public Tensor isreal() => Op.Call("isreal", this);
        public Tensor signbit() => Op.Call("signbit", this);
        public Tensor logical_not() => Op.Call("logical_not", this);
        public Tensor logical_not_() => Op.InPlace("logical_not_", this);
        public Tensor bitwise_not() => Op.Call("bitwise_not", this);
        public Tensor bitwise_not_() => Op.InPlace("bitwise_not_", this);

        // Complex numbers
        public Tensor angle() => Op.Call("angle", this);
        public Tensor conj() => Op.Call("conj", this);
        public Tensor conj_physical() => Op.Call("conj_physical", this);
        public Tensor conj_physical_() => Op.InPlace("conj_physical_", this);
        public Tensor resolve_conj() => Op.Call("resolve_conj", this);
        public Tensor resolve_neg() => Op.Call("resolve_neg", this);
        public Tensor positive() => Op.Call("positive", this);
    }

    // Rounding and sign
    public static Tensor abs(Tensor input) => input.abs();
    public static Tensor abs_(Tensor input) => input.abs_();
    public static Tensor absolute(Tensor input) => input.absolute();
    public static Tensor absolute_(Tensor input) => input.absolute_();
    public static Tensor neg(Tensor input) => input.neg();
    public static Tensor neg_(Tensor input) => input.neg_();
    public static Tensor negative(Tensor input) => input.negative();
    public static Tensor negative_(Tensor input) => input.neg_();
    public static Tensor sign(Tensor input) => input.sign();
    public static Tensor sign_(Tensor input) => input.sign_();
    public static Tensor sgn(Tensor input) => input.sgn();
    public static Tensor sgn_(Tensor input) => input.sgn_();
    public static Tensor ceil(Tensor input) => input.ceil();
    public static Tensor ceil_(Tensor input) => input.ceil_();
    public static Tensor floor(Tensor input) => input.floor();
    public static Tensor floor_(Tensor input) => input.floor_();
    public static Tensor trunc(Tensor input) => input.trunc();
    public static Tensor trunc_(Tensor input) => input.trunc_();
    public static Tensor fix(Tensor input) => input.fix();
    public static Tensor fix_(Tensor input) => input.fix_();
    public static Tensor frac(Tensor input) => input.frac();
    public static Tensor frac_(Tensor input) => input.frac_();

    // Powers, exponentials and logarithms
    public static Tensor sqrt(Tensor input) => input.sqrt();
    public static Tensor sqrt_(Tensor input) => input.sqrt_();
    public static Tensor rsqrt(Tensor input) => input.rsqrt();
    public static Tensor rsqrt_(Tensor input) => input.rsqrt_();
    public static Tensor square(Tensor input) => input.square();
    public static Tensor reciprocal(Tensor input) => input.reciprocal();
    public static Tensor reciprocal_(Tensor input) => input.reciprocal_();
    public static Tensor exp(Tensor input) => input.exp();
    public static Tensor exp_(Tensor input) => input.exp_();
    public static Tensor exp2(Tensor input) => input.exp2();
    public static Tensor exp2_(Tensor input) => input.exp2_();
    public static Tensor expm1(Tensor input) => input.expm1();
    public static Tensor expm1_(Tensor input) => input.expm1_();
    public static Tensor log(Tensor input) => input.log();
    public static Tensor log_(Tensor input) => input.log_();
    public static Tensor log10(Tensor input) => input.log10();
    public static Tensor log10_(Tensor input) => input.log10_();
    public static Tensor log1p(Tensor input) => input.log1p();
    public static Tensor log1p_(Tensor input) => input.log1p_();
    public static Tensor log2(Tensor input) => input.log2();
    public static Tensor log2_(Tensor input) => input.log2_();

    // Trigonometry
    public static Tensor sin(Tensor input) => input.sin();
    public static Tensor sin_(Tensor input) => input.sin_();
    public static Tensor cos(Tensor input) => input.cos();
    public static Tensor cos_(Tensor input) => input.cos_();
    public static Tensor tan(Tensor input) => input.tan();
    public static Tensor tan_(Tensor input) => input.tan_();
    public static Tensor asin(Tensor input) => input.asin();
    public static Tensor asin_(Tensor input) => input.asin_();
    public static Tensor arcsin(Tensor input) => input.arcsin();
    public static Tensor arcsin_(Tensor input) => input.arcsin_();
    public static Tensor acos(Tensor input) => input.acos();
    public static Tensor acos_(Tensor input) => input.acos_();
    public static Tensor arccos(Tensor input) => input.arccos();
    public static Tensor arccos_(Tensor input) => input.arccos_();
    public static Tensor atan(Tensor input) => input.atan();
    public static Tensor atan_(Tensor input) => input.atan_();
    public static Tensor arctan(Tensor input) => input.arctan();
    public static Tensor arctan_(Tensor input) => input.arctan_();
    public static Tensor sinh(Tensor input) => input.sinh();
    public static Tensor sinh_(Tensor input) => input.sinh_();
    public static Tensor cosh(Tensor input) => input.cosh();
    public static Tensor cosh_(Tensor input) => input.cosh_();
    public static Tensor tanh(Tensor input) => input.tanh();
    public static Tensor tanh_(Tensor input) => input.tanh_();
    public static Tensor asinh(Tensor input) => input.asinh();
    public static Tensor asinh_(Tensor input) => input.asinh_();
    public static Tensor arcsinh(Tensor input) => input.arcsinh();
    public static Tensor arcsinh_(Tensor input) => input.arcsinh_();
    public static Tensor acosh(Tensor input) => input.acosh();
    public static Tensor acosh_(Tensor input) => input.acosh_();
    public static Tensor arccosh(Tensor input) => input.arccosh();
    public static Tensor arccosh_(Tensor input) => input.arccosh_();
    public static Tensor atanh(Tensor input) => input.atanh();
    public static Tensor atanh_(Tensor input) => input.atanh_();
    public static Tensor arctanh(Tensor input) => input.arctanh();
    public static Tensor arctanh_(Tensor input) => input.arctanh_();
    public static Tensor sinc(Tensor input) => input.sinc();
    public static Tensor sinc_(Tensor input) => input.sinc_();
    public static Tensor deg2rad(Tensor input) => input.deg2rad();
    public static Tensor deg2rad_(Tensor input) => input.deg2rad_();
    public static Tensor rad2deg(Tensor input) => input.rad2deg();
    public static Tensor rad2deg_(Tensor input) => input.rad2deg_();

    // Special functions
    public static Tensor erf(Tensor input) => input.erf();
    public static Tensor erf_(Tensor input) => input.erf_();
    public static Tensor erfc(Tensor input) => input.erfc();
    public static Tensor erfc_(Tensor input) => input.erfc_();
    public static Tensor erfinv(Tensor input) => input.erfinv();
    public static Tensor erfinv_(Tensor input) => input.erfinv_();
    public static Tensor digamma(Tensor input) => input.digamma();
    public static Tensor digamma_(Tensor input) => input.digamma_();
    public static Tensor lgamma(Tensor input) => input.lgamma();
    public static Tensor lgamma_(Tensor input) => input.lgamma_();
    public static Tensor i0(Tensor input) => input.i0();
    public static Tensor i0_(Tensor input) => input.i0_();
    public static Tensor sigmoid(Tensor input) => input.sigmoid();
    public static Tensor sigmoid_(Tensor input) => input.sigmoid_();

    // Activations

    // Truth and bits
    public static Tensor isnan(Tensor input) => input.isnan();
    public static Tensor isinf(Tensor tensor) => tensor.isinf();
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();
    public static Tensor isposinf(Tensor tensor) => tensor.isposinf();
    public static Tensor isneginf(Tensor tensor) => tensor.isneginf();
    public static Tensor isreal(Tensor tensor) => tensor.isreal();
    public static Tensor signbit(Tensor input) => input.signbit();
    public static Tensor logical_not(Tensor input) => input.logical_not();
    public static Tensor bitwise_not(Tensor input) => input.bitwise_not();
    public static Tensor bitwise_not_(Tensor input) => input.bitwise_not_();

    // Complex numbers
    public static Tensor angle(Tensor input) => input.angle();
    public static Tensor conj(Tensor input) => input.conj();
    public static Tensor conj_physical(Tensor input) => input.conj_physical();
    public static Tensor conj_physical_(Tensor input) => input.conj_physical_();
    public static Tensor positive(Tensor input) => input.positive();
}
