// Where a program's inputs, outputs and variables lie, and when they are what they will be.
#include <algorithm>

#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/error.h"
#include "chainrule/gradient.h"
#include "chainrule/ops.h"
#include "chainrule/program.h"

namespace chainrule {
namespace {

// Also an output that is an input, and the second of two that are the same.
TEST(Program, LeavesInputsAndOutputsInMemoryOfTheCallers) {
  Graph graph;
  const Value x = graph.input("x", {3}), squares = x * x;
  graph.output("squares", squares);
  graph.output("same", squares);
  graph.output("given", x);
  std::vector<float> in{1, 2, 3}, squared(3), same(3), passed(3), wrong(4);
  Session session;
  Program program(graph, session,
                  {.memory = {{"x", in}, {"squares", squared}, {"same", same}, {"given", passed}}});
  program.run();
  EXPECT_EQ(squared, (std::vector<float>{1, 4, 9}));
  EXPECT_EQ(same, squared);
  EXPECT_EQ(passed, in);
  EXPECT_EQ(program.output("same").data(), same.data());
  in[1] = 5;
  program.run();
  EXPECT_EQ(same, (std::vector<float>{1, 25, 9}));
  EXPECT_THROW(Program(graph, session, {.memory = {{"squares", wrong}}}), UsageError);
  EXPECT_THROW(Program(graph, session, {.memory = {{"cubes", in}}}), UsageError);
}

// Behind the call that is named an output has its last value; before, some have not.
TEST(Program, SaysWhenAnOutputIsFinal) {
  Graph graph;
  const Value x = graph.input("x", {64, 40}), w = graph.variable("w", {50, 40});
  const Value v = graph.variable("v", {6, 50});
  const Value loss = sum(tanh(matmul(tanh(matmul(x, transpose(w))), transpose(v))));
  const std::vector<Value> gradients = gradient(loss, std::vector<Value>{w, v});
  graph.output("dw", gradients[0]);
  graph.output("dv", gradients[1]);
  graph.output("x again", x);
  Session session;
  Program program(graph, session, {.skip = {"generate"}});
  RandomStream random(1, 0);
  for (const std::span<float> numbers :
       {session.values("w"), session.values("v"), program.input("x")})
    for (float& number : numbers) number = static_cast<float>(random.normal());
  program.run();
  const auto copy = [&](const char* name) {
    return std::vector<float>(program.output(name).begin(), program.output(name).end());
  };
  const auto wanted_w = copy("dw"), wanted_v = copy("dv");
  std::ranges::fill(program.output("dw"), 0.0F);
  std::ranges::fill(program.output("dv"), 0.0F);
  std::size_t calls = 0;
  program.run([&](std::size_t call) {
    EXPECT_EQ(call, calls++);
    if (call >= program.final_call("dw")) {
      EXPECT_EQ(copy("dw"), wanted_w);
    }
    if (call >= program.final_call("dv")) {
      EXPECT_EQ(copy("dv"), wanted_v);
    }
  });
  EXPECT_EQ(calls, program.calls().size());
  EXPECT_LT(std::max(program.final_call("dv"), program.final_call("dw")), calls);
  EXPECT_LT(std::min(program.final_call("dv"), program.final_call("dw")), calls - 1);
  EXPECT_THROW(static_cast<void>(program.final_call("du")), UsageError);
}

// By a reader and by a program, once each time that it is said.
TEST(Session, FetchesItsVariablesWhenSomebodyNeedsThem) {
  Graph graph;
  graph.output("y", graph.variable("w", {2}) * graph.input("x", {2}));
  Session session;
  Program program(graph, session);
  std::vector<float> elsewhere{3, 4};
  Program without(graph, session, {.variables = {{"w", elsewhere}}});
  for (Program* each : {&program, &without}) std::ranges::fill(each->input("x"), 1.0F);
  int fetched = 0;
  const auto fetch = [&] {
    ++fetched;
    std::ranges::copy(elsewhere, session.values("w").begin());
  };
  session.fetch_on_demand(fetch);
  without.run();
  EXPECT_EQ(fetched, 0) << "it needs none of the session's";
  EXPECT_EQ(without.output("y")[1], 4);
  program.run();
  program.run();
  EXPECT_EQ(fetched, 1);
  EXPECT_EQ(program.output("y")[1], 4);
  elsewhere[1] = 5;
  session.fetch_on_demand(fetch);
  EXPECT_EQ(std::as_const(session).values("w")[1], 5);
  session.fetch();
  EXPECT_EQ(fetched, 2);
}

}  // namespace
}  // namespace chainrule
