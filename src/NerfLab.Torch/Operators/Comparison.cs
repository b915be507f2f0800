namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        public Tensor eq(Tensor target) => Op.Call("eq.Tensor", this, target);
        public Tensor eq(Scalar target) => Op.Call("eq.Scalar", this, target);
        public Tensor equal(Tensor target) => Op.Call("eq.Tensor", this, target);
        public Tensor eq_(Tensor target) => Op.InPlace("eq_.Tensor", this, target);
        public Tensor eq_(Scalar target) => Op.InPlace("eq_.Scalar", this, target);
        public Tensor ge(Tensor target) => Op.Call("ge.Tensor", this, target);
        public Tensor ge(Scalar target) => Op.Call("ge.Scalar", this, target);
        public Tensor greater_equal(Tensor target) => Op.Call("greater_equal.Tensor", this, target);
        public Tensor ge_(Tensor target) => Op.InPlace("ge_.Tensor", this, target);
        public Tensor ge_(Scalar target) => Op.InPlace("ge_.Scalar", this, target);
        public Tensor gt(Tensor target) => Op.Call("gt.Tensor", this, target);
        public Tensor gt(Scalar target) => Op.Call("gt.Scalar", this, target);
        public Tensor greater(Tensor target) => Op.Call("greater.Tensor", this, target);
        public Tensor gt_(Tensor target) => Op.InPlace("gt_.Tensor", this, target);
        public Tensor gt_(Scalar target) => Op.InPlace("gt_.Scalar", this, target);
        public Tensor le(Tensor target) => Op.Call("le.Tensor", this, target);
        public Tensor le(Scalar target) => Op.Call("le.Scalar", this, target);
        public Tensor less_equal(Tensor target) => Op.Call("less_equal.Tensor", this, target);
        public Tensor le_(Tensor target) => Op.InPlace("le_.Tensor", this, target);
        public Tensor le_(Scalar target) => Op.InPlace("le_.Scalar", this, target);
        public Tensor less_equal_(Tensor target) => Op.InPlace("less_equal_.Tensor", this, target);
        public Tensor lt(Tensor target) => Op.Call("lt.Tensor", this, target);
        public Tensor lt(Scalar target) => Op.Call("lt.Scalar", this, target);
        public Tensor less(Tensor target) => Op.Call("less.Tensor", this, target);
        public Tensor lt_(Tensor target) => Op.InPlace("lt_.Tensor", this, target);
        public Tensor lt_(Scalar target) => Op.InPlace("lt_.Scalar", this, target);
        public Tensor ne(Tensor target) => Op.Call("ne.Tensor", this, target);
        public Tensor ne(Scalar target) => Op.Call("ne.Scalar", this, target);
        public Tensor not_equal(Tensor target) => Op.Call("not_equal.Tensor", this, target);
        public Tensor ne_(Tensor target) => Op.InPlace("ne_.Tensor", this, target);
        public Tensor ne_(Scalar target) => Op.InPlace("ne_.Scalar", this, target);
        public Tensor not_equal_(Tensor target) => Op.InPlace("not_equal_.Tensor", this, target);

        public Tensor logical_and(Tensor other) => Op.Call("logical_and", this, other);
        public Tensor logical_and_(Tensor other) => Op.InPlace("logical_and_", this, other);
        public Tensor logical_or(Tensor other) => Op.Call("logical_or", this, other);
        public Tensor logical_or_(Tensor other) => Op.InPlace("logical_or_", this, other);
        public Tensor logical_xor(Tensor other) => Op.Call("logical_xor", this, other);
        public Tensor logical_xor_(Tensor other) => Op.InPlace("logical_xor_", this, other);

        public Tensor bitwise_and(Tensor other) => Op.Call("bitwise_and.Tensor", this, other);
        public Tensor bitwise_and_(Tensor other) => Op.InPlace("bitwise_and_.Tensor", this, other);
        public Tensor bitwise_or(Tensor other) => Op.Call("bitwise_or.Tensor", this, other);
        public Tensor bitwise_or_(Tensor other) => Op.InPlace("bitwise_or_.Tensor", this, other);
        public Tensor bitwise_xor(Tensor other) => Op.Call("bitwise_xor.Tensor", this, other);
        public Tensor bitwise_xor_(Tensor other) => Op.InPlace("bitwise_xor_.Tensor", this, other);
        public Tensor bitwise_left_shift(Tensor other) => Op.Call("bitwise_left_shift.Tensor", this, other);
        public Tensor bitwise_left_shift_(Tensor other) => Op.InPlace("bitwise_left_shift_.Tensor", this, other);
        public Tensor bitwise_right_shift(Tensor other) => Op.Call("bitwise_right_shift.Tensor", this, other);
        public Tensor bitwise_right_shift_(Tensor other) => Op.InPlace("bitwise_right_shift_.Tensor", this, other);

        /// <summary>Whether both have the same shape and the same values; for a comparison by element see <see cref="eq(Tensor)"/>.</summary>
        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public bool Equals(Tensor target) => ReferenceEquals(this, target) || (!target.IsInvalid && !IsInvalid && Op.Number("equal", this, target) != 0);

        public override int GetHashCode() => base.GetHashCode();

        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => Op.Call("isclose", this, other, rtol, atol, nanEqual);
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Op.Number("allclose", this, target, rtol, atol, equal_nan) != 0;
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) => Op.Call("isin.Tensor_Tensor", this, test_elements, assumeUnique, invert);
        public bool is_nonzero() => Op.Number("is_nonzero", this) != 0;

        // Larger or smaller of two
        public Tensor maximum(Tensor other) => Op.Call("maximum", this, other);
        public Tensor minimum(Tensor other) => Op.Call("minimum", this, other);
        public Tensor max(Tensor other) => Op.Call("maximum", this, other);
        public Tensor min(Tensor other) => Op.Call("minimum", this, other);
        public Tensor fmax(Tensor other) => Op.Call("fmax", this, other);
        public Tensor fmin(Tensor other) => Op.Call("fmin", this, other);

        // Limits
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => Op.Call("clamp", this, min, max);
        public Tensor clamp(Tensor? min = null, Tensor? max = null) => Op.Call("clamp.Tensor", this, min, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => Op.InPlace("clamp_", this, min, max);
        public Tensor clamp_(Tensor? min = null, Tensor? max = null) => Op.InPlace("clamp_.Tensor", this, min, max);
        public Tensor clamp_max(Scalar max) => Op.Call("clamp_max", this, max);
        public Tensor clamp_max_(Scalar max) => Op.InPlace("clamp_max_", this, max);
        public Tensor clamp_min(Scalar min) => Op.Call("clamp_min", this, min);
        public Tensor clamp_min_(Scalar min) => Op.InPlace("clamp_min_", this, min);
        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) => Op.Call("nan_to_num", this, nan, posinf, neginf);
        public Tensor nan_to_num_(double nan = 0, double? posinf = null, double? neginf = null) => Op.InPlace("nan_to_num_", this, nan, posinf, neginf);
    }

    public static Tensor eq(Tensor left, Tensor right) => left.eq(right);
    public static Tensor ge(Tensor left, Tensor right) => left.ge(right);
    public static Tensor gt(Tensor left, Tensor right) => left.gt(right);
    public static Tensor le(Tensor left, Tensor right) => left.le(right);
    public static Tensor lt(Tensor left, Tensor right) => left.lt(right);
    public static Tensor ne(Tensor left, Tensor right) => left.ne(right);
    public static Tensor equal(Tensor tensor, Tensor target) => tensor.equal(target);
    public static Tensor greater_equal(Tensor tensor, Tensor target) => tensor.greater_equal(target);
    public static Tensor greater(Tensor tensor, Tensor target) => tensor.greater(target);
    public static Tensor less_equal(Tensor tensor, Tensor target) => tensor.less_equal(target);
    public static Tensor less(Tensor tensor, Tensor target) => tensor.less(target);
    public static Tensor not_equal(Tensor tensor, Tensor target) => tensor.not_equal(target);

    public static Tensor logical_and(Tensor left, Tensor right) => left.logical_and(right);
    public static Tensor logical_and_(Tensor left, Tensor right) => left.logical_and_(right);
    public static Tensor logical_or(Tensor left, Tensor right) => left.logical_or(right);
    public static Tensor logical_or_(Tensor left, Tensor right) => left.logical_or_(right);
    public static Tensor logical_xor(Tensor left, Tensor right) => left.logical_xor(right);
    public static Tensor logical_xor_(Tensor left, Tensor right) => left.logical_xor_(right);
    public static Tensor bitwise_and(Tensor left, Tensor right) => left.bitwise_and(right);
    public static Tensor bitwise_and_(Tensor left, Tensor right) => left.bitwise_and_(right);
    public static Tensor bitwise_or(Tensor left, Tensor right) => left.bitwise_or(right);
    public static Tensor bitwise_or_(Tensor left, Tensor right) => left.bitwise_or_(right);
    public static Tensor bitwise_xor(Tensor left, Tensor right) => left.bitwise_xor(right);
    public static Tensor bitwise_xor_(Tensor left, Tensor right) => left.bitwise_xor_(right);
    public static Tensor bitwise_left_shift(Tensor left, Tensor right) => left.bitwise_left_shift(right);
    public static Tensor bitwise_left_shift_(Tensor left, Tensor right) => left.bitwise_left_shift_(right);
    public static Tensor bitwise_right_shift(Tensor left, Tensor right) => left.bitwise_right_shift(right);
    public static Tensor bitwise_right_shift_(Tensor left, Tensor right) => left.bitwise_right_shift_(right);

    public static Tensor isclose(Tensor tensor, Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => tensor.isclose(other, rtol, atol, nanEqual);
    public static bool allclose(Tensor tensor, Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => tensor.allclose(target, rtol, atol, equal_nan);
    public static Tensor isin(Tensor tensor, Tensor test_elements, bool assumeUnique = false, bool invert = false) => tensor.isin(test_elements, assumeUnique, invert);
    public static bool is_nonzero(Tensor input) => input.is_nonzero();

    public static Tensor maximum(Tensor input, Tensor other) => input.maximum(other);
    public static Tensor minimum(Tensor input, Tensor other) => input.minimum(other);
    public static Tensor max(Tensor input, Tensor other) => input.max(other);
    public static Tensor min(Tensor input, Tensor other) => input.min(other);
    public static Tensor fmax(Tensor input, Tensor other) => input.fmax(other);
    public static Tensor fmin(Tensor input, Tensor other) => input.fmin(other);

    public static Tensor clamp(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor clamp(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp(min, max);
    public static Tensor clip(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp(min, max);
    public static Tensor clamp_(Tensor input, Scalar? min = null, Scalar? max = null) => input.clamp_(min, max);
    public static Tensor clamp_(Tensor input, Tensor? min = null, Tensor? max = null) => input.clamp_(min, max);
    public static Tensor clamp_max(Tensor input, Scalar max) => input.clamp_max(max);
    public static Tensor clamp_max_(Tensor input, Scalar max) => input.clamp_max_(max);
    public static Tensor clamp_min(Tensor input, Scalar min) => input.clamp_min(min);
    public static Tensor clamp_min_(Tensor input, Scalar min) => input.clamp_min_(min);
    public static Tensor nan_to_num(Tensor input, double nan = 0, double? posinf = null, double? neginf = null) => input.nan_to_num(nan, posinf, neginf);
    public static Tensor nan_to_num_(Tensor input, double nan = 0, double? posinf = null, double? neginf = null) => input.nan_to_num_(nan, posinf, neginf);
}
