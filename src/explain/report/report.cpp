#include "explain/report/report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "base/display.h"
#include "chainrule/error.h"
#include "explain/page/particles.h"
#include "explain/report/report_facts.h"
#include "explain/report/report_importance.h"
#include "explain/report/report_parts.h"
#include "explain/report/report_rows.h"
#include "explain/report/report_signs.h"
#include "explain/report/report_tables.h"
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
      : source_(source), result_(source.result), parts_{language} {}

  std::string write() {
    title();
    if (result_.history.stopped != StopReason::caller) body_ += signs_section(parts_, result_);
    scores();
    curves();
    if (source_.model != nullptr) outputs();
    if (source_.model != nullptr) columns_that_matter();
    layers();
    sizes();
    columns();
    stories();
    return parts_.page(title_, body_);
  }

 private:
  bool has_classes() const { return result_.target.task == data::Task::classification; }
  bool has_quantiles() const { return !result_.target.quantiles.empty(); }
  std::string say(std::string_view en, std::string_view ko) const { return parts_.say(en, ko); }

  void section(const std::string& heading, const std::string& inside) {
    body_ += parts_.section(heading, inside);
  }

  void title() {
    const std::string data = std::filesystem::path(result_.config.data).filename().string();
    title_ = fmt::format("{} \u2013 {}", data, result_.folder);
    const History& history = result_.history;
    std::string text = fmt::format(
        "<h1>{}</h1>\n<p>{}</p>\n", html_escaped(title_),
        html_escaped(fmt::format(
            fmt::runtime(say("{} parameters, {} training rows, {} steps in {} epochs.",
                             "매개변수 {}개, 학습 데이터 {}행, {}스텝, {}에폭.")),
            result_.parameters, source_.data.train.size(), history.steps, history.epochs.size())));
    if (history.stopped == StopReason::diverged)
      text += fmt::format(
          "<p class=\"failed\">{} <code>chainrule trace {} --nan</code></p>\n",
          html_escaped(fmt::format(
              fmt::runtime(say("The loss was no longer finite at step {}. Why:",
                               "{}번째 스텝에서 손실이 유한하지 않게 되었습니다. 까닭을 보려면:")),
              history.steps)),
          html_escaped(shell_word(result_.folder)));
    text += training_facts(parts_, result_);
    for (const std::string& note : source_.notes)
      text += fmt::format("<p class=\"failed\">{}</p>\n", html_escaped(note));
    body_ += text;
  }

  // ---- Scores -----------------------------------------------------------------------------------

  void scores() {
    Rows rows;
    const auto add = [&](std::string_view en, std::string_view ko, const Scores& scores) {
      if (scores.rows == 0) return;
      std::vector<std::string> row{say(en, ko), fmt::format("{}", scores.rows),
                                   fmt::format("{:.5g}", scores.loss)};
      if (has_classes()) {
        row.push_back(fmt::format("{:.2f}%", 100 * scores.accuracy));
        for (const double score : {scores.macro_f1, scores.log_loss, scores.auc})
          row.push_back(std::isfinite(score) ? fmt::format("{:.4f}", score) : "n/a");
      } else {
        for (const double score : {scores.rmse, scores.mae, scores.r2})
          row.push_back(std::isfinite(score) ? fmt::format("{:.5g}", score) : "n/a");
        if (has_quantiles()) row.push_back(fmt::format("{:.1f}%", 100 * scores.coverage));
      }
      rows.push_back(std::move(row));
    };
    add("training", "학습", result_.train);
    add("validation", "검증", result_.validation);
    add("test", "테스트", result_.test);
    if (rows.empty()) return;
    std::vector<std::string> header{say("part", "부분"), say("rows", "행"), say("loss", "손실")};
    if (has_classes())
      header.insert(header.end(),
                    {say("accuracy", "정확도"), "macro F1", say("log loss", "로그 손실"), "AUC"});
    else
      header.insert(header.end(), {"RMSE", "MAE", "R\u00b2"});
    if (has_quantiles()) header.push_back(say("coverage", "포함률"));
    section(say("Scores", "점수"), parts_.table(say("Scores", "점수"), header, rows));
  }

  // ---- Learning curves --------------------------------------------------------------------------

  void curves() {
    Series train{say("training", "학습")}, validation{say("validation", "검증")},
        score{has_classes() ? say("validation accuracy", "검증 정확도")
                            : say("validation R\u00b2", "검증 R\u00b2")};
    for (const Progress& epoch : result_.history.epochs) {
      const auto at = static_cast<double>(epoch.epoch);
      train.points.emplace_back(at, epoch.train_loss);
      if (!epoch.validation) continue;
      validation.points.emplace_back(at, epoch.validation->loss);
      score.points.emplace_back(at,
                                has_classes() ? epoch.validation->accuracy : epoch.validation->r2);
    }
    if (train.points.empty()) return;
    Chart losses{.title = say("Loss after each epoch", "에폭마다의 손실"),
                 .x_label = say("epoch", "에폭"),
                 .y_label = say("loss", "손실"),
                 .series = {train},
                 .logarithmic = true};
    if (!validation.points.empty()) losses.series.push_back(validation);
    std::string charts = svg(losses);
    if (!score.points.empty())
      charts += svg(Chart{.title = score.name,
                          .x_label = losses.x_label,
                          .y_label = score.name,
                          .series = {score}});
    section(say("Learning curves", "학습 곡선"), charts);
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
    const Series points{.name = say("rows of like probability", "확률이 비슷한 행들"),
                        .points = calibration.points()};
    std::string text = svg(
        Chart{.title = say("How often it is right, by how sure it is; on the line, both are equal",
                           "예측 확률별 정답 비율. 선 위에서는 둘이 같습니다"),
              .x_label = say("predicted probability", "예측 확률"),
              .y_label = say("share that is right", "정답 비율"),
              .series = {points},
              .scattered = true,
              .diagonal = true});
    text += fmt::format(
        "<p>{}</p>\n",
        html_escaped(fmt::format(
            fmt::runtime(
                say("Expected calibration error {:.3f}: so far the two are apart on average.",
                    "기대 보정 오차(ECE) {:.3f}: 둘의 평균 차이입니다.")),
            calibration.error())));
    if (result_.calibration)
      text += fmt::format(
          "<p>{}</p>\n",
          html_escaped(with_particles(fmt::format(
              fmt::runtime(
                  say("Logits are divided by {:.4g}, the temperature with which the loss of "
                      "the validation rows is smallest.",
                      "로짓을 검증 데이터의 손실이 가장 작아지는 온도 {:.4g}(으)로 나눕니다.")),
              *result_.calibration))));
    section(say("Reliability", "신뢰도"), text);
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
    Series points{say("row", "행")};
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
                       row_command(result_, source_.data, rows[i])});
    }
    const std::string name =
        result_.target.name.empty() ? say("target", "목표값") : short_name(result_.target.name);
    section(say("Predictions beside the truth", "예측값과 실제값"),
            svg(Chart{.title = say("Rows not trained on; on the line, both are equal",
                                   "학습하지 않은 행. 선 위에서는 둘이 같습니다"),
                      .x_label = name + say(", actual", ", 실제"),
                      .y_label = name + say(", predicted", ", 예측"),
                      .series = {points},
                      .scattered = true,
                      .diagonal = true}) +
                parts_.table(say("Most wrong", "가장 크게 틀린 행"),
                             {say("row", "행"), say("actual", "실제"), say("predicted", "예측"),
                              say("why", "왜")},
                             worst, ReportParts::Last::commands));
  }

  // ---- The network ------------------------------------------------------------------------------

  void layers() {
    Rows rows;
    for (const LayerSummary& layer : layer_table(result_.config.network, result_.config.row))
      rows.push_back({layer.name, layer.what, row_words(layer.x), row_words(layer.y),
                      fmt::format("{}", layer.parameters)});
    section(say("Layers", "층"),
            parts_.table(say("Layers", "층"),
                         {say("layer", "층"), say("kind", "종류"), say("inputs", "입력"),
                          say("outputs", "출력"), say("parameters", "매개변수")},
                         rows));
  }

  void sizes() {
    if (!result_.sizes.empty()) body_ += sizes_section(parts_, result_.sizes);
  }

  // ---- Data and stories -------------------------------------------------------------------------

  void columns() {
    const std::vector<data::ColumnReport>& columns = source_.data.encoder.report();
    if (!columns.empty()) body_ += columns_section(parts_, columns);
  }

  // The entry of each weight matrix that moved furthest from where it began.
  void stories() {
    if (source_.model == nullptr || result_.history.steps == 0) return;
    Model fresh(result_.config.network, result_.config.loss, result_.config.row,
                {.seed = source_.model->options().seed});
    const auto before = fresh.weights(), after = source_.model->weights();
    Rows rows;
    for (const auto& [name, weight] : after) {
      if (weight.shape.rank() != 2) continue;
      const std::size_t furthest = furthest_entry(before.at(name).values, weight.values);
      const auto columns = static_cast<std::size_t>(weight.shape[1]);
      const std::string entry =
          fmt::format("{}[{},{}]", name, furthest / columns, furthest % columns);
      rows.push_back({entry, fmt::format("{:.4g}", before.at(name).values[furthest]),
                      fmt::format("{:.4g}", weight.values[furthest]),
                      fmt::format("chainrule explain {} '{}' --step {}", shell_word(result_.folder),
                                  entry, busiest_step(name))});
    }
    section(say("Stories worth reading", "읽어 볼 만한 계산 과정"),
            parts_.table(say("The weights that moved furthest", "가장 멀리 움직인 가중치"),
                         {say("weight", "가중치"), say("at first", "처음"), say("at the end", "끝"),
                          say("its story", "계산 과정")},
                         rows, ReportParts::Last::commands) +
                fmt::format("<p>{} <code>chainrule blame {} --suspects</code></p>\n",
                            html_escaped(say("Rows whose labels may be wrong:",
                                             "레이블이 잘못되었을 수 있는 행:")),
                            html_escaped(shell_word(result_.folder))));
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
