// FANN, a C library for small networks: backpropagation after each example.
#include <memory>

#include <floatfann.h>
#include <fmt/format.h>

#include "peer.h"

namespace chainrule::bench {
namespace {

struct Destroy {
  void operator()(struct fann* network) const { fann_destroy(network); }
};
using Network = std::unique_ptr<struct fann, Destroy>;

// It can do one example a step, plain gradient descent and sigmoids on half the squared error.
bool is_possible(const Workload& w) {
  return w.batch == 1 && w.loss.name == "half_squared_error" &&
         std::holds_alternative<SGD>(w.optimizer) && w.hidden == nn::sigmoid &&
         w.last == nn::sigmoid;
}

// FANN numbers neurons layer by layer, each layer's bias last.
void set_weights(struct fann* network, const Problem& problem) {
  unsigned first_input = 0;
  for (std::size_t layer = 1; layer < problem.workload.widths.size(); ++layer) {
    const Tensor& weight = problem.start.at(fmt::format("dense{}.weight", layer));
    const Tensor& bias_values = problem.start.at(fmt::format("dense{}.bias", layer));
    const auto units = static_cast<unsigned>(weight.shape[0]);
    const auto inputs = static_cast<unsigned>(weight.shape[1]);
    const unsigned bias = first_input + inputs, first_unit = bias + 1;
    for (unsigned unit = 0; unit < units; ++unit) {
      for (unsigned input = 0; input < inputs; ++input)
        fann_set_weight(network, first_input + input, first_unit + unit,
                        weight.values[unit * inputs + input]);
      fann_set_weight(network, bias, first_unit + unit, bias_values.values[unit]);
    }
    first_input = first_unit;
  }
}

class FannStep {
 public:
  explicit FannStep(const Problem& problem) : x_(problem.x.values), target_(problem.target.values) {
    const std::vector<unsigned> widths(problem.workload.widths.begin(),
                                       problem.workload.widths.end());
    network_.reset(fann_create_standard_array(static_cast<unsigned>(widths.size()), widths.data()));
    fann_set_activation_function_hidden(network_.get(), FANN_SIGMOID);
    fann_set_activation_function_output(network_.get(), FANN_SIGMOID);
    fann_set_train_error_function(network_.get(), FANN_ERRORFUNC_LINEAR);
    const auto& sgd = std::get<SGD>(problem.workload.optimizer);
    fann_set_learning_rate(network_.get(), static_cast<float>(sgd.learning_rate));
    set_weights(network_.get(), problem);
  }

  float run(std::int64_t steps) {
    for (std::int64_t i = 1; i < steps; ++i) fann_train(network_.get(), x_.data(), target_.data());
    const float* output = fann_run(network_.get(), x_.data());
    float loss = 0;
    for (std::size_t i = 0; i < target_.size(); ++i)
      loss += 0.5F * (target_[i] - output[i]) * (target_[i] - output[i]);
    fann_train(network_.get(), x_.data(), target_.data());
    return loss;
  }

 private:
  std::vector<float> x_, target_;
  Network network_;
};

}  // namespace

Peer fann() {
  return {.name = "fann", .make = [](const Problem& problem, const Setting& setting) -> Stepper {
            if (!is_possible(problem.workload)) return nullptr;
            auto step = std::make_shared<FannStep>(problem);
            return timed([step](std::int64_t steps) { return step->run(steps); }, setting.clock);
          }};
}

}  // namespace chainrule::bench
