#include "train/columns/curves.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/boundary.h"
#include "data/column_value.h"
#include "train/columns/mixed_predictions.h"
#include "train/columns/shapley.h"

namespace chainrule {
namespace {

constexpr std::int64_t most_rows = 200;  // that a curve is the mean over
constexpr std::size_t most_categories = 8;
constexpr std::uint64_t curve_stream = 0x63757276ull << 32;

using ValueKind = data::ColumnValue::Kind;

// Rows whose values in a column are its curve's places.
class CurvePlaces {
 public:
  CurvePlaces(const data::Encoder& encoder, const data::Part& part, std::size_t column)
      : how_(encoder.columns()[column]), part_(part), column_(column), rows_(encoder) {}

  std::vector<std::int64_t> rows() const {
    const bool is_ordered = how_.kind == data::ColumnKind::numeric ||
                            (how_.kind == data::ColumnKind::date && how_.has_days());
    return is_ordered ? at_quantiles() : most_frequent();
  }

  data::ColumnValue value(std::int64_t row) const {
    return data::column_value(how_, rows_.features(column_, *part_.data, row));
  }

 private:
  // The first feature rises with the number or the date, since a scale is never below 0.
  std::vector<std::int64_t> at_quantiles() const {
    std::vector<std::pair<float, std::int64_t>> sorted;
    for (const std::int64_t row : part_.rows) {
      const auto features = rows_.features(column_, *part_.data, row);
      if (!how_.missing_feature || features.back() == 0) sorted.emplace_back(features[0], row);
    }
    std::ranges::sort(sorted);
    std::vector<std::int64_t> rows;
    float last = 0;
    for (const double quantile : {0.05, 0.2, 0.35, 0.5, 0.65, 0.8, 0.95}) {
      if (sorted.empty()) break;
      const auto place =
          static_cast<std::size_t>(std::lround(quantile * static_cast<double>(sorted.size() - 1)));
      const auto& [feature, row] = sorted[place];
      if (rows.empty() || feature != last) rows.push_back(row);
      last = feature;
    }
    return rows;
  }

  std::vector<std::int64_t> most_frequent() const {
    struct Group {
      std::int64_t row = 0, count = 0;
    };
    std::map<std::pair<ValueKind, std::string>, Group> groups;
    for (const std::int64_t row : part_.rows) {
      const auto [kind, text] = value(row);
      Group& group = groups.try_emplace({kind, text}, Group{row, 0}).first->second;
      ++group.count;
    }
    std::vector<Group> sorted;
    sorted.reserve(groups.size());
    for (const auto& [key, group] : groups) sorted.push_back(group);
    std::ranges::stable_sort(sorted, std::greater<>(), &Group::count);
    sorted.resize(std::min(sorted.size(), most_categories));
    std::vector<std::int64_t> rows;
    rows.reserve(sorted.size());
    for (const Group& group : sorted) rows.push_back(group.row);
    return rows;
  }

  const data::ColumnEncoding& how_;
  const data::Part& part_;
  std::size_t column_;
  data::MixedRows rows_;
};

ColumnCurve curve_of(Model& model, const data::Encoder& encoder, const data::Part& part,
                     std::span<const std::int64_t> rows, std::size_t column) {
  const data::TargetEncoding& target = encoder.target();
  const bool is_number = target.task == data::Task::regression;
  const CurvePlaces places(encoder, part, column);
  const std::vector<std::int64_t> values = places.rows();
  ColumnCurve curve{.column = encoder.columns()[column].name};
  for (const std::int64_t row : values) {
    const auto [kind, text] = places.value(row);
    curve.points.push_back(
        {.value = text,
         .is_missing = kind == ValueKind::missing,
         .is_other = kind == ValueKind::other,
         .prediction = std::vector<double>(static_cast<std::size_t>(target.outputs()), 0)});
  }
  std::size_t next = 0;
  MixedPredictions predictions(model, encoder, [&](std::span<const float> outputs) {
    std::vector<double>& sums = curve.points[next++ / rows.size()].prediction;
    for (std::size_t k = 0; k < sums.size(); ++k)
      sums[k] += is_number ? encoder.in_target_units(static_cast<double>(outputs[k]),
                                                     static_cast<std::int64_t>(k))
                           : static_cast<double>(outputs[k]);
  });
  for (const std::int64_t value : values)
    for (const std::int64_t row : rows) {
      predictions.row().start(*part.data, row);
      predictions.row().take(column, *part.data, value);
      predictions.ask();
    }
  predictions.finish();
  for (ColumnCurve::Point& point : curve.points)
    for (double& sum : point.prediction) sum /= static_cast<double>(rows.size());
  return curve;
}

}  // namespace

void add_curves(Importance& importance, Model& model, const data::Encoder& encoder,
                const data::Part& part, int count) {
  const data::TargetEncoding& target = encoder.target();
  importance.outcomes = target.output_names();
  const std::vector<std::int64_t> rows = drawn_rows(part.rows, most_rows, curve_stream);
  for (const ColumnImportance& column : importance.columns) {
    if (importance.curves.size() == static_cast<std::size_t>(count)) break;
    const auto found =
        std::ranges::find(encoder.columns(), column.column, &data::ColumnEncoding::name);
    if (found->kind == data::ColumnKind::text) continue;  // hardly two rows have the same
    importance.curves.push_back(curve_of(
        model, encoder, part, rows, static_cast<std::size_t>(found - encoder.columns().begin())));
  }
}

std::vector<std::size_t> strongest_outcomes(const ColumnCurve& curve, std::size_t most) try {
  if (curve.points.empty()) return {};
  std::vector<std::pair<double, std::size_t>> ranges;  // the widest first
  for (std::size_t k = 0; k < curve.points[0].prediction.size(); ++k) {
    const auto [low, high] = std::ranges::minmax_element(
        curve.points, {}, [k](const ColumnCurve::Point& point) { return point.prediction[k]; });
    ranges.emplace_back(low->prediction[k] - high->prediction[k], k);
  }
  std::ranges::sort(ranges);
  ranges.resize(std::min(ranges.size(), most));
  std::vector<std::size_t> shown;
  shown.reserve(ranges.size());
  for (const auto& [range, k] : ranges) shown.push_back(k);
  std::ranges::sort(shown);
  return shown;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
