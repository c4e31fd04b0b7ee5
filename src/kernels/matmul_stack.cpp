#include <algorithm>

#include "kernels/matmul.h"

namespace chainrule::kernels {
namespace {

// Products of at least so many multiply-adds keep all threads busy one by one.
constexpr double worth_sharing_a_product = 4e6;

bool shares_products(const MatmulStack& stack, int threads) {
  const MatmulProblem& x = stack.problem;
  const double work =
      static_cast<double>(x.m) * static_cast<double>(x.n) * static_cast<double>(x.k);
  return threads > 1 && work < worth_sharing_a_product &&
         work * static_cast<double>(stack.count) > worth_sharing_a_product / 4;
}

// The epilogue of the whole stack, from one of its products.
struct Part {
  Epilogue whole;
  std::int64_t begin;
};

void run_part(const void* context, std::int64_t begin, std::int64_t end) {
  const Part& part = *static_cast<const Part*>(context);
  part.whole.call(part.whole.context, part.begin + begin, part.begin + end);
}

}  // namespace

std::size_t workspace_floats(const MatmulStack& stack, int threads) {
  if (!shares_products(stack, threads)) return workspace_floats(stack.problem, threads);
  return static_cast<std::size_t>(threads) * workspace_floats(stack.problem, 1);
}

void matmul_stack(const MatmulStack& stack, const float* a, const float* b, float* c,
                  Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const std::int64_t floats = stack.problem.m * stack.problem.n;
  const auto multiply = [&](std::int64_t i, float* scratch, ThreadPool& threads) {
    const Part part{epilogue, i * floats};
    const Epilogue own = epilogue.call == nullptr ? Epilogue{} : Epilogue{run_part, &part};
    matmul(stack.problem, a + i * stack.a_step, b + i * stack.b_step, c + i * floats, own, scratch,
           threads);
  };
  if (!shares_products(stack, pool.size())) {
    for (std::int64_t i = 0; i < stack.count; ++i) multiply(i, workspace, pool);
    return;
  }
  const std::size_t scratch = workspace_floats(stack.problem, 1);
  const std::int64_t chunks = std::min<std::int64_t>(stack.count, 4 * pool.size());
  pool.parallel_for(chunks, [&](std::int64_t chunk, int worker) {
    ThreadPool alone(1);
    for (std::int64_t i = stack.count * chunk / chunks; i < stack.count * (chunk + 1) / chunks; ++i)
      multiply(i, workspace + static_cast<std::size_t>(worker) * scratch, alone);
  });
}

}  // namespace chainrule::kernels
