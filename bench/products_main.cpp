// chainrule_products: the speed of matrix products, ours beside other libraries', on one thread.
#include <dlfcn.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <stdexcept>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/aligned.h"
#include "clock.h"
#include "kernels/dispatch.h"
#include "products.h"

namespace chainrule::bench {

ProductEngine blas_product() {
  using Sgemm = void (*)(const char*, const char*, const int*, const int*, const int*, const float*,
                         const float*, const int*, const float*, const int*, const float*, float*,
                         const int*);
  setenv("OMP_NUM_THREADS", "1", 1);  // read when its threads' library is loaded with it
  void* library = dlopen("libblas.so.3", RTLD_NOW);
  const auto sgemm = reinterpret_cast<Sgemm>(library ? dlsym(library, "sgemm_") : nullptr);
  if (sgemm == nullptr) return {};
  Dl_info info{};
  dladdr(reinterpret_cast<void*>(sgemm), &info);
  const std::string file = std::filesystem::canonical(info.dli_fname).string();
  // Columns first, as with libxsmm: C^T = op(B)^T op(A)^T.
  return {file.find("openblas") != std::string::npos ? "OpenBLAS" : file,
          [sgemm](const kernels::MatmulProblem& x) -> Product {
            return [sgemm, x](const float* a, const float* b, float* c) {
              const auto m = static_cast<int>(x.m), n = static_cast<int>(x.n),
                         k = static_cast<int>(x.k);
              const int ldb = x.transpose_b ? k : n, lda = x.transpose_a ? m : k;
              const float one = 1, zero = 0;
              sgemm(x.transpose_b ? "T" : "N", x.transpose_a ? "T" : "N", &n, &m, &k, &one, b, &ldb,
                    a, &lda, &zero, c, &n);
            };
          }};
}

namespace {

ProductEngine own_product() {
  return {"ours", [](const kernels::MatmulProblem& x) -> Product {
            const auto pool = std::make_shared<ThreadPool>(1);
            const auto workspace =
                std::make_shared<AlignedBuffer<float>>(kernels::workspace_floats(x, 1));
            return [x, pool, workspace](const float* a, const float* b, float* c) {
              kernels::matmul(x, a, b, c, {}, workspace->data(), *pool);
            };
          }};
}

// A layer's shape and what it computes from x [batch, inputs], W [units, inputs], dz [batch,
// units].
struct Layer {
  std::int64_t batch, inputs, units;
};
struct Form {
  const char* name;
  kernels::MatmulProblem (*problem)(const Layer&);
};
constexpr Form forms[] = {
    {"x W^T",
     [](const Layer& l) {
       return kernels::MatmulProblem{l.batch, l.units, l.inputs, false, true};
     }},
    {"dz^T x",
     [](const Layer& l) {
       return kernels::MatmulProblem{l.units, l.inputs, l.batch, true, false};
     }},
    {"dz W",
     [](const Layer& l) {
       return kernels::MatmulProblem{l.batch, l.inputs, l.units, false, false};
     }},
};

std::vector<Layer> layers() {
  std::vector<Layer> all;
  for (const std::int64_t size : {8, 16, 32, 64, 128, 256, 512, 1024, 2048})
    all.push_back({size, size, size});
  // The layers of the benchmark's workloads.
  for (const Layer& layer : {Layer{32, 16, 32},
                             {32, 32, 4},
                             {64, 784, 128},
                             {100, 300, 300},
                             {128, 512, 512},
                             {500, 784, 500}})
    all.push_back(layer);
  return all;
}

AlignedBuffer<float> random_matrix(std::int64_t size, std::mt19937& engine) {
  AlignedBuffer<float> values(static_cast<std::size_t>(size));
  for (float& value : values) value = static_cast<float>(engine() >> 8) / 8388608.0F - 1.0F;
  return values;
}

struct Measured {
  const ProductEngine* engine;
  Product product;
  AlignedBuffer<float> c;
  std::int64_t calls = 1;  // per round
  std::vector<double> rates{};
};

// Sums of k numbers below 1, added up in different orders.
void check(const std::vector<Measured>& all, const kernels::MatmulProblem& x) {
  for (const Measured& other : all)
    for (std::size_t i = 0; i < other.c.size(); ++i)
      if (!(std::abs(other.c[i] - all[0].c[i]) <= 1e-6F * static_cast<float>(x.k)))
        throw std::runtime_error(
            fmt::format("{} x {} x {}: element {} is {} with {} and {} with {}", x.m, x.n, x.k, i,
                        all[0].c[i], all[0].engine->name, other.c[i], other.engine->name));
}

// GF/s of each engine, in their order; 0 where an engine has no such product.
std::vector<double> measure(const std::vector<ProductEngine>& engines,
                            const kernels::MatmulProblem& x, bool is_quick) {
  std::mt19937 random(1);
  const AlignedBuffer<float> a = random_matrix(x.m * x.k, random);
  const AlignedBuffer<float> b = random_matrix(x.k * x.n, random);
  std::vector<Measured> all;
  for (const ProductEngine& engine : engines)
    if (Product product = engine.make(x))
      all.push_back(
          {&engine, std::move(product), AlignedBuffer<float>(static_cast<std::size_t>(x.m * x.n))});
  const auto seconds = [&](Measured& one) {
    const double begin = now(Clock::wall);
    for (std::int64_t i = 0; i < one.calls; ++i) one.product(a.data(), b.data(), one.c.data());
    return now(Clock::wall) - begin;
  };
  for (Measured& one : all) seconds(one);
  check(all, x);
  for (Measured& one : all)
    while (seconds(one) < (is_quick ? 1e-4 : 4e-3)) one.calls *= 2;
  for (int round = 0; round < (is_quick ? 1 : 11); ++round)
    for (Measured& one : all)
      one.rates.push_back(2e-9 * static_cast<double>(one.calls * x.m * x.n * x.k) / seconds(one));
  std::vector<double> rates;
  for (const ProductEngine& engine : engines) {
    const auto place =
        std::ranges::find_if(all, [&](const Measured& one) { return one.engine == &engine; });
    rates.push_back(place == all.end() ? 0 : median(place->rates));
  }
  return rates;
}

std::vector<ProductEngine> find_engines() {
  std::vector<ProductEngine> engines{own_product()};
#ifdef CHAINRULE_ONEDNN
  engines.push_back(onednn_product());
#else
  fmt::print("oneDNN is left out: libdnnl-dev was not there when this was built.\n");
#endif
#ifdef CHAINRULE_LIBXSMM
  engines.push_back(libxsmm_product());
#else
  fmt::print("libxsmm is left out: libxsmm-dev was not there when this was built.\n");
#endif
  if (ProductEngine blas = blas_product(); blas.make) engines.push_back(std::move(blas));
  return engines;
}

// is_quick: one short round, to compare the results.
void run(bool is_quick) {
  const std::vector<ProductEngine> engines = find_engines();
  fmt::print("GF/s, one thread, {}\n\n| batch x inputs x units | product |", kernels::simd_name());
  for (const ProductEngine& engine : engines) fmt::print(" {} |", engine.name);
  fmt::print(" ours / best other |\n|---|---|");
  for (std::size_t i = 0; i <= engines.size(); ++i) fmt::print("---|");
  for (const Layer& layer : layers())
    for (const Form& form : forms) {
      const std::vector<double> rates = measure(engines, form.problem(layer), is_quick);
      fmt::print("\n| {} x {} x {} | {} |", layer.batch, layer.inputs, layer.units, form.name);
      for (const double rate : rates)
        fmt::print(" {} |", rate > 0 ? fmt::format("{:.3g}", rate) : "n/a");
      const double best =
          rates.size() < 2 ? 0 : *std::ranges::max_element(rates.begin() + 1, rates.end());
      fmt::print(" {} |", best > 0 ? fmt::format("{:.2f}", rates[0] / best) : "n/a");
      std::fflush(stdout);
    }
  fmt::print("\n");
}

}  // namespace
}  // namespace chainrule::bench

int main(int count, char** arguments) {
  try {
    chainrule::bench::run(count > 1 && std::string_view(arguments[1]) == "--quick");
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chainrule_products: %s\n", error.what());
    return 1;
  }
}
