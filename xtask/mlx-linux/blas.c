/* MLX multiplies matrices of floats by cblas_sgemm. The BLAS in its wheel is the reference one, which does one multiplication at a
   time, so this stands before it: OpenBLAS, out of a wheel that gives its functions other names. A single row is a vector to it. */
enum { ROW_MAJOR = 101, AS_IT_IS = 111, TRANSPOSED = 112 };

void scipy_cblas_sgemm(int order, int of_a, int of_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b,
                       int ldb, float beta, float *c, int ldc);
void scipy_cblas_sgemv(int order, int of_a, int m, int n, float alpha, const float *a, int lda, const float *x, int step_x, float beta,
                       float *y, int step_y);

void cblas_sgemm(int order, int of_a, int of_b, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb,
                 float beta, float *c, int ldc) {
  if (order == ROW_MAJOR && m == 1 && of_a == AS_IT_IS && of_b == TRANSPOSED)
    scipy_cblas_sgemv(ROW_MAJOR, AS_IT_IS, n, k, alpha, b, ldb, a, 1, beta, c, 1);
  else
    scipy_cblas_sgemm(order, of_a, of_b, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc);
}
