// XOR, the smallest problem that needs a hidden layer, with a loop of one's own.
#include <cmath>
#include <cstdio>

#include "chainrule/chainrule.h"

using namespace chainrule;

int main() {
  const nn::Sequential network{nn::Dense{4, nn::tanh}, nn::Dense{1, nn::sigmoid}};
  const Loss loss = loss_named("binary_cross_entropy");
  const Adam adam{.learning_rate = 0.05};
  const TracedGraph traced = training_graph(network, loss, adam, 4, 2, 1, {.seed = 1});

  Session session;
  Program step(traced.graph, session);
  Program predict(prediction_graph(network, loss, 4, 2).graph, session);
  for (const auto& [name, value] : traced.initial) session.set(name, value);

  const std::vector<float> inputs{0, 0, 0, 1, 1, 0, 1, 1}, targets{0, 1, 1, 0};
  for (Program* program : {&step, &predict}) std::ranges::copy(inputs, program->input("x").begin());
  std::ranges::copy(targets, step.input("target").begin());
  step.input("learning_rate")[0] = static_cast<float>(adam.learning_rate);

  for (int i = 1; i <= 500; ++i) {
    step.input("step")[0] = static_cast<float>(i);
    step.run();
    if (i % 100 == 0)
      std::printf("step %d: loss %.5f\n", i, static_cast<double>(step.output("loss")[0]));
  }
  predict.run();
  bool is_learnt = true;
  for (std::size_t row = 0; row < 4; ++row) {
    const float p = predict.output("prediction")[row];
    std::printf("%g xor %g: %.3f\n", static_cast<double>(inputs[2 * row]),
                static_cast<double>(inputs[2 * row + 1]), static_cast<double>(p));
    is_learnt = is_learnt && std::abs(p - targets[row]) < 0.5F;
  }
  return is_learnt ? 0 : 1;
}
