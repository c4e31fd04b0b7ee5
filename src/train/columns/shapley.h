// Shapley values of columns.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "chainrule/train.h"

namespace chainrule {

// What is taken apart: a number made of a row's outputs, in a row, before training rows.
struct ShapleyTask {
  Model& model;
  const data::Encoder& encoder;
  std::function<double(std::span<const float>)> outcome;
  const data::Dataset& data;  // and a row of it
  std::int64_t row = 0;
  const data::Part& train;
  std::int64_t evaluations = 0;
};

struct ShapleyValues {
  double prediction = 0, reference = 0;
  std::vector<double> parts{}, errors{};  // by column
  std::int64_t reference_rows = 0, orders = 0;
  bool is_exact = false;
};

// The rows before which the values are taken: all of them, or so many drawn without replacement.
std::vector<std::int64_t> drawn_rows(std::span<const std::int64_t> rows, std::int64_t count,
                                     std::uint64_t stream);

// Exact where all sets of columns before all training rows are few enough, else from orders that
// are drawn, each with its reverse: of a network in which columns act in pairs at most, two such
// orders give the exact value. The parts add up to prediction - reference for whatever orders are
// drawn, since along each of them the changes do.
ShapleyValues shapley_values(const ShapleyTask& task);

}  // namespace chainrule
