#include "nn/manual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "nn/layer_list.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

constexpr std::string_view opening = R"(# Layers

What a network can be made of, from the layers' own records; `chainrule layers --markdown` writes this page.

A network file has a table `[[network.layer]]` for each layer, with `type` and the layer's fields:

    [[network.layer]]
    type = "dense"
    units = 16
    activation = "relu"

A layer reads the one before it. A network that is no chain says more, in any layer's table:

| key | values | meaning |
|---|---|---|
| `name` | letters, digits and _ | what the layer is called, in place of its kind and number, `dense2` |
| `input`, `inputs` | a name, a list of names | which layers before it it reads; `"input"` is the network's input |
| `shares` | a name | a layer of its kind before it, whose parameters are its own too |
| `trainable` | true or false | false: its parameters stay as they are, and it does as after training |
| `learning_rate_factor` | a number above 0 | its parameters learn at this many times the learning rate |
| `weight_decay` | true or false | false: none of its parameters is pulled to 0 |

Parameters are called by the layer's name, `dense1.weight`, in files and in explanations. Tables `[[network.parameters]]` say of all
parameters whose names match a pattern how they are trained:

    [[network.parameters]]
    match = "dense1.*"
    trainable = false

| key | values | meaning |
|---|---|---|
| `match` | a pattern | of the names, `dense1.weight`; `*` stands for any letters, or none |
| `learning_rate_factor` | a number above 0 | they learn at this many times the learning rate |
| `weight_decay` | true or false | whether they are pulled to 0, also biases and scales |
| `weight_decay_factor` | a number, at least 0 | in its place: this many times the optimizer's weight decay |
| `trainable` | true or false | false: they stay as they are, and the layer does as while training; true: they learn, also in a layer that does not |

What is said later holds: a table over those before it, and all of them over the layers' own keys.

With `calibrated = true` under `[network]` the training of a classifier ends by dividing its logits by one number, the temperature, with which
the validation rows are the likeliest (Guo et al. 2017; beforehand its logarithm is normal around 0 with deviation 1/2, so that few rows move it little), and the validation loss after each epoch is the one with the best temperature
by then: which epoch is best is not decided by how sure the network is of itself. Of quantiles (`type = "pinball"` and `levels = [0.05, 0.5, 0.95]`
under `[loss]`) the distances from their mean are multiplied by one number, the spread, with which the loss of the validation rows is smallest. `class_weights = [1, 3]` under `[loss]` of type
`cross_entropy` says how many times the rows of each class count.

With `outputs = ["price", "sold"]` under `[network]` these layers' numbers are the network's, behind each other in this order; without it the last
layer's are. Then the loss may have parts, one for each output: the sum of them, each times its `weight` (1, if nothing is said).

    [[loss.part]]
    output = "price"
    type = "huber"
    weight = 2.0

    [[loss.part]]
    output = "sold"
    type = "binary_cross_entropy"

The target's columns (`--target price,sold`, or `.npy` targets [rows, numbers]) are in the order of the outputs. What an output of type `cross_entropy` or
`binary_cross_entropy` learns are probabilities: they must lie between 0 and 1 and are not scaled, and it predicts probabilities, whether it ends in
softmax or sigmoid or not. A part of type `pinball` learns one quantile. Parts are called `loss.price` in explanations.

Rows are so many features (`input = 784` under `[network]`), sequences [time, features] or pictures [channels, height, width]
(`input = [1, 28, 28]`); without `input` they are what the data has. Layers of features take all numbers of a picture behind each other, and
layers of pictures take [height, width] as one channel.
)";

struct DefaultText {
  Text operator()(std::monostate) const { return in_words(Phrase::default_drawn); }
  Text operator()(bool truth) const { return truth ? "true" : "false"; }
  Text operator()(std::int64_t number) const { return fmt::format("{}", number); }
  Text operator()(double number) const { return fmt::format("{}", number); }
  Text operator()(const std::string& word) const { return word; }
  Text operator()(Extents extents) const { return text_of(extents); }
  Text operator()(const Shape& shape) const { return shape.to_string(); }
  Text operator()(const std::vector<std::int64_t>& list) const {
    return list.empty() ? in_words(Phrase::default_none) : fmt::format("{}", fmt::join(list, ", "));
  }
  Text operator()(const DoubleTensor& values) const { return values.shape.to_string(); }
};

std::string fields_text(const LayerRecord& record) {
  std::string text = "\n| field | values | default | meaning |\n|---|---|---|---|\n";
  for (const Field& field : record.fields)
    text += fmt::format("| `{}` | {} | {} | {} |\n", field.name, allowed(field).en,
                        default_text(record, field).en, field.meaning.en);
  return text;
}

std::string start_text(const LayerParameter& parameter) {
  if (const auto* number = std::get_if<double>(&parameter.start)) return fmt::format("{}", *number);
  if (std::holds_alternative<DoubleTensor>(parameter.start)) return "by the training data";
  return "drawn from the seed";
}

std::string parameters_text(const LayerParameters& parameters) {
  std::string text = "\n| parameter | shape | starts at | weight decay |\n|---|---|---|---|\n";
  for (const LayerParameter& parameter : parameters) {
    std::string shape;
    for (const std::string_view axis : parameter.axes)
      shape += fmt::format("{}{}s", shape.empty() ? "" : ", ", axis);
    text += fmt::format("| `{}` | [{}] | {} | {} |\n", parameter.name, shape, start_text(parameter),
                        parameter.is_buffer          ? "a running average"
                        : parameter.decay_factor > 0 ? "yes"
                                                     : "no");
  }
  return text;
}

}  // namespace

Text default_text(const LayerRecord& record, const Field& field) {
  if (!field.example.empty()) return in_words(Phrase::default_required);
  return std::visit(DefaultText{}, field.get(layer_of(record).fields()));
}

std::string layer_manual() {
  std::string text(opening);
  for (const LayerRecord* record : all_layers()) {
    text += fmt::format("\n## {}\n\n{}", record->name, record->summary.en);
    if (!record->source.empty()) text += fmt::format(" ({})", record->source);
    text += "\n";
    if (record->fields.begin() != record->fields.end()) text += fields_text(*record);
    const LayerCase example = record->cases().front();
    const LayerParameters parameters = parameters_of(example.layer, example.x);
    if (!parameters.empty()) text += parameters_text(parameters);
  }
  return text;
}

}  // namespace chainrule::nn
