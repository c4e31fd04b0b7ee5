#include "train/loop/what_if.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "base/fields.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "nn/layer.h"

namespace chainrule {
namespace {

// The numbers of "[3,5]"; none of "".
std::vector<std::int64_t> indices_in(std::string_view text, const std::string& whole) {
  std::vector<std::int64_t> indices;
  if (text.empty()) return indices;
  const bool has_brackets = text.size() > 2 && text.front() == '[' && text.back() == ']';
  if (has_brackets) text = text.substr(1, text.size() - 2);
  while (has_brackets) {
    const std::size_t comma = std::min(text.find(','), text.size());
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    const auto index = number_in<std::int64_t>(word);
    if (!index || *index < 0) break;
    indices.push_back(*index);
    if (comma == text.size()) return indices;
    text.remove_prefix(comma + 1);
  }
  throw UsageError(fmt::format(
      "{}: give a number of a variable and its value, as in dense1.weight[3,5]=0", whole));
}

Change change_in(const std::string& text, const Session& session) {
  const std::size_t equals = std::min(text.find('='), text.size());
  std::string name = text.substr(0, equals);
  const auto value =
      number_in<double>(std::string_view(text).substr(std::min(equals + 1, text.size())));
  while (name.ends_with(' ')) name.pop_back();
  const std::size_t bracket = std::min(name.find('['), name.size());
  const std::vector<std::int64_t> indices =
      indices_in(std::string_view(name).substr(bracket), text);
  name.resize(bracket);
  if (!value || !std::isfinite(*value))
    throw UsageError(fmt::format(
        "{}: give a number of a variable and its value, as in dense1.weight[3,5]=0", text));
  if (!session.has(name))
    throw UsageError(fmt::format("{}: the run has no variable \"{}\"; {}", text, name,
                                 suggestion(name, session.variables())));
  const Shape shape = session.shape(name);
  bool fits = static_cast<int>(indices.size()) == shape.rank();
  std::int64_t index = 0;
  for (int axis = 0; fits && axis < shape.rank(); ++axis) {
    const std::int64_t at = indices[static_cast<std::size_t>(axis)];
    fits = at < shape[axis];
    index = index * shape[axis] + at;
  }
  if (!fits)
    throw UsageError(fmt::format("{}: {} has shape {}, and indices count from 0", text, name,
                                 shape.to_string()));
  return {std::move(name), index, static_cast<float>(*value)};
}

}  // namespace

std::vector<Change> changes_in(const WhatIf& what_if, const Session& session) {
  std::vector<Change> changes;
  for (const std::string& text : what_if.set) changes.push_back(change_in(text, session));
  return changes;
}

void validate(const WhatIf& what_if, const nn::Sequential& network, const data::Part& train) {
  const std::vector<std::int64_t>& rows = what_if.without_rows;
  if (rows.empty()) return;
  const auto refuse = [](const std::string& why) { throw UsageError("without_rows: " + why); };
  if (!std::ranges::is_sorted(rows) || std::ranges::adjacent_find(rows) != rows.end())
    refuse("give each row once, in ascending order");
  if (!std::ranges::includes(train.rows, rows))
    refuse("give rows that the run was trained on, and no others");
  if (rows.size() == train.rows.size()) refuse("no training row would be left; leave fewer out");
  for (const nn::Layer& layer : network.layers)
    if (layer.record().mixes_rows && !layer.is_frozen())
      refuse(
          fmt::format("{} looks at all rows of a batch, so that a row cannot be taken out of "
                      "one; train with group_norm or layer_norm in its place",
                      layer.record().name));
}

void require_step(const WhatIf& what_if, std::int64_t steps) {
  if (what_if.set.empty()) return;
  if (what_if.at < 1 || what_if.at > steps)
    throw UsageError(
        fmt::format("at {}: the run has the steps 1 to {}; name one of those", what_if.at, steps));
}

}  // namespace chainrule
