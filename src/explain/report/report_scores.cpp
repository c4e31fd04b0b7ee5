// The scores of a run, and how each is worked out.
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_sections.h"
#include "train/settings/config.h"

namespace chainrule::page {
namespace {

struct ScoredPart {
  Phrase name;
  const Scores* scores;
};

class ScoresWriter : SectionWriter {
 public:
  ScoresWriter(ReportParts& parts, const RunResult& result)
      : SectionWriter(parts), result_(result) {
    for (const ScoredPart& part : {ScoredPart{Phrase::training, &result.train},
                                   ScoredPart{Phrase::validation, &result.validation},
                                   ScoredPart{Phrase::test, &result.test}})
      if (part.scores->rows > 0) scored_.push_back(part);
  }

  std::string write() {
    if (scored_.empty()) return "";
    std::vector<std::string> header{say(Phrase::part), say(Phrase::rows), say(Phrase::loss)};
    if (has_classes())
      header.insert(header.end(),
                    {say(Phrase::accuracy), "macro F1", say(Phrase::log_loss), "AUC"});
    else
      header.insert(header.end(), {"RMSE", "MAE", "R\u00b2"});
    if (has_quantiles()) header.push_back(say(Phrase::coverage));
    Rows rows;
    for (const ScoredPart& part : scored_) rows.push_back(cells(part));
    Links links;
    for (std::size_t i = 1; i < header.size(); ++i)
      link_column(links, rows, i, "score-" + ids()[i - 1]);
    std::string stories;
    for (std::size_t i = 1; i < header.size(); ++i)
      stories += parts_.story("score-" + ids()[i - 1], how_title(header[i]), how(ids()[i - 1]));
    return parts_.section(
        say(Phrase::scores),
        parts_.table(say(Phrase::scores), header, rows, ReportParts::Last::words, links) + stories);
  }

 private:
  bool has_classes() const { return result_.target.task == data::Task::classification; }
  bool has_quantiles() const { return !result_.target.quantiles.empty(); }
  std::string how_title(const std::string& name) const { return say(Phrase::how_comes, name); }

  // Of the columns behind the parts' names.
  std::vector<std::string> ids() const {
    if (has_classes()) return {"rows", "loss", "accuracy", "macro-f1", "log-loss", "auc"};
    return {"rows", "loss", "rmse", "mae", "r2", "coverage"};
  }

  std::vector<std::string> cells(const ScoredPart& part) const {
    const Scores& scores = *part.scores;
    std::vector<std::string> row{say(part.name), fmt::format("{}", scores.rows),
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
    return row;
  }

  std::string how(const std::string& score) const {
    if (score == "rows") return rows_story();
    if (score == "loss") return loss_story();
    if (score == "accuracy") return accuracy_story();
    if (score == "macro-f1") return f1_story();
    if (score == "log-loss") return tell(Phrase::how_log_loss);
    if (score == "auc") return tell(Phrase::how_auc);
    if (score == "rmse") return tell(Phrase::how_rmse);
    if (score == "mae") return tell(Phrase::how_mae);
    if (score == "r2") return r2_story();
    return tell(Phrase::how_coverage);
  }

  std::string rows_story() const {
    std::string text = tell(Phrase::how_rows);
    if (const std::size_t left_out = result_.config.fit.what_if.without_rows.size(); left_out > 0)
      text += tell(Phrase::how_rows_left_out, left_out);
    if (const std::string& data = result_.config.data; data != "-")
      text += parts_.paragraph(
          say(Phrase::how_rows_command),
          parts_.command_on("evaluate", result_.folder) + " " + chainrule::shell_word(data));
    return text;
  }

  std::string loss_story() const {
    std::string text =
        tell(Phrase::how_loss, human_name(to_string(result_.config.loss), parts_.language()));
    text += parts_.paragraph(say(Phrase::how_loss_step), parts_.command("explain", "loss"));
    const History& history = result_.history;
    if (result_.validation.rows > 0 && history.best_epoch > 0 && !history.epochs.empty())
      text += parts_.paragraph(
          say(Phrase::how_loss_epoch),
          parts_.command("explain", fmt::format("validation.loss --epoch {}", history.best_epoch)));
    return text;
  }

  static std::int64_t right(const Scores& scores) {
    std::int64_t right = 0;
    for (std::size_t k = 0; k < scores.confusion.size(); ++k) right += scores.confusion[k][k];
    return right;
  }

  std::string accuracy_story() const {
    std::string text = tell(Phrase::how_accuracy);
    for (const ScoredPart& part : scored_) {
      const auto [low, high] = accuracy_interval(*part.scores);
      const std::string name = say(part.name);
      text += part.name == Phrase::training
                  ? tell(Phrase::how_accuracy_part, name, right(*part.scores), part.scores->rows,
                         100 * part.scores->accuracy)
                  : tell(Phrase::how_accuracy_interval, name, right(*part.scores),
                         part.scores->rows, 100 * part.scores->accuracy, 100 * low, 100 * high);
    }
    return text +
           parts_.paragraph(say(Phrase::how_accuracy_step), parts_.command("explain", "accuracy"));
  }

  // Of the last part, class by class.
  std::string f1_story() const {
    constexpr std::size_t most_classes = 30;
    const Scores& scores = *scored_.back().scores;
    Rows rows;
    for (std::size_t k = 0; k < std::min(scores.confusion.size(), most_classes); ++k) {
      std::int64_t actual = 0, predicted = 0;
      for (std::size_t other = 0; other < scores.confusion.size(); ++other) {
        actual += scores.confusion[k][other];
        predicted += scores.confusion[other][k];
      }
      if (actual + predicted == 0) continue;
      const std::int64_t both = scores.confusion[k][k];
      rows.push_back({result_.target.classes.at(k), fmt::format("{}", both),
                      fmt::format("{}", actual), fmt::format("{}", predicted),
                      fmt::format("{:.4f}", 2.0 * static_cast<double>(both) /
                                                static_cast<double>(actual + predicted))});
    }
    const std::string caption = say(Phrase::how_f1_table, say(scored_.back().name));
    return tell(Phrase::how_f1) + tell(Phrase::how_f1_table, say(scored_.back().name)) +
           parts_.table(caption,
                        {say(Phrase::class_word), say(Phrase::found_right), say(Phrase::actual),
                         say(Phrase::predicted), "F1"},
                        rows);
  }

  std::string r2_story() const {
    std::string text = tell(Phrase::how_r2);
    if (result_.target.outputs() != 1 || has_quantiles()) return text;
    for (const ScoredPart& part : scored_)
      if (std::isfinite(part.scores->mean_rmse) && std::isfinite(part.scores->r2))
        text += tell(Phrase::how_r2_part, say(part.name), part.scores->rmse, part.scores->mean_rmse,
                     part.scores->r2);
    return text;
  }

  const RunResult& result_;
  std::vector<ScoredPart> scored_;
};

}  // namespace

std::string scores_section(ReportParts& parts, const RunResult& result) {
  return ScoresWriter(parts, result).write();
}

}  // namespace chainrule::page
