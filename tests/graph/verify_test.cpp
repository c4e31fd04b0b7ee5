// Each of the verifier's rules is seen to fail. The public interface cannot build a broken graph,
// so the tests damage a sound one behind its back.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "graph/op.h"

namespace chainrule {
namespace {

class Verify : public testing::Test {
 protected:
  Verify() {
    const Value x = graph_.input("x", {2, 3});             // %0
    const Value w = graph_.variable("w", {3, 4});          // %1
    const Value c = graph_.constant({{4}, {1, 2, 3, 4}});  // %2
    graph_.constant(7.0, {2, 2});                          // %3
    const Value z = graph_.name(matmul(x, w), "z");        // %4
    const Value y = z + c;                                 // %6, with %5 = broadcast(%2)
    graph_.output("y", y);
    graph_.output("z", z);
    graph_.update(w, w + w);       // %7
    graph_.variable("v", {3, 4});  // %8
    graph_.update(graph_.value(8), w);
  }

  Node& node(NodeId id) { return const_cast<Node&>(graph_.node(id)); }
  Output& output(std::size_t i) { return const_cast<Output&>(graph_.outputs()[i]); }
  Update& update(std::size_t i) { return const_cast<Update&>(graph_.updates()[i]); }

  std::string complaint() const {
    try {
      verify(graph_);
    } catch (const InternalError& error) {
      return error.what();
    }
    return "nothing";
  }
  void expect_complaint(NodeId id, const std::string& rule) const {
    const std::string expected = fmt::format("graph node %{}: {}", id, rule);
    EXPECT_NE(complaint().find(expected), std::string::npos)
        << "complained about " << complaint() << "\n  instead of " << expected;
  }

  Graph graph_;
};

TEST_F(Verify, AcceptsWhatWasTraced) { EXPECT_EQ(complaint(), "nothing"); }

TEST_F(Verify, EveryNodeHasAnOperation) {
  node(4).op = nullptr;
  expect_complaint(4, "every node has an operation");
}

TEST_F(Verify, OperandsComeBeforeTheirUsers) {
  node(4).inputs[1] = 4;
  expect_complaint(4, "operands come before their users");
  node(4).inputs[1] = -1;
  expect_complaint(4, "operands come before their users");
}

TEST_F(Verify, ShapesAreThoseOfTheRecords) {
  node(4).shape = {4, 2};
  expect_complaint(4, "the shape is the one that the record gives");
}

TEST_F(Verify, OperandsFitTheRecord) {
  node(4).inputs[1] = 3;
  expect_complaint(4, "matmul: the inner extents of [2, 3] and [2, 2] differ");
  node(4).inputs.pop_back();
  expect_complaint(4, "matmul takes 2 operands, got 1");
}

TEST_F(Verify, LeavesHaveNoOperands) {
  node(1).inputs = {0};
  expect_complaint(1, "a leaf has no operands");
}

TEST_F(Verify, ConstantsHaveOneValueOrOnePerElement) {
  node(2).attributes.reals.pop_back();
  expect_complaint(2, "a constant has one value, or one per element");
}

TEST_F(Verify, InputsAndVariablesHaveNames) {
  node(0).name.clear();
  expect_complaint(0, "an input or variable has a name");
}

TEST_F(Verify, NamesAreUnique) {
  node(4).name = node(1).name;
  expect_complaint(4, "names are unique");
}

TEST_F(Verify, OutputsNameNodesOnce) {
  output(1).name = output(0).name;
  expect_complaint(4, "output names are unique");
  output(1).node = 100;
  expect_complaint(100, "an output names a node of the graph");
}

TEST_F(Verify, UpdatesNameNodes) {
  update(0).value = 100;
  expect_complaint(100, "an update names nodes of the graph");
}

TEST_F(Verify, OnlyVariablesAreUpdated) {
  update(0).variable = 0;
  expect_complaint(0, "only variables are updated");
}

TEST_F(Verify, UpdatesKeepTheShape) {
  update(0).value = 0;
  expect_complaint(0, "an update keeps the variable's shape");
}

TEST_F(Verify, VariablesAreUpdatedOnce) {
  update(1).variable = 1;
  expect_complaint(1, "a variable is updated once");
}

}  // namespace
}  // namespace chainrule
