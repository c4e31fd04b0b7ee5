// What predictions lose when a column's values change places.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/elementary.h"
#include "base/random.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"
#include "train/columns/curves.h"
#include "train/columns/mixed_predictions.h"
#include "train/columns/shapley.h"
#include "train/loop/statistics.h"
#include "train/run/new_data.h"

namespace chainrule {
namespace {

constexpr std::uint64_t shuffle_stream = 0x73687566ull << 32, part_stream = 0x70617274ull << 32;

// How wrong one row's outputs are: by the log loss, or by the mean square over what is predicted;
// and whether the class is wrong.
struct Fault {
  double loss = 0, is_wrong = 0;
};

class Faults {
 public:
  Faults(const data::TargetEncoding& target, const data::Part& part)
      : target_(target), width_(static_cast<std::size_t>(target.outputs())) {
    actual_.resize(part.rows.size() * width_);
    part.data->gather(part.rows, nullptr, actual_.data());
  }

  bool has_classes() const { return target_.task == data::Task::classification; }

  // `i` counts the part's rows.
  Fault of(std::size_t i, std::span<const float> outputs) const {
    const auto actual = std::span(actual_).subspan(i * width_, width_);
    if (has_classes()) {
      constexpr double least = 1e-15;  // as in Scores
      const auto right =
          static_cast<std::size_t>(std::ranges::max_element(actual) - actual.begin());
      const auto p = static_cast<double>(outputs[right]);
      return {-elementary::log(std::max(p, least)), target_.decided(outputs) == right ? 0.0 : 1.0};
    }
    const auto square = [&](std::size_t k) {
      const double error = target_.in_units(static_cast<double>(actual[k]), k) -
                           target_.predicted(static_cast<double>(outputs[k]), k);
      return error * error;
    };
    if (!target_.quantiles.empty()) return {square(target_.main_output()), 0};
    double squares = 0;
    for (std::size_t k = 0; k < width_; ++k) squares += square(k);
    return {squares / static_cast<double>(width_), 0};
  }

 private:
  const data::TargetEncoding& target_;
  std::size_t width_;
  std::vector<float> actual_;  // [rows, outputs]
};

struct ShufflePlan {
  std::int64_t rows = 0, repeats = 0;
};

// More rows tell more than more shuffles: their spread is what makes the interval wide.
ShufflePlan shuffle_plan(std::int64_t rows, std::int64_t columns,
                         const ImportanceOptions& options) {
  constexpr std::int64_t least_rows = 64;
  const std::int64_t most = std::max(options.evaluations / columns, least_rows);
  const std::int64_t used = std::min(rows, most);
  return {used, std::clamp<std::int64_t>(most / used, 1, options.repeats)};
}

std::vector<std::size_t> shuffled_places(std::size_t count, std::uint64_t number) {
  std::vector<std::size_t> places(count);
  std::iota(places.begin(), places.end(), std::size_t{0});
  RandomStream random(0, shuffle_stream ^ number);
  for (std::size_t i = count; i > 1; --i) std::swap(places[i - 1], places[random.below(i)]);
  return places;
}

double mean_value(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The mean of differences, and between what it lies for other rows of the kind.
struct Difference {
  double mean = 0;
  std::array<double, 2> interval{};
};

Difference difference(std::span<const double> of_rows, double middle) {
  double squares = 0;
  const double center = mean_value(of_rows);
  for (const double value : of_rows) squares += (value - center) * (value - center);
  const auto n = static_cast<double>(of_rows.size());
  const double half = normal_975 * std::sqrt(squares / (n - 1) / n);
  return {middle, {middle - half, middle + half}};
}

class Shuffling {
 public:
  Shuffling(Model& model, const data::Encoder& encoder, data::Part part, std::int64_t repeats)
      : model_(model),
        encoder_(encoder),
        part_(std::move(part)),
        repeats_(repeats),
        faults_(encoder.target(), part_),
        before_(part_.rows.size()) {}

  Importance importance() {
    ask_as_they_are();
    const std::vector<double> losses = each(before_, &Fault::loss);
    Importance result{.rows = part_.size(), .repeats = repeats_};
    result.score = faults_.has_classes() ? mean_value(losses) : std::sqrt(mean_value(losses));
    result.accuracy = faults_.has_classes() ? 1 - mean_value(each(before_, &Fault::is_wrong))
                                            : std::numeric_limits<double>::quiet_NaN();
    for (std::size_t c = 0; c < encoder_.columns().size(); ++c) result.columns.push_back(column(c));
    std::ranges::stable_sort(result.columns, std::greater<>(), &ColumnImportance::increase);
    return result;
  }

 private:
  static std::vector<double> each(std::span<const Fault> faults, double Fault::*what) {
    std::vector<double> values;
    for (const Fault& fault : faults) values.push_back(fault.*what);
    return values;
  }

  void ask_as_they_are() {
    std::size_t next = 0;
    MixedPredictions predictions(model_, encoder_, [&](std::span<const float> outputs) {
      before_[next] = faults_.of(next, outputs);
      ++next;
    });
    for (const std::int64_t row : part_.rows) {
      predictions.row().start(*part_.data, row);
      predictions.ask();
    }
    predictions.finish();
  }

  // By how much each row's faults grow on average over the shuffles: exactly 0 where they stay.
  std::vector<Fault> growth(std::size_t column) {
    const std::size_t rows = part_.rows.size();
    std::vector<Fault> more(rows);
    std::size_t next = 0;
    MixedPredictions predictions(model_, encoder_, [&](std::span<const float> outputs) {
      const std::size_t i = next++ % rows;
      const Fault fault = faults_.of(i, outputs);
      more[i].loss += fault.loss - before_[i].loss;
      more[i].is_wrong += fault.is_wrong - before_[i].is_wrong;
    });
    for (std::int64_t r = 0; r < repeats_; ++r) {
      const auto number = static_cast<std::uint64_t>(r) * encoder_.columns().size() + column;
      const std::vector<std::size_t> places = shuffled_places(rows, number);
      for (std::size_t i = 0; i < rows; ++i) {
        predictions.row().start(*part_.data, part_.rows[i]);
        predictions.row().take(column, *part_.data, part_.rows[places[i]]);
        predictions.ask();
      }
    }
    predictions.finish();
    for (Fault& fault : more) {
      fault.loss /= static_cast<double>(repeats_);
      fault.is_wrong /= static_cast<double>(repeats_);
    }
    return more;
  }

  ColumnImportance column(std::size_t c) {
    const std::vector<Fault> more = growth(c);
    const Difference loss = loss_difference(each(more, &Fault::loss));
    ColumnImportance importance{.column = encoder_.columns()[c].name,
                                .increase = loss.mean,
                                .interval = loss.interval,
                                .accuracy_drop = std::numeric_limits<double>::quiet_NaN(),
                                .accuracy_interval = {Scores::undefined, Scores::undefined}};
    if (!faults_.has_classes()) return importance;
    const std::vector<double> wrong = each(more, &Fault::is_wrong);
    const Difference drop = difference(wrong, mean_value(wrong));
    importance.accuracy_drop = drop.mean;
    importance.accuracy_interval = drop.interval;
    return importance;
  }

  // Of a root of means the interval is that of its linear part in the rows (the delta method).
  Difference loss_difference(const std::vector<double>& more) const {
    if (faults_.has_classes()) return difference(more, mean_value(more));
    const std::vector<double> losses = each(before_, &Fault::loss);
    const double mean_before = mean_value(losses);
    const double before = std::sqrt(mean_before);
    const double after = std::sqrt(std::max(mean_before + mean_value(more), 0.0));
    const auto slope = [](double root) { return root > 0 ? 0.5 / root : 0; };
    std::vector<double> linear;
    for (std::size_t i = 0; i < more.size(); ++i)
      linear.push_back(slope(after) * more[i] + (slope(after) - slope(before)) * losses[i]);
    return difference(linear, after - before);
  }

  Model& model_;
  const data::Encoder& encoder_;
  data::Part part_;
  std::int64_t repeats_;
  Faults faults_;
  std::vector<Fault> before_;
};

void require_sense(const data::Encoder& encoder, const data::Part& part,
                   const ImportanceOptions& options) {
  const auto require = [](bool holds, const std::string& message) {
    if (!holds) throw UsageError(message);
  };
  require(
      !encoder.columns().empty(),
      "importance: the model was trained on arrays, which have no columns to shuffle; it is for "
      "tables");
  require(options.repeats >= 1, fmt::format("repeats {}: shuffle at least once", options.repeats));
  require(options.evaluations >= 1,
          fmt::format("evaluations {}: take at least 1", options.evaluations));
  require(options.curves >= 0, fmt::format("curves {}: give a number from 0", options.curves));
  require(part.size() >= 2,
          fmt::format("importance: {} rows with a target, and values need two rows to change "
                      "places; give more rows",
                      part.size()));
}

}  // namespace

Importance importance(Model& model, const data::Encoder& encoder, const data::Part& part,
                      const ImportanceOptions& options) try {
  const StandardArithmetic arithmetic;
  require_sense(encoder, part, options);
  const ShufflePlan plan =
      shuffle_plan(part.size(), static_cast<std::int64_t>(encoder.columns().size()), options);
  const data::Part used{part.data, drawn_rows(part.rows, plan.rows, part_stream)};
  Importance result = Shuffling(model, encoder, used, plan.repeats).importance();
  result.of_rows = part.size();
  add_curves(result, model, encoder, used, options.curves);
  return result;
} catch (...) {
  throw_ours();
}

Importance importance(SavedRun& run, const std::string& data_path,
                      const ImportanceOptions& options) try {
  const StandardArithmetic arithmetic;
  if (run.encoder().columns().empty()) require_sense(run.encoder(), {}, options);
  data::Source source = open_for(run.encoder(), data_path, true);
  const auto data = std::make_shared<const data::Dataset>(
      std::visit([&](auto& rows) { return run.encoder().encode(std::move(rows)); }, source.main));
  Importance result =
      importance(run.model(), run.encoder(), {data, data->rows_with_target()}, options);
  result.notes = data->notes();
  return result;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
