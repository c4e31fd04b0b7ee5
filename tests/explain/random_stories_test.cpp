// Stories of random networks over all layers: every one is proved, and what is wrong is found.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "explain/drawn_step.h"
#include "explain/step_notes.h"
#include "explain/story/run_story.h"
#include "graph/op.h"
#include "networks/drawing.h"
#include "tensor/index_text.h"

namespace chainrule::page {
namespace {

using drawn::Drawing;
using drawn::DrawnTraining;

// How many networks: CHAINRULE_STORIES=200 asks for more than the tests do.
std::uint64_t network_count() {
  const char* count = std::getenv("CHAINRULE_STORIES");
  return count == nullptr ? 20 : std::stoull(count);
}

std::string element_of(Value value, Drawing& draw) {
  return value.node().name + index_text(value.shape(), draw.from(0, value.shape().size() - 1));
}

// One of each kind of number.
std::vector<std::string> drawn_questions(RunStep& step, Drawing& draw) {
  std::vector<std::string> questions{"loss", element_of(step.traced().x, draw)};
  const auto& wanted = step.traced().wanted;
  const auto parameters = static_cast<std::int64_t>(step.model().parameters.size());
  const auto inner = static_cast<std::int64_t>(wanted.size());
  const auto one = [&](std::int64_t first, std::int64_t end) {
    return wanted[static_cast<std::size_t>(draw.from(first, end - 1))];
  };
  questions.push_back(element_of(one(0, parameters), draw));
  questions.push_back(element_of(one(0, parameters), draw) + ".gradient");
  questions.push_back(element_of(one(parameters, inner), draw));
  questions.push_back(element_of(one(parameters, inner), draw) + ".gradient");
  if (!step.states().empty()) questions.push_back(element_of(draw.one_in(step.states()), draw));
  if (!step.model().buffers.empty())
    questions.push_back(element_of(draw.one_in(step.model().buffers).variable, draw));
  questions.push_back("output" + index_text(step.prediction().shape(),
                                            draw.from(0, step.prediction().shape().size() - 1)));
  return questions;
}

Page told(RunStep& step, const std::string& question) {
  return build_story(step, parse_quantity(step, question, 0), a_step(), {});
}

class RandomStories : public ::testing::Test {
 protected:
  // Calls look(training, state, draw) for every network that is asked about.
  template <class Look>
  static void for_each_network(const Look& look) {
    for (std::uint64_t seed = 1; seed <= network_count(); ++seed) {
      const DrawnTraining training = drawn::draw_training(seed, {.dropout = true});
      SCOPED_TRACE(training.describe());
      Drawing draw(seed + 1'000'000);
      look(training, third_step(training), draw);
    }
  }
};

TEST_F(RandomStories, AreAllProved) {
  std::int64_t stories = 0;
  for_each_network([&](const DrawnTraining&, const StepState& state, Drawing& draw) {
    RunStep step(state);
    const int rounds = network_count() > 20 ? 3 : 1;
    for (int round = 0; round < rounds; ++round)
      for (const std::string& question : drawn_questions(step, draw)) {
        const Page page = told(step, question);
        ++stories;
        EXPECT_TRUE(page.verdict.passed) << question << "\n" << write_text(page, {});
      }
  });
  RecordProperty("stories", stories);
  EXPECT_GE(stories, 5 * static_cast<int>(network_count()));
}

// ---- What is wrong is found ---------------------------------------------------------------------

// The element of the node that a fault moved most, in parts of itself or of `least`.
struct Moved {
  Element element{};
  double change = 0;
};

Moved most_moved(RunStep& right, RunStep& wrong, Value in_right, Value in_wrong, double least) {
  const std::vector<double>&a = right.elements().values(in_right.id()).values,
        &b = wrong.elements().values(in_wrong.id()).values;
  Moved most;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double scale = std::max({std::abs(a[i]), std::abs(b[i]), least});
    const double change = scale == 0 ? 0 : std::abs(a[i] - b[i]) / scale;
    if (change > most.change) most = {{in_wrong.id(), static_cast<std::int64_t>(i)}, change};
  }
  return most;
}

double largest_in(RunStep& step, Value value) {
  double largest = 0;
  for (const double number : step.elements().values(value.id()).values)
    largest = std::max(largest, std::abs(number));
  return largest;
}

// The gradient that a wrong derivative moved most, as a question; empty if it moved none.
std::string wrong_gradient(RunStep& right, RunStep& wrong) {
  const double loss = std::abs(right.elements().value({right.loss().id(), 0}));
  std::string question;
  double most = 1e-4;
  for (std::size_t i = 0; i < right.traced().wanted.size(); ++i) {
    const Value gradient = right.traced().gradients[i], node = wrong.traced().wanted[i];
    const double least = std::max(1e-3 * largest_in(right, gradient), 1e-5 * loss);
    const Moved moved = most_moved(right, wrong, gradient, wrong.traced().gradients[i], least);
    if (moved.change <= most) continue;
    most = moved.change;
    question = node.node().name + index_text(node.shape(), moved.element.index) + ".gradient";
  }
  return question;
}

// The first named number that is wrong where one operation is.
std::string wrong_number(RunStep& right, RunStep& wrong) {
  for (std::size_t i = right.model().parameters.size(); i < right.traced().wanted.size(); ++i) {
    const Value node = wrong.traced().wanted[i];
    const Moved moved = most_moved(right, wrong, right.traced().wanted[i], node,
                                   1e-3 * largest_in(right, right.traced().wanted[i]));
    if (moved.change > 1e-3)
      return node.node().name + index_text(node.shape(), moved.element.index);
  }
  const Moved moved = most_moved(right, wrong, right.loss(), wrong.loss(), 1e-4);
  return moved.change > 1e-3 ? "loss" : "";
}

struct Found {
  int tried = 0, found = 0;
};

TEST_F(RandomStories, WithAFaultAreFound) {
  std::map<std::string, Found> derivatives, numbers;  // by operation
  std::set<std::string> tried;
  int at_kinks = 0;
  for_each_network([&](const DrawnTraining&, const StepState& state, Drawing& draw) {
    RunStep plain(state);
    std::vector<NodeId> made;
    for (NodeId id = plain.traced().x.id() + 1; id < plain.loss().id(); ++id)
      if (!is_leaf(plain.graph().node(id))) made.push_back(id);
    for (int tries = 0; tries < 4; ++tries) {
      // Operations that were not tried yet come first, so that few stories meet many.
      const auto op_of = [&](NodeId id) { return std::string(plain.graph().node(id).op->name); };
      std::vector<NodeId> untried;
      std::ranges::copy_if(made, std::back_inserter(untried),
                           [&](NodeId id) { return !tried.contains(op_of(id)); });
      const NodeId node = draw.one_in(untried.empty() ? made : untried);
      const std::string op = op_of(node);
      tried.insert(op);
      RunStep right(state, faulty_at(node, Fault::none, state));
      for (const Fault fault : {Fault::derivative, Fault::number}) {
        RunStep wrong(state, faulty_at(node, fault, state));
        const std::string question =
            fault == Fault::derivative ? wrong_gradient(right, wrong) : wrong_number(right, wrong);
        if (question.empty()) continue;
        SCOPED_TRACE(fmt::format("node {}, {}, {}", node, op, question));
        const Page rightly = told(right, question), wrongly = told(wrong, question);
        EXPECT_TRUE(rightly.verdict.passed) << write_text(rightly, {});
        // Where the loss has a kink (equal numbers in a max_pool, a number at its clamp's edge)
        // there is no derivative, and the story says so; also of a wrong one between both sides'
        // slopes.
        if (rightly.verdict.kinks > 0 || wrongly.verdict.kinks > 0) {
          ++at_kinks;
          continue;
        }
        EXPECT_FALSE(wrongly.verdict.passed) << write_text(wrongly, {});
        Found& found = (fault == Fault::derivative ? derivatives : numbers)[op];
        ++found.tried;
        found.found += wrongly.verdict.passed ? 0 : 1;
      }
    }
  });
  for (const auto& [what, table] : {std::pair("derivative", derivatives), {"number", numbers}})
    for (const auto& [op, found] : table)
      RecordProperty(fmt::format("{}_of_{}", what, op),
                     fmt::format("{} of {}", found.found, found.tried));
  RecordProperty("at_kinks", at_kinks);
  EXPECT_GE(derivatives.size(), 5U);
  EXPECT_GE(numbers.size(), 5U);
}

}  // namespace
}  // namespace chainrule::page
