// Places in memory: every draft is run without numbers, see memory_check.h.
#include <gtest/gtest.h>

#include "compile/lifetimes.h"
#include "compile/memory_check.h"
#include "compile/passes.h"
#include "compile/random_graph.h"

namespace chainrule {
namespace {

std::set<std::string> all_but(const std::set<std::string>& kept) {
  std::set<std::string> skip;
  for (const Pass& pass : pipeline())
    if (!pass.required && !kept.contains(std::string(pass.name)))
      skip.insert(std::string(pass.name));
  return skip;
}

int buffer_of(const Draft& draft, NodeId id) {
  return draft.buffer_of[static_cast<std::size_t>(id)];
}

TEST(PlannedMemory, HoldsWhatIsReadUnderEveryChoiceOfPasses) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Graph graph = random_graph(seed);
    EXPECT_EQ(memory_fault(compile(graph)), "") << "seed " << seed;
    for (const Pass& pass : pipeline())
      if (!pass.required) {
        const std::string name(pass.name);
        EXPECT_EQ(memory_fault(compile(graph, {name})), "") << "seed " << seed << ", " << name;
        EXPECT_EQ(memory_fault(compile(graph, all_but({name}))), "") << "seed " << seed;
      }
  }
}

TEST(PlannedMemory, FaultsOfEveryKindAreSeen) {
  Graph graph;
  const Value w = graph.variable("w", {4, 4}), x = graph.input("x", {4, 4});
  const Value a = matmul(x, w), b = matmul(a, x);
  graph.output("y", matmul(b, a));
  graph.update(w, w - matmul(b, x));
  const Draft good = compile(graph, all_but({"schedule"}));
  ASSERT_EQ(memory_fault(good), "");
  Draft draft = good;  // two results in one place
  draft.buffer_of[static_cast<std::size_t>(b.id())] = buffer_of(draft, a.id());
  EXPECT_NE(memory_fault(draft), "");
  draft = good;  // places that overlap
  for (Buffer& buffer : draft.buffers) buffer.offset = 0;
  EXPECT_NE(memory_fault(draft), "");
  draft = good;  // a variable that is overwritten and read later
  const NodeId next = draft.graph.updates()[0].value;
  draft.buffer_of[static_cast<std::size_t>(next)] = buffer_of(draft, w.id());
  draft.copies.clear();
  EXPECT_EQ(memory_fault(draft), "");
  draft.buffer_of[static_cast<std::size_t>(a.id())] = buffer_of(draft, w.id());
  EXPECT_NE(memory_fault(draft), "");
  draft = good;  // an update that is lost
  draft.copies.clear();
  EXPECT_NE(memory_fault(draft), "");
  draft = good;  // groups in the wrong order
  std::swap(draft.groups.front(), draft.groups.back());
  EXPECT_NE(memory_fault(draft), "");
}

TEST(Place, KeepsTheInsideOfAChainOutOfMemoryAndAReshapeInItsOwn) {
  Graph graph;
  const Value x = graph.input("x", {4, 4}), inner = exp(x), y = tanh(inner);
  const Value flat = reshape(y, {16});
  graph.output("y", y);
  graph.output("flat", flat);
  const Draft draft = compile(graph, all_but({"fuse"}));
  EXPECT_EQ(buffer_of(draft, inner.id()), -1);
  EXPECT_GE(buffer_of(draft, y.id()), 0);
  EXPECT_EQ(buffer_of(draft, flat.id()), buffer_of(draft, y.id()));
  EXPECT_EQ(draft.buffers[static_cast<std::size_t>(buffer_of(draft, x.id()))].home,
            Buffer::Home::input);
}

TEST(Lifetimes, GoFromTheFirstWriteToTheLastReadAndForResultsToTheEnd) {
  Graph graph;
  const Value x = graph.input("x", {4, 4});
  const Value a = matmul(x, x), b = matmul(a, x), c = matmul(b, b), d = matmul(c, a);
  graph.output("c", c);
  graph.output("d", d);
  const Draft draft = compile(graph, all_but({}));
  const std::vector<Lifetime> lifetimes = find_lifetimes(draft);
  const auto lifetime = [&](Value value) {
    const Lifetime& found = lifetimes[static_cast<std::size_t>(buffer_of(draft, value.id()))];
    return std::pair(found.first, found.last);
  };
  using Steps = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(lifetime(a), (Steps{0, 3}));
  EXPECT_EQ(lifetime(b), (Steps{1, 2}));
  EXPECT_EQ(lifetime(c), (Steps{2, 4}));
  EXPECT_EQ(lifetime(d), (Steps{3, 4}));
}

TEST(Reuse, WritesOverAnOperandThatNobodyReadsLater) {
  Graph graph;
  const Value x = graph.input("x", {4, 4}), a = matmul(x, x), b = exp(a);
  graph.output("y", b);
  const Draft draft = compile(graph, all_but({"reuse"}));
  EXPECT_EQ(buffer_of(draft, a.id()), buffer_of(draft, b.id()));
}

TEST(Reuse, KeepsAnOperandThatIsReadLater) {
  Graph graph;
  const Value x = graph.input("x", {4, 4}), a = matmul(x, x), b = exp(a);
  graph.output("y", matmul(a, b));
  const Draft draft = compile(graph, all_but({"reuse"}));
  EXPECT_NE(buffer_of(draft, a.id()), buffer_of(draft, b.id()));
  EXPECT_EQ(memory_fault(draft), "");
}

TEST(Reuse, WritesAnUpdateOverItsVariable) {
  Graph graph;
  const Value w = graph.variable("w", {4, 4});
  graph.update(w, w * 0.5);
  EXPECT_TRUE(compile(graph).copies.empty());
  EXPECT_EQ(compile(graph, {"reuse"}).copies.size(), 1U);
}

// A chain of products: two results are alive at a time.
Graph chain_of_products(int length) {
  Graph graph;
  const Value x = graph.input("x", {4, 4});
  Value h = x;
  for (int i = 0; i < length; ++i) h = matmul(h, x);
  graph.output("y", h);
  return graph;
}

TEST(Share, NeedsTwoPlacesForAChainOfProducts) {
  for (const int length : {2, 3, 50, 6000}) {  // the last is more than are packed
    const Draft draft = compile(chain_of_products(length), all_but({"plan_memory"}));
    EXPECT_EQ(draft.arena_floats, 32) << length;
    EXPECT_EQ(memory_fault(draft), "") << length;
  }
}

TEST(Share, UsesGapsOfOtherSizes) {
  Graph graph;
  const Value x = graph.input("x", {4, 4});
  const Value large = matmul(broadcast(graph.input("row", {4}), {40, 4}), x);  // [40, 4]
  const Value small = matmul(sum(large, {0}), x);                              // [1, 4]
  graph.output("y", matmul(broadcast(small, {20, 4}), x));                     // [20, 4]
  const Draft draft = compile(graph, all_but({"plan_memory"}));
  const Draft alone = compile(graph, all_but({}));
  EXPECT_LT(draft.arena_floats, alone.arena_floats);
  EXPECT_EQ(memory_fault(draft), "");
}

// Many results of many sizes, alive for long and for short times.
TEST(Share, HandsOutMemoryToMoreBuffersThanArePacked) {
  RandomStream random(3, 0);
  Graph graph;
  const Value x = graph.input("x", {4, 4});
  std::vector<Value> pool{matmul(x, x)};
  for (int i = 0; i < 16'000; ++i) {
    const std::size_t reach = std::min<std::size_t>(pool.size(), 1 + random.below(40));
    const Value old = pool[pool.size() - 1 - random.below(reach)];
    const auto rows = static_cast<std::int64_t>(1 + random.below(12));
    pool.push_back(matmul(pad(old, {0, 0}, {12 - old.dim(0), 0}), x));
    pool.back() = slice(pool.back(), {0, 0}, {rows, 4});
  }
  Value total = sum(pool.back());
  for (int i = 0; i < 50; ++i) total = total + sum(pool[random.below(pool.size())]);
  graph.output("y", total);
  const Draft draft = compile(graph, all_but({"plan_memory"}));
  EXPECT_EQ(memory_fault(draft), "");
  const Draft alone = compile(graph, all_but({}));
  EXPECT_GT(draft.groups.size(), 5000U);
  EXPECT_LT(20 * draft.arena_floats, alone.arena_floats);
}

}  // namespace
}  // namespace chainrule
