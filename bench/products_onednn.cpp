#include <stdexcept>

#include <dnnl.h>
#include <omp.h>

#include "products.h"

namespace chainrule::bench {

ProductEngine onednn_product() {
  return {"oneDNN", [](const kernels::MatmulProblem& x) -> Product {
            omp_set_num_threads(1);
            return [x](const float* a, const float* b, float* c) {
              if (dnnl_sgemm(x.transpose_a ? 'T' : 'N', x.transpose_b ? 'T' : 'N', x.m, x.n, x.k,
                             1.0F, a, x.transpose_a ? x.m : x.k, b, x.transpose_b ? x.k : x.n, 0.0F,
                             c, x.n) != dnnl_success)
                throw std::runtime_error("oneDNN refuses a product");
            };
          }};
}

}  // namespace chainrule::bench
