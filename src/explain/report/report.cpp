#include "explain/report/report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/display.h"
#include "chainrule/error.h"
#include "explain/report/report_parts.h"
#include "explain/report/report_rows.h"
#include "explain/report/report_sections.h"
#include "explain/write/chart.h"
#include "explain/write/html.h"
#include "train/loop/statistics.h"

namespace chainrule::page {
namespace {

// Where two tensors differ most.
std::size_t furthest_entry(const std::vector<float>& before, const std::vector<float>& after) {
  std::size_t furthest = 0;
  for (std::size_t i = 1; i < after.size(); ++i)
    if (std::abs(after[i] - before[i]) > std::abs(after[furthest] - before[furthest])) furthest = i;
  return furthest;
}

class ReportWriter {
 public:
  ReportWriter(const ReportSource& source, Language language)
      : source_(source),
        result_(source.result),
        parts_(language, source.program, source.result.folder) {}

  std::string write() {
    title();
    if (result_.history.stopped != StopReason::caller) body_ += signs_section(parts_, result_);
    body_ += scores_section(parts_, result_) +
             curves_section(parts_, result_, source_.data.train.size());
    if (source_.model != nullptr) outputs();
    if (source_.model != nullptr) columns_that_matter();
    const Weights first = first_weights(),
                  last = source_.model == nullptr ? Weights{} : source_.model->weights();
    body_ += layers_section(parts_, result_, first, last);
    if (!result_.sizes.empty()) body_ += sizes_section(parts_, result_);
    body_ += columns_section(parts_, result_, source_.data.encoder);
    if (!last.empty() && result_.history.steps > 0) stories(first, last);
    return parts_.page(title_, body_);
  }

 private:
  bool has_classes() const { return result_.target.task == data::Task::classification; }
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return parts_.say(which, arguments...);
  }

  void section(const std::string& heading, const std::string& inside) {
    body_ += parts_.section(heading, inside);
  }

  void title() {
    const std::string data = std::filesystem::path(result_.config.data).filename().string();
    title_ = fmt::format("{} \u2013 {}", data, result_.folder);
    const History& history = result_.history;
    std::string text = fmt::format(
        "<h1>{}</h1>\n<p>{}</p>\n", html_escaped(title_),
        html_escaped(say(Phrase::report_size, result_.parameters, source_.data.train.size(),
                         history.steps, history.epochs.size())));
    if (history.stopped == StopReason::diverged)
      text += fmt::format("<p class=\"failed\">{} {}</p>\n",
                          html_escaped(say(Phrase::report_not_finite, history.steps)),
                          ReportParts::code(parts_.command("trace", "--nan")));
    if (const WhatIf& what = result_.config.fit.what_if; what.asks())
      text += parts_.paragraph(what_if_words(what));
    text += training_facts(parts_, result_);
    for (const Text& note : source_.notes)
      text += fmt::format("<p class=\"failed\">{}</p>\n", html_escaped(note.in(parts_.language())));
    body_ += text;
  }

  std::string what_if_words(const WhatIf& what) const {
    std::string words;
    if (!what.without_rows.empty())
      words += say(Phrase::report_what_if_rows, what.without_rows.size());
    if (!what.set.empty())
      words +=
          say(Phrase::report_what_if_set, fmt::format("{}", fmt::join(what.set, ", ")), what.at);
    return say(Phrase::report_what_if, what.of, words);
  }

  // ---- What the model makes of rows it has not seen ---------------------------------------------

  const data::Part& unseen() const { return unseen_rows(source_.data); }

  void outputs() {
    if (unseen().rows.empty()) return;
    const Tensor prediction = source_.model->outputs(unseen()).prediction;
    if (has_classes()) {
      body_ += classes_section(parts_, result_, source_.data, prediction);
      reliability(prediction);
    } else {
      residuals(prediction);
    }
  }

  // Which of the table's columns the model relies on.
  void columns_that_matter() {
    const data::Encoder& encoder = source_.data.encoder;
    constexpr std::int64_t least_rows = 10;
    if (encoder.columns().size() < 2 || unseen().size() < least_rows || unseen().out_of_sample)
      return;
    try {
      body_ += importance_section(parts_, importance(*source_.model, encoder, unseen(),
                                                     {.evaluations = report_evaluations}));
    } catch (const DataError&) {  // NOLINT(bugprone-empty-catch)
      // Rows put together of others may have predictions that are not finite; the rest is told.
    }
  }

  // Whether those that it is 80% sure of are right in 80 of 100 cases.
  void reliability(const Tensor& prediction) {
    const auto classes = static_cast<std::size_t>(prediction.shape[1]);
    Calibration calibration;
    for (std::size_t i = 0; i < unseen().rows.size(); ++i) {
      const auto values = std::span(prediction.values).subspan(i * classes, classes);
      const auto likely = std::ranges::max_element(values);
      if (!std::isfinite(*likely)) return;
      calibration.add(static_cast<double>(*likely),
                      likely - values.begin() == unseen().data->class_of(unseen().rows[i]));
    }
    const Series points{.name = say(Phrase::rows_of_like_probability),
                        .points = calibration.points()};
    std::string text = svg(Chart{.title = say(Phrase::report_reliability_chart),
                                 .x_label = say(Phrase::predicted_probability),
                                 .y_label = say(Phrase::share_right),
                                 .series = {points},
                                 .scattered = true,
                                 .diagonal = true});
    text += parts_.paragraph(say(Phrase::report_calibration_error, calibration.error()));
    if (result_.calibration)
      text += fmt::format("<p>{}</p>\n",
                          html_escaped(say(Phrase::report_temperature, *result_.calibration)));
    section(say(Phrase::report_reliability), text);
  }

  void residuals(const Tensor& prediction) {
    constexpr std::size_t most_points = 1000;
    const auto outputs = static_cast<std::size_t>(prediction.shape[1]);
    const std::size_t shown = result_.target.main_output();
    const std::vector<std::int64_t>& rows = unseen().rows;
    std::vector<float> x(rows.size() * static_cast<std::size_t>(unseen().data->width())),
        target(rows.size() * outputs);
    unseen().data->gather(rows, x.data(), target.data());
    const auto actual_of = [&](std::size_t i) {
      return result_.target.in_units(static_cast<double>(target[i * outputs]));
    };
    const auto said_of = [&](std::size_t i) {
      return result_.target.predicted(static_cast<double>(prediction.values[i * outputs + shown]),
                                      shown);
    };
    Series points{say(Phrase::row)};
    std::vector<std::pair<double, std::size_t>> errors;
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const double actual = actual_of(i), said = said_of(i);
      if (i % (rows.size() / most_points + 1) == 0) points.points.emplace_back(actual, said);
      errors.emplace_back(-std::abs(said - actual), i);
    }
    std::ranges::sort(errors);
    Rows worst;
    for (std::size_t k = 0; k < std::min<std::size_t>(10, errors.size()); ++k) {
      const std::size_t i = errors[k].second;
      worst.push_back({place_words(parts_, unseen(), rows[i]), fmt::format("{:.5g}", actual_of(i)),
                       fmt::format("{:.5g}", said_of(i)),
                       row_command(parts_, source_.data, rows[i])});
    }
    const std::string name =
        result_.target.name.empty() ? say(Phrase::target_name) : short_name(result_.target.name);
    section(say(Phrase::report_residuals),
            svg(Chart{.title = say(Phrase::report_residuals_chart),
                      .x_label = name + say(Phrase::axis_actual),
                      .y_label = name + say(Phrase::axis_predicted),
                      .series = {points},
                      .scattered = true,
                      .diagonal = true}) +
                parts_.table(say(Phrase::report_most_wrong),
                             {say(Phrase::row), say(Phrase::actual), say(Phrase::predicted),
                              say(Phrase::why)},
                             worst, ReportParts::Last::commands));
  }

  // ---- Data and stories -------------------------------------------------------------------------

  // As the seed draws them; those that are fitted to the data are so afterwards.
  Weights first_weights() const {
    if (source_.model == nullptr) return {};
    Model fresh(result_.config.network, result_.config.loss, result_.config.row,
                {.seed = source_.model->options().seed});
    return fresh.weights();
  }

  // The entry of each weight matrix that moved furthest from where it began.
  void stories(const Weights& before, const Weights& after) {
    Rows rows;
    for (const auto& [name, weight] : after) {
      if (weight.shape.rank() != 2) continue;
      const std::size_t furthest = furthest_entry(before.at(name).values, weight.values);
      const auto columns = static_cast<std::size_t>(weight.shape[1]);
      const std::string entry =
          fmt::format("{}[{},{}]", name, furthest / columns, furthest % columns);
      rows.push_back({entry, fmt::format("{:.4g}", before.at(name).values[furthest]),
                      fmt::format("{:.4g}", weight.values[furthest]),
                      parts_.command("explain", fmt::format("{} --step {}", shell_word(entry),
                                                            busiest_step(name)))});
    }
    section(
        say(Phrase::report_stories),
        parts_.table(say(Phrase::report_furthest),
                     {say(Phrase::weight), say(Phrase::at_first), say(Phrase::at_the_end),
                      say(Phrase::its_story)},
                     rows, ReportParts::Last::commands) +
            parts_.paragraph(say(Phrase::report_suspects), parts_.command("blame", "--suspects")));
  }

  // The measured step that changed the parameter most.
  std::int64_t busiest_step(const std::string& parameter) const {
    const LayerSize* busiest = nullptr;
    for (const LayerSize& size : result_.sizes)
      if (size.parameter == parameter && (busiest == nullptr || size.update > busiest->update))
        busiest = &size;
    return busiest == nullptr ? result_.history.steps : busiest->step;
  }

  const ReportSource& source_;
  const RunResult& result_;
  ReportParts parts_;
  std::string title_, body_;
};

}  // namespace

std::string write_report(const ReportSource& source, Language language) {
  return ReportWriter(source, language).write();
}

}  // namespace chainrule::page
