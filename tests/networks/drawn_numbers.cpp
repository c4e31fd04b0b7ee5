#include "networks/drawn_numbers.h"

#include <algorithm>
#include <cmath>

namespace chainrule::drawn {
namespace {

Numbers draw_numbers(Drawing& draw, std::int64_t count, double scale, double middle = 0) {
  Numbers numbers(static_cast<std::size_t>(count));
  for (double& number : numbers) number = single(middle + scale * draw.normal());
  return numbers;
}

// Of each feature in order, not so near each other that rounding grows between them; now and then
// the last ones are equal, as of a column with few values.
DoubleTensor draw_edges(Drawing& draw, const Shape& shape) {
  DoubleTensor edges(shape);
  const std::int64_t count = shape[1];
  for (auto row = edges.values.begin(); row != edges.values.end(); row += count) {
    row[0] = single(draw.between(-1.5, 0));
    for (std::int64_t i = 1; i < count; ++i) row[i] = single(row[i - 1] + draw.between(0.25, 1));
    if (count > 2 && draw.chance(0.2)) row[count - 1] = row[count - 2];
  }
  return edges;
}

// No 0 and no 1, the values that hide a term: biases and scales start at random too.
DoubleTensor draw_start(Drawing& draw, const DrawnLayer& at, const DrawnParameter& parameter) {
  const Shape& shape = parameter.shape;
  if (parameter.decays) {
    const auto inputs = shape.size() / shape[at.kind == "conv_transpose2d" ? 1 : 0];
    return {shape, draw_numbers(draw, shape.size(), 1 / std::sqrt(static_cast<double>(inputs)))};
  }
  if (parameter.name == "weight" || parameter.name.ends_with("factor"))
    return {shape, draw_numbers(draw, shape.size(), 0.3, 1)};
  if (parameter.name == "edge") return draw_edges(draw, shape);
  DoubleTensor start{shape, draw_numbers(draw, shape.size(), 0.3)};
  if (parameter.name == "variance")
    for (double& number : start.values) number = 0.5 + std::abs(number);
  return start;
}

// [batch, width], for one loss.
Numbers draw_target(Drawing& draw, const Loss& loss, std::int64_t batch, std::int64_t outputs) {
  const auto width = static_cast<std::size_t>(outputs);
  Numbers target = draw_numbers(draw, batch * outputs, 1);
  if (loss.name == "binary_cross_entropy")
    for (double& number : target)
      number = draw.chance(0.5) ? (number > 0 ? 1 : 0) : single(draw.between(0, 1));
  if (loss.name != "cross_entropy") return target;
  for (std::size_t row = 0; row < target.size(); row += width) {
    const bool is_one_hot = draw.chance(0.6);
    const auto actual = static_cast<std::size_t>(draw.from(0, outputs - 1));
    for (std::size_t i = 0; i < width; ++i)
      target[row + i] =
          is_one_hot ? (i == actual ? 1 : 0) : single(1.0 / static_cast<double>(width));
    if (!is_one_hot) target[row + actual] += 0.0625;  // no sum of 1 is asked for
  }
  return target;
}

// Each part's behind each other in every row.
Numbers draw_target(Drawing& draw, const DrawnTraining& training) {
  if (training.heads.empty())
    return draw_target(draw, training.loss, training.batch, training.outputs);
  Numbers target(static_cast<std::size_t>(training.batch * training.outputs));
  std::size_t first = 0;
  for (std::size_t head = 0; head < training.heads.size(); ++head) {
    const auto width = static_cast<std::size_t>(training.head(head).y[0]);
    const Numbers own = draw_target(draw, training.loss.parts[head], training.batch,
                                    static_cast<std::int64_t>(width));
    for (std::size_t i = 0; i < own.size(); ++i)
      target[i / width * static_cast<std::size_t>(training.outputs) + first + i % width] = own[i];
    first += width;
  }
  return target;
}

Numbers draw_x(Drawing& draw, const DrawnTraining& training) {
  Numbers x = draw_numbers(draw, training.batch * training.row.size(), 1);
  if (training.ids.empty()) return x;
  for (std::size_t i = 0; i < x.size(); ++i)
    if (const std::int64_t ids = training.ids[i % training.ids.size()]; ids > 0)
      x[i] = static_cast<double>(draw.from(0, ids - 1));
  return x;
}

}  // namespace

void draw_data(Drawing& draw, DrawnTraining& training) {
  for (const DrawnLayer& at : training.layers)
    if (at.owner < 0)
      for (const DrawnParameter& parameter : at.parameters)
        training.start.emplace(training.full_name(at, parameter), draw_start(draw, at, parameter));
  const double rate = learning_rate(training.optimizer);
  for (int step = 0; step < steps; ++step) {
    training.batches.push_back(
        {.x = draw_x(draw, training), .target = draw_target(draw, training)});
    training.rates.push_back(single(rate * (1 - 0.03 * step)));
  }
}

}  // namespace chainrule::drawn
