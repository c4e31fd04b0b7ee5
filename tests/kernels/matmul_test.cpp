#include "kernels/matmul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "base/random.h"
#include "kernels/simd_levels.h"

namespace chainrule::kernels {
namespace {

constexpr std::size_t guard = 32;
constexpr float untouched = -12345.5f;

// Operands of one product, one float off their alignment; C and the workspace lie between guards.
struct Product {
  MatmulProblem problem;
  std::vector<float> a, b, c, workspace;

  explicit Product(const MatmulProblem& p, int threads = 1) : problem(p) {
    RandomStream random(1, 0);
    const auto fill = [&](std::vector<float>& to, std::int64_t size) {
      to.resize(static_cast<std::size_t>(size) + 1);
      for (float& value : to) value = static_cast<float>(random.bits()) * 0x1p-31f - 1;
    };
    fill(a, p.m * p.k);
    fill(b, p.k * p.n);
    c.assign(static_cast<std::size_t>(p.m * p.n) + 2 * guard + 1, untouched);
    workspace.assign(workspace_floats(p, threads) + 2 * guard + 1, untouched);
  }

  float* result() { return c.data() + guard + 1; }
  void run(ThreadPool& pool, Epilogue epilogue = {}) {
    matmul(problem, a.data() + 1, b.data() + 1, result(), epilogue, workspace.data() + guard + 1,
           pool);
  }

  // The largest error against the sum in double, in units of what k roundings may amount to.
  double error() {
    const auto [m, n, k, transpose_a, transpose_b, parts, order] = problem;
    double worst = 0;
    for (std::int64_t i = 0; i < m; ++i) {
      for (std::int64_t j = 0; j < n; ++j) {
        double sum = 0, magnitude = 1e-30;
        for (std::int64_t p = 0; p < k; ++p) {
          const double x = a[static_cast<std::size_t>(1 + (transpose_a ? p * m + i : i * k + p))];
          const double y = b[static_cast<std::size_t>(1 + (transpose_b ? j * k + p : p * n + j))];
          sum += x * y;
          magnitude += std::abs(x * y);
        }
        const double bound = (static_cast<double>(k) + 1) * 0x1p-24 * magnitude;
        const double wrong = std::abs(static_cast<double>(result()[i * n + j]) - sum);
        worst = std::fmax(worst, std::isnan(wrong) ? HUGE_VAL : wrong / bound);
      }
    }
    return worst;
  }

  bool guards_intact() const {
    for (std::size_t i = 0; i < guard; ++i) {
      for (const std::vector<float>* memory : {&c, &workspace}) {
        if ((*memory)[i] != untouched || (*memory)[memory->size() - 1 - i] != untouched) {
          return false;
        }
      }
    }
    return true;
  }
};

std::vector<MatmulProblem> all_forms(std::int64_t m, std::int64_t n, std::int64_t k) {
  return {{m, n, k, false, false},
          {m, n, k, false, true},
          {m, n, k, true, false},
          {m, n, k, true, true}};
}

std::string describe(const MatmulProblem& p) {
  return std::to_string(p.m) + "x" + std::to_string(p.n) + "x" + std::to_string(p.k) +
         (p.transpose_a ? " A^T" : "") + (p.transpose_b ? " B^T" : "");
}

class Matmul : public EverySimdLevel {};
INSTANTIATE_TEST_SUITE_P(EveryLevel, Matmul, testing::ValuesIn(available_simd()), level_name);

void expect_right(const MatmulProblem& problem, ThreadPool& pool) {
  Product product(problem, pool.size());
  product.run(pool);
  EXPECT_LE(product.error(), 1.0) << describe(problem);
  EXPECT_TRUE(product.guards_intact()) << describe(problem);
}

TEST_P(Matmul, AgreesWithDoublePrecisionForEveryExtentUpTo70) {
  ThreadPool pool(1);
  for (std::int64_t extent = 1; extent <= 70; ++extent) {
    for (const auto& p : all_forms(extent, 19, 5)) expect_right(p, pool);
    for (const auto& p : all_forms(17, extent, 6)) expect_right(p, pool);
    for (const auto& p : all_forms(9, 33, extent)) expect_right(p, pool);
  }
}

TEST_P(Matmul, AgreesWithDoublePrecisionForVectorsAndOddShapes) {
  ThreadPool pool(2);
  constexpr std::int64_t shapes[][3] = {
      {1, 1, 1},    {2, 2, 2},    {1, 2, 2},    {1, 1, 500},    {1, 500, 1},    {500, 1, 1},
      {500, 1, 37}, {1, 129, 65}, {2, 200, 33}, {3, 67, 100},   {4, 131, 17},   {5, 31, 1000},
      {57, 32, 64}, {64, 10, 90}, {113, 48, 3}, {120, 97, 385}, {225, 33, 800}, {64, 128, 784}};
  for (const auto& [m, n, k] : shapes) {
    for (const auto& p : all_forms(m, n, k)) expect_right(p, pool);
  }
}

// Fused, in increasing order of k, by blocks; or in sixteen sums that are joined: in fours the
// first half with the second, twice, then the fours likewise.
std::vector<float> product_in_order(Product& product, std::int64_t block, bool by_lanes) {
  const MatmulProblem& x = product.problem;
  std::vector<float> c;
  for (std::int64_t i = 0; i < x.m; ++i)
    for (std::int64_t j = 0; j < x.n; ++j) {
      const auto add = [&](float sum, std::int64_t p) {
        const float left =
            product.a[static_cast<std::size_t>(1 + (x.transpose_a ? p * x.m + i : i * x.k + p))];
        const float right =
            product.b[static_cast<std::size_t>(1 + (x.transpose_b ? j * x.k + p : p * x.n + j))];
        return std::fma(left, right, sum);
      };
      if (by_lanes) {
        std::vector<float> sum(16, -0.0f);
        for (std::int64_t p = 0; p < x.k; ++p) {
          float& lane = sum[static_cast<std::size_t>(p % 16)];
          lane = add(lane, p);
        }
        const auto four = [&](std::size_t first) {
          return (sum[first] + sum[first + 2]) + (sum[first + 1] + sum[first + 3]);
        };
        c.push_back((four(0) + four(8)) + (four(4) + four(12)));
        continue;
      }
      float total = -0.0f;
      for (std::int64_t p = 0; p < x.k;) {
        float sum = -0.0f;
        for (const std::int64_t stop = std::min(p + block, x.k); p < stop; ++p) sum = add(sum, p);
        total += sum;
      }
      c.push_back(total);
    }
  return c;
}

// The order is fixed by the shape, and this is it.
TEST_P(Matmul, HasTheBitsOfThePlainLoops) {
  struct Case {
    MatmulProblem problem;
    std::int64_t block = 1 << 30;
    bool by_lanes = false;
  };
  const std::vector<Case> cases{{{2, 2, 2}},
                                {{3, 5, 8, true, true}},
                                {{1, 16, 16, false, true}},  // small: in order
                                {{1, 17, 16, false, true}, 0, true},
                                {{4, 33, 301, false, true}, 0, true},
                                {{16, 9, 128, false, true}, 0, true},
                                {{16, 9, 127, false, true}},
                                {{17, 9, 128, false, true}},
                                {{4, 70, 1000}},  // few rows: all in order
                                {{5, 70, 1000}, 334},
                                {{56, 40, 384}, 384},
                                {{57, 40, 385}, 193},
                                {{130, 33, 800, true, true}, 267},
                                {{300, 1, 500}, 0, true},  // turned around
                                {{300, 1, 500, true, false}}};
  ThreadPool pool(2);
  for (const auto& [problem, block, by_lanes] : cases) {
    Product product(problem, pool.size());
    product.run(pool);
    const std::vector<float> expected = product_in_order(product, block, by_lanes);
    EXPECT_EQ(std::memcmp(product.result(), expected.data(), 4 * expected.size()), 0)
        << describe(problem);
  }
}

// The operands of part `i` of k, of so many, as a product of its own.
Product part_of_sum(const Product& all, std::int64_t i, std::int64_t parts) {
  const MatmulProblem& x = all.problem;
  MatmulProblem alone{x.m, x.n, x.k / parts, x.transpose_a, x.transpose_b};
  Product part(alone);
  for (std::int64_t p = 0; p < alone.k; ++p) {
    const std::int64_t q = i * alone.k + p;
    const auto place = [](std::int64_t at) { return static_cast<std::size_t>(1 + at); };
    for (std::int64_t r = 0; r < x.m; ++r)
      part.a[place(x.transpose_a ? p * x.m + r : r * alone.k + p)] =
          all.a[place(x.transpose_a ? q * x.m + r : r * x.k + q)];
    for (std::int64_t j = 0; j < x.n; ++j)
      part.b[place(x.transpose_b ? j * alone.k + p : p * x.n + j)] =
          all.b[place(x.transpose_b ? j * x.k + q : q * x.n + j)];
  }
  return part;
}

// Sums [first, last) of equal length: the first largest power of 2 below their number, and the
// rest.
std::vector<float> summed_along_the_tree(const std::vector<std::vector<float>>& sums,
                                         std::size_t first, std::size_t last) {
  if (last - first == 1) return sums[first];
  std::size_t half = 1;
  while (2 * half < last - first) half *= 2;
  std::vector<float> left = summed_along_the_tree(sums, first, first + half);
  const std::vector<float> right = summed_along_the_tree(sums, first + half, last);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] += right[i];
  return left;
}

TEST_P(Matmul, SumsPartsAsProductsOfTheirOwnAndThenAlongATree) {
  struct Case {
    std::int64_t m, n, parts, length;
  };
  constexpr Case cases[] = {{130, 70, 16, 8},  {24, 64, 8, 3},   {512, 33, 4, 17},
                            {10, 96, 5, 7},    {5, 16, 2, 400},  {57, 40, 3, 900},
                            {1, 40, 6, 500},   {30, 1, 4, 90},   {2, 2, 16, 1},
                            {113, 130, 12, 1}, {12, 32, 7, 384}, {70, 9, 11, 385}};
  ThreadPool one(1), three(3);
  int tried = 0, in_order_too = 0;
  for (const auto& [m, n, parts, length] : cases)
    for (MatmulProblem p : all_forms(m, n, parts * length)) {
      MatmulProblem part = p;
      part.k = length;
      if (sum_order(part) == SumOrder::lanes) continue;
      p.parts = parts;
      Product product(p, three.size());
      std::vector<std::vector<float>> sums;
      std::vector<float> in_order;
      for (std::int64_t i = 0; i < parts; ++i) {
        Product alone = part_of_sum(product, i, parts);
        alone.run(one);
        sums.emplace_back(alone.result(), alone.result() + m * n);
        in_order.resize(sums[0].size());
        for (std::size_t e = 0; e < in_order.size(); ++e) in_order[e] += sums.back()[e];
      }
      const std::vector<float> expected = summed_along_the_tree(sums, 0, sums.size());
      for (ThreadPool* const pool : {&one, &three}) {
        product.run(*pool);
        EXPECT_EQ(std::memcmp(product.result(), expected.data(), 4 * expected.size()), 0)
            << describe(p) << " in " << parts << " parts";
        EXPECT_TRUE(product.guards_intact()) << describe(p) << " in " << parts << " parts";
      }
      ++tried;
      if (parts > 3 && std::memcmp(in_order.data(), expected.data(), 4 * expected.size()) == 0)
        ++in_order_too;
    }
  EXPECT_GT(tried, 40);
  EXPECT_EQ(in_order_too, 0) << "another order would have been noticed";
}

TEST_P(Matmul, GivesRowsTheBitsThatTheyHaveAmongFewerRows) {
  struct Case {
    std::int64_t rows, n, k, parts;
  };
  constexpr Case cases[] = {{8, 70, 784, 16}, {8, 10, 130, 3}, {1, 300, 40, 20},  {4, 33, 1000, 9},
                            {3, 1, 500, 30},  {1, 1, 700, 8},  {16, 20, 128, 5},  {2, 1, 100, 64},
                            {8, 17, 127, 16}, {5, 9, 900, 50}, {1, 2, 1000, 100}, {17, 60, 200, 4}};
  ThreadPool one(1), three(3);
  int given = 0;
  for (const auto& [rows, n, k, parts] : cases)
    for (const bool transpose_b : {false, true}) {
      const MatmulProblem part{rows, n, k, false, transpose_b};
      MatmulProblem all{rows * parts, n, k, false, transpose_b};
      if (!allows(all, sum_order(part))) continue;
      if (sum_order(all) != sum_order(part)) {
        all.order = sum_order(part);
        ++given;
      }
      Product product(all, three.size());
      for (ThreadPool* const pool : {&one, &three}) {
        product.run(*pool);
        EXPECT_TRUE(product.guards_intact()) << describe(all);
        for (std::int64_t i = 0; i < parts; ++i) {
          Product alone(part);
          std::copy_n(product.a.begin() + 1 + i * rows * k, rows * k, alone.a.begin() + 1);
          std::copy_n(product.b.begin(), product.b.size(), alone.b.begin());
          alone.run(one);
          EXPECT_EQ(std::memcmp(product.result() + i * rows * n, alone.result(),
                                static_cast<std::size_t>(4 * rows * n)),
                    0)
              << describe(all) << ", part " << i << " of " << parts;
        }
      }
    }
  EXPECT_GT(given, 9);
}

TEST_P(Matmul, OfNothingIsZero) {
  ThreadPool pool(1);
  for (const auto& p : all_forms(20, 30, 0)) expect_right(p, pool);
  for (const auto& p : all_forms(0, 30, 5)) expect_right(p, pool);
  for (const auto& p : all_forms(20, 0, 5)) expect_right(p, pool);
}

TEST_P(Matmul, ReferenceCheckCanFail) {
  ThreadPool pool(1);
  Product product({20, 30, 40, false, false});
  product.run(pool);
  ASSERT_LE(product.error(), 1.0);
  product.result()[77] += 1e-3f;
  EXPECT_GT(product.error(), 1.0);
}

TEST_P(Matmul, GivesTheSameBitsWithAnyNumberOfThreads) {
  constexpr std::int64_t shapes[][3] = {{1, 3000, 1000}, {3, 2000, 500},  {40, 700, 500},
                                        {150, 130, 400}, {333, 257, 129}, {2000, 1, 900}};
  for (const auto& [m, n, k] : shapes) {
    for (const auto& p : all_forms(m, n, k)) {
      std::unique_ptr<Product> first;
      for (const int threads : {1, 2, 3, 4}) {
        ThreadPool pool(threads);
        auto product = std::make_unique<Product>(p, threads);
        product->run(pool);
        EXPECT_TRUE(product->guards_intact());
        if (first == nullptr)
          first = std::move(product);
        else
          EXPECT_EQ(
              std::memcmp(first->c.data(), product->c.data(), first->c.size() * sizeof(float)), 0)
              << describe(p) << " with " << threads << " threads";
      }
    }
  }
}

struct Seen {
  const float* c;
  std::int64_t n;
  std::vector<std::atomic<int>>* visits;
  std::vector<float>* values;
};

TEST_P(Matmul, EpilogueSeesEveryFinishedElementOnce) {
  constexpr std::int64_t shapes[][3] = {{2, 2, 2},      {1, 200, 300},  {30, 1, 50},
                                        {3, 2000, 500}, {50, 900, 500}, {300, 200, 500}};
  for (const auto& [m, n, k] : shapes) {
    for (const auto& p : all_forms(m, n, k)) {
      for (const int threads : {1, 3}) {
        ThreadPool pool(threads);
        Product product(p, threads);
        std::vector<std::atomic<int>> visits(static_cast<std::size_t>(m * n));
        std::vector<float> values(visits.size());
        const Seen seen{product.result(), n, &visits, &values};
        const auto look = [](const void* context, std::int64_t begin, std::int64_t end) {
          const Seen& to = *static_cast<const Seen*>(context);
          EXPECT_EQ(begin % to.n, 0);
          EXPECT_EQ(end % to.n, 0);
          for (std::int64_t i = begin; i < end; ++i) {
            ++(*to.visits)[static_cast<std::size_t>(i)];
            (*to.values)[static_cast<std::size_t>(i)] = to.c[i];
          }
        };
        product.run(pool, {look, &seen});
        for (std::size_t i = 0; i < visits.size(); ++i) {
          ASSERT_EQ(visits[i], 1) << describe(p) << " element " << i;
          ASSERT_EQ(values[i], product.result()[i]) << describe(p) << " element " << i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace chainrule::kernels
