namespace TorchSharp;

public static partial class torch
{
    /// <summary>Linear algebra; every function takes batches of matrices in the last two dimensions.</summary>
    public static class linalg
    {
        public enum QRMode { Reduced = 0, Complete = 1, R = 2 }

        // Decompositions
        public static Tensor cholesky(Tensor input) => Op.Call("linalg_cholesky", input);
        public static (Tensor L, Tensor info) cholesky_ex(Tensor input, bool check_errors = false) => Op.Pair("linalg_cholesky_ex", input, false, check_errors);
        public static (Tensor Q, Tensor R) qr(Tensor input, QRMode mode = QRMode.Reduced) => Op.Pair("linalg_qr", input, mode switch { QRMode.Complete => "complete", QRMode.R => "r", _ => "reduced" });
        public static (Tensor U, Tensor S, Tensor Vh) svd(Tensor input, bool fullMatrices = true) => Op.Triple("linalg_svd", input, fullMatrices);
        public static Tensor svdvals(Tensor input) => Op.Call("linalg_svdvals", input);
        public static (Tensor, Tensor) eig(Tensor input) => Op.Pair("linalg_eig", input);
        public static Tensor eigvals(Tensor input) => Op.Call("linalg_eigvals", input);
        public static (Tensor, Tensor) eigh(Tensor input, char UPLO = 'L') => Op.Pair("linalg_eigh", input, UPLO.ToString());
        public static Tensor eigvalsh(Tensor input, char UPLO = 'L') => Op.Call("linalg_eigvalsh", input, UPLO.ToString());
        public static (Tensor P, Tensor L, Tensor U) lu(Tensor input, bool pivot = true) => Op.Triple("linalg_lu", input, pivot);
        public static (Tensor LU, Tensor? Pivots) lu_factor(Tensor input, bool pivot = true) => Op.Pair("linalg_lu_factor", input, pivot);
        public static (Tensor LU, Tensor? Pivots) ldl_factor(Tensor input, bool hermitian = true) => Op.Pair("linalg_ldl_factor", input, hermitian);
        public static (Tensor LU, Tensor? Pivots, Tensor? Info) ldl_factor_ex(Tensor input, bool hermitian = true, bool check_errors = false) => Op.Triple("linalg_ldl_factor_ex", input, hermitian, check_errors);
        public static Tensor householder_product(Tensor A, Tensor tau) => Op.Call("linalg_householder_product", A, tau);

        // Solutions and inverses
        public static Tensor solve(Tensor A, Tensor B, bool left = true) => Op.Call("linalg_solve", A, B, left);
        public static (Tensor result, Tensor info) solve_ex(Tensor A, Tensor B, bool left = true, bool check_errors = false) => Op.Pair("linalg_solve_ex", A, B, left, check_errors);
        public static Tensor solve_triangular(Tensor A, Tensor B, bool upper, bool left = true, bool unitriangular = false, Tensor? @out = null) => Tensor.Into(Op.Call("linalg_solve_triangular", A, B, upper, left, unitriangular), @out);
        public static Tensor lu_solve(Tensor LU, Tensor pivots, Tensor B, bool left = true, bool adjoint = false, Tensor? @out = null) => Tensor.Into(Op.Call("linalg_lu_solve", LU, pivots, B, left, adjoint), @out);
        public static Tensor ldl_solve(Tensor LD, Tensor pivots, Tensor B, bool hermitian = false) => Op.Call("linalg_ldl_solve", LD, pivots, B, hermitian);
        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other) => Four(Op.List("linalg_lstsq", input, other));
        public static (Tensor Solution, Tensor Residuals, Tensor Rank, Tensor SingularValues) lstsq(Tensor input, Tensor other, double rcond) => Four(Op.List("linalg_lstsq", input, other, rcond));
        public static Tensor inv(Tensor input) => Op.Call("linalg_inv", input);
        public static (Tensor L, Tensor info) inv_ex(Tensor input, bool check_errors = false) => Op.Pair("linalg_inv_ex", input, check_errors);
        public static Tensor pinv(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) => Op.Call("linalg_pinv.atol_rtol_float", input, atol, rtol, hermitian);
        public static Tensor pinv(Tensor input, Tensor atol, Tensor? rtol = null, bool hermitian = false) => Op.Call("linalg_pinv.atol_rtol_tensor", input, atol, rtol, hermitian);
        public static Tensor tensorinv(Tensor input, long ind) => Op.Call("linalg_tensorinv", input, ind);
        public static Tensor tensorsolve(Tensor A, Tensor B, long[] dims) => Op.Call("linalg_tensorsolve", A, B, dims);

        // Numbers of a matrix
        public static Tensor det(Tensor input) => Op.Call("linalg_det", input);
        public static (Tensor, Tensor) slogdet(Tensor input) => Op.Pair("linalg_slogdet", input);
        public static Tensor cond(Tensor input) => Op.Call("linalg_cond", input);
        public static Tensor cond(Tensor input, int p) => Op.Call("linalg_cond", input, (long)p);
        public static Tensor cond(Tensor input, double p) => Op.Call("linalg_cond", input, p);
        public static Tensor cond(Tensor input, string p) => Op.Call("linalg_cond.p_str", input, p);
        public static Tensor matrix_rank(Tensor input, double? atol = null, double? rtol = null, bool hermitian = false) => Op.Call("linalg_matrix_rank.atol_rtol_float", input, atol, rtol, hermitian);
        public static Tensor matrix_rank(Tensor input, Tensor atol, Tensor? rtol = null, bool hermitian = false) => Op.Call("linalg_matrix_rank.atol_rtol_tensor", input, atol, rtol, hermitian);

        // Norms
        public static Tensor norm(Tensor input, string ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm.ord_str", input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, ord, dims, keepdim);
        public static Tensor norm(Tensor input, int ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, (long)ord, dims, keepdim);
        public static Tensor norm(Tensor input, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_norm", input, Arg.None, dims, keepdim);
        public static Tensor matrix_norm(Tensor input, string ord = "fro", long[]? dims = null, bool keepdim = false) => Op.Call("linalg_matrix_norm.str_ord", input, ord, dims ?? [-2, -1], keepdim);
        public static Tensor matrix_norm(Tensor input, double ord, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_matrix_norm", input, ord, dims ?? [-2, -1], keepdim);
        public static Tensor vector_norm(Tensor input, double ord = 2, long[]? dims = null, bool keepdim = false) => Op.Call("linalg_vector_norm", input, ord, dims, keepdim);

        // Products
        public static Tensor cross(Tensor input, Tensor other, long dim = -1) => Op.Call("linalg_cross", input, other, dim);
        public static Tensor vecdot(Tensor x, Tensor y, long dim = -1, Tensor? @out = null) => Tensor.Into(Op.Call("linalg_vecdot", x, y, dim), @out);
        public static Tensor multi_dot(IList<Tensor> tensors) => Op.Call("linalg_multi_dot", ArrayOf(tensors));
        public static Tensor matrix_exp(Tensor input) => Op.Call("matrix_exp", input);
        public static Tensor diagonal(Tensor input, int offset = 0, int dim1 = -2, int dim2 = -1) => Op.Call("diagonal", input, (long)offset, (long)dim1, (long)dim2);
        public static Tensor vander(Tensor input, long? N = null) => Op.Call("linalg_vander", input, N);

        static (Tensor, Tensor, Tensor, Tensor) Four(Tensor[] results) => (results[0], results[1], results[2], results[3]);
    }

    public partial class Tensor
    {
        public Tensor inverse() => Op.Call("inverse", this);
        public Tensor pinverse(double rcond = 1E-15, bool hermitian = false) => Op.Call("linalg_pinv", this, rcond, hermitian);
        public Tensor det() => Op.Call("det", this);
        public Tensor logdet() => Op.Call("logdet", this);
        public Tensor cholesky_inverse(bool upper = false) => Op.Call("cholesky_inverse", this, upper);
        public Tensor cholesky_solve(Tensor input2, bool upper = false) => Op.Call("cholesky_solve", this, input2, upper);
        public (Tensor a, Tensor tau) geqrf() => Op.Pair("geqrf", this);
        public Tensor ormqr(Tensor tau, Tensor other, bool left = true, bool transpose = false) => Op.Call("ormqr", this, tau, other, left, transpose);
    }

    public static Tensor inverse(Tensor input) => input.inverse();
    public static Tensor pinverse(Tensor input, double rcond = 1E-15, bool hermitian = false) => input.pinverse(rcond, hermitian);
    public static Tensor det(Tensor input) => input.det();
    public static Tensor logdet(Tensor input) => input.logdet();
    public static (Tensor res, Tensor logabsdet) slogdet(Tensor A) => linalg.slogdet(A);
    public static Tensor cholesky_inverse(Tensor input, bool upper = false) => input.cholesky_inverse(upper);
    public static Tensor cholesky_solve(Tensor input, Tensor input2, bool upper = false) => input.cholesky_solve(input2, upper);
    public static (Tensor a, Tensor tau) geqrf(Tensor input) => input.geqrf();

    public static (Tensor A_LU, Tensor? pivots, Tensor? infos) lu(Tensor A, bool pivot = true, bool get_infos = false)
    {
        var (packed, pivots, info) = Op.Triple("linalg_lu_factor_ex", A, pivot);
        if (get_infos) return (packed, pivots, info);
        info.Dispose();
        return (packed, pivots, null);
    }

    public static (Tensor P, Tensor? L, Tensor? U) lu_unpack(Tensor LU_data, Tensor LU_pivots, bool unpack_data = true, bool unpack_pivots = true) =>
        Op.Triple("lu_unpack", LU_data, LU_pivots, unpack_data, unpack_pivots);

    /// <summary>The X that minimises |A X - B|; the second result is the QR factorisation of A in LAPACK's packed form.</summary>
    public static (Tensor Solution, Tensor QR) lstsq(Tensor B, Tensor A)
    {
        var (packed, tau) = A.geqrf();
        tau.Dispose();
        return (linalg.lstsq(A, B).Solution, packed);
    }
}
