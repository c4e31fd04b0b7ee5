// First weights that depend on the training data.
#include <algorithm>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "chainrule/train.h"
#include "nn/first_rows.h"
#include "nn/place.h"

namespace chainrule {
namespace {

class FirstTrainingRows : public nn::FirstRows {
 public:
  FirstTrainingRows(Model& model, const data::Part& train, const nn::PlacedLayer& at)
      : model_(model), train_(train), at_(at) {}

  Tensor node(std::string_view part, std::int64_t most) override {
    const std::int64_t rows = std::min(train_.size(), most);
    const auto first = std::span(train_.rows).first(static_cast<std::size_t>(rows));
    model_.require_ids(*train_.data, first);
    Graph graph;
    const Value x = graph.input("x", nn::input_shape(model_.network(), model_.row().batch(rows)));
    nn::trace(model_.network(), x, model_.options().seed, {.has_first_values = false});
    const Value wanted = graph.value(graph.find(at_.name + "." + std::string(part)).value());
    graph.output("wanted", wanted);
    // Run once, it is not worth code of its own.
    Program program(graph, model_.session(), {.skip = {"generate"}});
    train_.data->gather(first, program.input("x").data(), nullptr);
    program.run();
    const std::span<const float> values = program.output("wanted");
    return {wanted.shape(), {values.begin(), values.end()}};
  }

  std::span<float> parameter(std::string_view name) override {
    return model_.session().values(full_name(at_, named(name)));
  }
  Shape shape(std::string_view parameter) override { return named(parameter).shape; }

 private:
  const nn::LayerParameter& named(std::string_view name) const {
    return *std::ranges::find(at_.parameters, name, &nn::LayerParameter::name);
  }

  Model& model_;
  const data::Part& train_;
  const nn::PlacedLayer& at_;
};

}  // namespace

void set_first_weights(Model& model, const data::Part& train) try {
  const StandardArithmetic arithmetic;
  if (train.rows.empty()) return;
  for (const nn::PlacedLayer& at : nn::placed(model.network(), model.row().batch(1))) {
    if (!at.owns_parameters() || !at.layer.record().begin) continue;
    FirstTrainingRows rows(model, train, at);
    at.layer.record().begin(at.layer, rows);
  }
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
