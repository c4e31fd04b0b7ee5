// Matrix products in the forms that training needs, ours beside other libraries'.
#pragma once

#include <functional>
#include <string>

#include "kernels/matmul.h"

namespace chainrule::bench {

// Computes C = op(A) op(B) from and into memory given at each call, on one thread.
using Product = std::function<void(const float* a, const float* b, float* c)>;

struct ProductEngine {
  std::string name;
  // Does once what needs doing once for a shape. Empty if the engine has no such product.
  std::function<Product(const kernels::MatmulProblem&)> make;
};

ProductEngine onednn_product();   // dnnl_sgemm
ProductEngine libxsmm_product();  // one kernel written for the shape; transposes first if it must
ProductEngine blas_product();     // sgemm of the libblas.so.3 that the system has chosen

}  // namespace chainrule::bench
