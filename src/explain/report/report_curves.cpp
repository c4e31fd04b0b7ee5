// The curves of a training, drawn and as numbers.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "explain/report/report_sections.h"
#include "explain/story/change_page.h"
#include "explain/write/chart.h"
#include "train/loop/steps.h"

namespace chainrule::page {
namespace {

class CurvesWriter {
 public:
  CurvesWriter(ReportParts& parts, const RunResult& result, std::int64_t training_rows)
      : parts_(parts),
        epochs_(result.history.epochs),
        result_(result),
        per_epoch_(steps_per_epoch(training_rows, result.config.fit)) {}

  std::string write() {
    if (epochs_.empty()) return "";
    return parts_.section(say(Phrase::report_curves), charts() + numbers());
  }

 private:
  std::string say(Phrase which) const { return parts_.say(which); }
  bool has_classes() const { return result_.target.task == data::Task::classification; }
  bool is_validated() const { return epochs_.front().validation.has_value(); }
  static double score_of(const Progress& epoch, bool has_classes) {
    return has_classes ? epoch.validation->accuracy : epoch.validation->r2;
  }

  std::string charts() const {
    Series train{say(Phrase::training)}, validation{say(Phrase::validation)},
        score{has_classes() ? say(Phrase::validation_accuracy) : say(Phrase::validation_r2)};
    for (const Progress& epoch : epochs_) {
      const auto at = static_cast<double>(epoch.epoch);
      train.points.emplace_back(at, epoch.train_loss);
      if (!epoch.validation) continue;
      validation.points.emplace_back(at, epoch.validation->loss);
      score.points.emplace_back(at, score_of(epoch, has_classes()));
    }
    Chart losses{.title = say(Phrase::report_losses),
                 .x_label = say(Phrase::epoch),
                 .y_label = say(Phrase::loss),
                 .series = {train},
                 .logarithmic = true};
    if (!validation.points.empty()) losses.series.push_back(validation);
    std::string text = svg(losses);
    if (!score.points.empty())
      text += svg(Chart{.title = score.name,
                        .x_label = losses.x_label,
                        .y_label = score.name,
                        .series = {score}});
    return text;
  }

  // A dozen epochs, and the best one.
  std::vector<std::size_t> shown() const {
    std::vector<std::size_t> shown = some_epochs(epochs_.size());
    const auto best =
        static_cast<std::size_t>(std::max<std::int64_t>(result_.history.best_epoch, 1));
    if (best <= epochs_.size()) shown.push_back(best - 1);
    std::ranges::sort(shown);
    shown.erase(std::unique(shown.begin(), shown.end()), shown.end());
    return shown;
  }

  std::int64_t last_step_of(const Progress& epoch) const { return epoch.epoch * per_epoch_; }

  std::string command_of(const Progress& epoch) const {
    return parts_.command("explain", is_validated()
                                         ? fmt::format("validation.loss --epoch {}", epoch.epoch)
                                         : fmt::format("loss --step {}", last_step_of(epoch)));
  }

  std::string numbers() const {
    std::vector<std::string> header{say(Phrase::epoch), say(Phrase::training)};
    if (is_validated())
      header.insert(header.end(),
                    {say(Phrase::validation), has_classes() ? say(Phrase::accuracy) : "R\u00b2"});
    header.push_back(say(Phrase::why));
    Rows rows;
    for (const std::size_t i : shown()) {
      const Progress& epoch = epochs_[i];
      std::vector<std::string> row{fmt::format("{}", epoch.epoch),
                                   fmt::format("{:.5g}", epoch.train_loss)};
      if (epoch.validation) {
        row.push_back(fmt::format("{:.5g}", epoch.validation->loss));
        const double score = score_of(epoch, has_classes());
        row.push_back(!std::isfinite(score) ? "n/a"
                      : has_classes()       ? fmt::format("{:.2f}%", 100 * score)
                                            : fmt::format("{:.4f}", score));
      }
      row.push_back(command_of(epoch));
      rows.push_back(std::move(row));
    }
    Links links;
    link_column(links, rows, 1, "epoch-training");
    for (std::size_t i = 2; i + 1 < header.size(); ++i)
      link_column(links, rows, i, "epoch-validation");
    std::string text =
        parts_.table(say(Phrase::epochs_table), header, rows, ReportParts::Last::commands, links);
    text += parts_.story(
        "epoch-training", parts_.say(Phrase::how_comes, say(Phrase::training_loss)),
        parts_.paragraph(say(Phrase::how_epoch_training),
                         parts_.command("explain", fmt::format("loss --step {}",
                                                               last_step_of(epochs_.back())))));
    if (is_validated())
      text += parts_.story("epoch-validation",
                           parts_.say(Phrase::how_comes, say(Phrase::validation_loss)),
                           parts_.paragraph(say(Phrase::how_epoch_validation),
                                            parts_.command("explain", "validation.loss")));
    return text;
  }

  ReportParts& parts_;
  const std::vector<Progress>& epochs_;
  const RunResult& result_;
  std::int64_t per_epoch_;
};

}  // namespace

std::string curves_section(ReportParts& parts, const RunResult& result,
                           std::int64_t training_rows) {
  return CurvesWriter(parts, result, training_rows).write();
}

}  // namespace chainrule::page
