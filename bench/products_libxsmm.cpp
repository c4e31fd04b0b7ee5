// libxsmm knows columns first: to it our row-major matrices are their transposes, so it is asked
// for C^T = op(B)^T op(A)^T. Its kernels read the second operand of that transposed, never the
// first: where B is transposed, a transposition is part of the product.
#include <vector>

#include <libxsmm.h>

#include "products.h"

namespace chainrule::bench {

ProductEngine libxsmm_product() {
  return {"libxsmm", [](const kernels::MatmulProblem& x) -> Product {
            const auto m = static_cast<int>(x.m), n = static_cast<int>(x.n),
                       k = static_cast<int>(x.k);
            const int lda = n, ldb = x.transpose_a ? m : k, ldc = n;
            const int flags = x.transpose_a ? LIBXSMM_GEMM_FLAG_TRANS_B : LIBXSMM_GEMM_FLAG_NONE;
            const float one = 1, zero = 0;
            const libxsmm_smmfunction kernel =
                libxsmm_smmdispatch(n, m, k, &lda, &ldb, &ldc, &one, &zero, &flags, nullptr);
            if (kernel == nullptr) return nullptr;
            if (!x.transpose_b)
              return [kernel](const float* a, const float* b, float* c) { kernel(b, a, c); };
            std::vector<float> straight(static_cast<std::size_t>(x.n * x.k));
            return [kernel, n, k, straight](const float* a, const float* b, float* c) mutable {
              libxsmm_otrans(straight.data(), b, sizeof(float), static_cast<unsigned>(k),
                             static_cast<unsigned>(n), static_cast<unsigned>(k),
                             static_cast<unsigned>(n));
              kernel(straight.data(), a, c);
            };
          }};
}

}  // namespace chainrule::bench
