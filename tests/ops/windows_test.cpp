// Windows and their overlap against loops over the definition, and what is refused.
#include <algorithm>
#include <limits>
#include <optional>

#include <gmock/gmock.h>

#include "chainrule/error.h"
#include "ops/numbers.h"

namespace chainrule {
namespace {

std::int64_t whole_number(RandomStream& random, std::int64_t low, std::int64_t high) {
  return low + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(high - low + 1)));
}

struct WindowCase {
  Windows where{};
  Shape image{}, windows{};
};

std::optional<WindowCase> draw_case(RandomStream& random) {
  WindowCase c;
  std::array<std::int64_t, 2> extent{};
  std::array<std::int64_t, 2> count{};
  for (std::size_t side = 0; side < 2; ++side) {
    extent[side] = whole_number(random, 1, 20);
    c.where.size[side] = whole_number(random, 1, 5);
    c.where.stride[side] = whole_number(random, 1, 3);
    c.where.dilation[side] = random.below(3) == 0 ? whole_number(random, 2, 3) : 1;
    c.where.before[side] = whole_number(random, 0, 3);
    c.where.after[side] = whole_number(random, 0, 3);
    const std::int64_t room = c.where.before[side] + extent[side] + c.where.after[side] -
                              (c.where.size[side] - 1) * c.where.dilation[side] - 1;
    if (room < 0) return {};
    count[side] = room / c.where.stride[side] + 1;
  }
  if (random.below(2) == 0) c.where.fill = -2.5;
  const std::int64_t batch = whole_number(random, 1, 40), channels = whole_number(random, 1, 19);
  c.image = {batch, extent[0], extent[1], channels};
  c.windows = {batch, count[0], count[1], c.where.size[0], c.where.size[1], channels};
  return c;
}

// Calls visit(at, from): number `at` of the windows is number `from` of the image, or -1.
template <class Visit>
void for_each_number(const WindowCase& c, Visit visit) {
  const Shape &x = c.image, &y = c.windows;
  std::int64_t at = 0;
  for (std::int64_t n = 0; n < y[0]; ++n)
    for (std::int64_t i = 0; i < y[1]; ++i)
      for (std::int64_t j = 0; j < y[2]; ++j)
        for (std::int64_t a = 0; a < y[3]; ++a)
          for (std::int64_t b = 0; b < y[4]; ++b)
            for (std::int64_t k = 0; k < y[5]; ++k) {
              const Windows& w = c.where;
              const std::int64_t row = i * w.stride[0] + a * w.dilation[0] - w.before[0];
              const std::int64_t column = j * w.stride[1] + b * w.dilation[1] - w.before[1];
              const bool inside = row >= 0 && row < x[1] && column >= 0 && column < x[2];
              visit(at++, inside ? ((n * x[1] + row) * x[2] + column) * x[3] + k : -1,
                    a * y[4] + b);
            }
}

TEST(Windows, AreWhatTheDefinitionSaysWithAnyNumberOfThreads) {
  RandomStream random(1, 0);
  for (int round = 0; round < 40; ++round) {
    const std::optional<WindowCase> c = draw_case(random);
    if (!c) continue;
    Graph graph;
    graph.output("y", windows(graph.input("x0", c->image), c->where));
    const Floats x = drawn_floats(c->image.size(), random);
    Floats expected(static_cast<std::size_t>(c->windows.size()));
    for_each_number(*c, [&](std::int64_t at, std::int64_t from, std::int64_t) {
      expected[static_cast<std::size_t>(at)] =
          from < 0 ? static_cast<float>(c->where.fill) : x[static_cast<std::size_t>(from)];
    });
    for (const int threads : {1, 2, 3, 4})
      ASSERT_EQ(all_bits(outputs_of(graph, {x}, threads)), all_bits(expected))
          << c->windows.to_string();
  }
}

// Place by place of the windows, which is the order that docs/exact.md promises.
TEST(Overlap, AddsInTheOrderOfPlacesInTheWindowWithAnyNumberOfThreads) {
  RandomStream random(2, 0);
  for (int round = 0; round < 40; ++round) {
    const std::optional<WindowCase> c = draw_case(random);
    if (!c) continue;
    Graph graph;
    graph.output("y", overlap(graph.input("x0", c->windows), c->where, c->image[1], c->image[2]));
    const Floats x = drawn_floats(c->windows.size(), random);
    Floats expected(static_cast<std::size_t>(c->image.size()), 0.0F);
    std::vector<char> is_begun(expected.size(), 0);
    struct Term {
      std::int64_t at, to, place;
    };
    std::vector<Term> terms;
    for_each_number(*c, [&](std::int64_t at, std::int64_t to, std::int64_t place) {
      if (to >= 0) terms.push_back({at, to, place});
    });
    std::ranges::stable_sort(terms, {}, &Term::place);
    for (const Term& term : terms) {
      float& sum = expected[static_cast<std::size_t>(term.to)];
      const float next = x[static_cast<std::size_t>(term.at)];
      sum = std::exchange(is_begun[static_cast<std::size_t>(term.to)], char{1}) ? sum + next : next;
    }
    for (const int threads : {1, 2, 3, 4})
      ASSERT_EQ(all_bits(outputs_of(graph, {x}, threads)), all_bits(expected))
          << c->windows.to_string();
  }
}

// The largest of each window; padding of -infinity never wins, and gets no gradient.
TEST(Windows, OfMinusInfinityMakeMaxPoolingWithGradientsThatAreNumbers) {
  const DoubleTensor image{{1, 2, 3, 1}, {1, -5, 2, 4, 4, -3}};
  const Windows where{.size = {2, 2},
                      .stride = {2, 2},
                      .after = {0, 1},
                      .fill = -std::numeric_limits<double>::infinity()};
  const auto pool = [&](auto x) { return max(windows(x[0], where), {3, 4}); };
  EXPECT_EQ(value_of(pool, {image}).values, (Numbers{4, 2}));
  EXPECT_EQ(gradient_of(pool, {image}).values, (Numbers{0, 0, 1, 0.5, 0.5, 0}));
}

std::string refusal_of(const std::function<Value(Value)>& f, Shape shape = {1, 4, 5, 2}) {
  Graph graph;
  try {
    f(graph.input("x", shape));
  } catch (const UsageError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Windows, AreRefusedWhereTheyDoNotFit) {
  const auto refused = [](const Windows& where) {
    return refusal_of([&](Value x) { return windows(x, where); });
  };
  const double nowhere = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(refused({.size = {4, 5}}), "accepted");
  EXPECT_THAT(refused({.size = {2, 6}}),
              testing::HasSubstr("along the width, a window reaches over 6 numbers, but the image "
                                 "has 5 with its padding; make the window smaller or the padding "
                                 "1 wider"));
  EXPECT_THAT(refused({.size = {0, 1}}), testing::HasSubstr("the size of a window must be from 1"));
  EXPECT_THAT(refused({.stride = {1, 0}}), testing::HasSubstr("the stride must be from 1"));
  EXPECT_THAT(refused({.dilation = {-1, 1}}), testing::HasSubstr("the dilation must be from 1"));
  EXPECT_THAT(refused({.after = {0, -1}}), testing::HasSubstr("the padding must be from 0"));
  EXPECT_THAT(refused({.before = {0, std::int64_t{1} << 62}}), testing::HasSubstr("got 46116860"));
  EXPECT_THAT(refused({.fill = std::nan("")}), testing::HasSubstr("must be a number"));
  EXPECT_EQ(refused({.size = {2, 2}, .before = {2, 2}}), "accepted");
  EXPECT_EQ(refused({.size = {2, 2}, .before = {1, 1}, .fill = nowhere}), "accepted");
  EXPECT_THAT(refused({.size = {2, 2}, .before = {2, 0}, .fill = nowhere}),
              testing::HasSubstr("along the height, window 0 lies in the padding alone"));
  EXPECT_THAT(refused({.size = {2, 2}, .after = {0, 2}, .fill = nowhere}),
              testing::HasSubstr("along the width, window 5 lies in the padding alone"));
  EXPECT_THAT(
      refused(
          {.size = {2, 2}, .dilation = {6, 1}, .before = {1, 0}, .after = {2, 0}, .fill = nowhere}),
      testing::HasSubstr("window 0 lies in the padding alone"));
  EXPECT_THAT(refusal_of([](Value x) { return windows(x, {}); }, {3, 4}),
              testing::HasSubstr("expected images [batch, height, width, channels], got [3, 4]"));
}

TEST(Overlap, IsRefusedWhereTheWindowsAreNotThoseOfTheImage) {
  const auto refused = [](std::int64_t height, std::int64_t width) {
    return refusal_of(
        [&](Value x) {
          return overlap(x, {.size = {2, 3}}, height, width);
        },
        {1, 3, 4, 2, 3, 5});
  };
  EXPECT_EQ(refused(4, 6), "accepted");
  EXPECT_THAT(refused(5, 6), testing::HasSubstr("images [1, 5, 6, 5] have windows [1, 4, 4, 2, 3, "
                                                "5], got [1, 3, 4, 2, 3, 5]"));
  EXPECT_THAT(refused(-1, 6), testing::HasSubstr("cannot be -1 high"));
  EXPECT_THAT(
      refusal_of([](Value x) { return overlap(x, {}, 1, 1); }),
      testing::HasSubstr("expected windows [batch, down, across, height, width, channels]"));
}

}  // namespace
}  // namespace chainrule
