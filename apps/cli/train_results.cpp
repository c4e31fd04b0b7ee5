#include "train_results.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/display.h"
#include "called.h"
#include "commands.h"
#include "profile_report.h"
#include "progress.h"
#include "report.h"
#include "terminal.h"
#include "train/settings/config.h"

using namespace chainrule;

namespace {

std::string stop_text(const RunResult& result, StoppedBy stopped_by) {
  const History& history = result.history;
  const std::string epochs = counted(static_cast<std::int64_t>(history.epochs.size()), "epoch");
  std::string text = fmt::format("{} in {}", epochs, duration(history.seconds));
  if (history.stopped == StopReason::patience)
    text += fmt::format(", stopped early: no better validation {} for {}",
                        words_of(result.config.fit.metric),
                        counted(result.config.fit.patience, "epoch"));
  if (history.stopped == StopReason::caller)
    text += stopped_by == StoppedBy::time_limit ? ", stopped at the time limit" : ", interrupted";
  if (history.best_epoch < static_cast<std::int64_t>(history.epochs.size()) &&
      result.config.fit.keep_best && result.validation.rows > 0)
    text += fmt::format("; the weights are those of epoch {}", history.best_epoch);
  return text + "\n\n";
}

// What was learnt from the validation rows when training was over, and what the coverage is of.
std::string calibration_text(const RunResult& result) {
  std::string text;
  const std::vector<double>& levels = result.target.quantiles;
  if (levels.size() > 1)
    text += fmt::format(
        "\nCoverage: rows from the {0:.6g}% to the {1:.6g}% quantile; {2:.6g}% is "
        "meant. RMSE, MAE and R2 are of the {3:.6g}% quantile.\n",
        100 * levels.front(), 100 * levels.back(), 100 * (levels.back() - levels.front()),
        100 * levels[result.target.main_output()]);
  if (result.target.threshold)
    text += fmt::format("\nA row is taken for {} from a probability of {:.4g} on.\n",
                        visible(result.target.classes[1]), *result.target.threshold);
  if (!result.calibration) return text;
  if (levels.empty())
    text += fmt::format(
        "\nProbabilities are calibrated: logits divided by {:.4g} (temperature, "
        "from the validation rows).\n",
        *result.calibration);
  else
    text += fmt::format(
        "Quantiles are calibrated: {:.4g} times as far apart (from the validation "
        "rows).\n",
        *result.calibration);
  return text;
}

// With what to do about it.
void tell_divergence(const RunResult& result) {
  Optimizer optimizer = result.config.optimizer;
  const double rate = learning_rate(optimizer);
  const std::string saved =
      result.has_model
          ? fmt::format("the weights of epoch {} are saved in {}", result.history.best_epoch,
                        visible(result.folder))
          : fmt::format("no epoch is worth keeping; the record is in {}", visible(result.folder));
  message(
      fmt::format("{} the loss became infinite or NaN at step {}, and {}; try a smaller "
                  "learning rate, such as --lr {:.1g}. Where it began:\n"
                  "  {} trace {} --nan\n",
                  styled("chainrule:", Style::red, stderr), result.history.steps, saved,
                  std::min(rate / 10, 0.01), program_name(), shell_word(result.folder)));
}

}  // namespace

std::string result_text(const RunResult& result, StoppedBy stopped_by) {
  std::string text = stop_text(result, stopped_by);
  text += scores_text(
      {{"Training", &result.train}, {"Validation", &result.validation}, {"Test", &result.test}},
      &result.linear, result.config.fit.metric);
  if (result.test.rows > 0 && !result.test.confusion.empty())
    text += "\n" + confusion_text(result.test, result.target);
  if (result.profile) text += "\n" + profile_text(*result.profile, result.folder + "/profile.json");
  text += calibration_text(result);
  if (const std::string signs = signs_text(result); !signs.empty()) text += "\n" + signs;
  const std::string run = shell_word(result.folder);
  const std::string of_columns =
      result.target.columns.empty()
          ? ""
          : fmt::format("  {} importance {}          which columns matter\n", program_name(), run);
  return text + fmt::format(
                    "\nSaved in {0}. Next:\n  {4} predict {1} {2}\n"
                    "  {4} explain {1} loss        where any number came from\n"
                    "{3}and {0}/report.html in a browser.\n",
                    visible(result.folder), run, shell_word(result.config.data), of_columns,
                    program_name());
}

std::string folds_text(const FoldsResult& result) {
  std::vector<ScoredRows> folds;
  for (std::size_t k = 0; k < result.folds.size(); ++k)
    folds.push_back({fmt::format("Fold {}", k + 1), &result.folds[k].test});
  std::string text = scores_text(folds, nullptr, result.folds.front().config.fit.metric);
  if (result.scores.empty()) return text;
  text += "\n" + styled("Mean", Style::bold, stdout) + "  ";
  for (const auto& [name, spread] : result.scores) {
    const bool is_share = name == "accuracy";
    text += fmt::format("{}{} {:.4g} ± {:.2g}{}", name == result.scores.front().first ? "" : ", ",
                        name, is_share ? 100 * spread.mean : spread.mean,
                        is_share ? 100 * spread.deviation : spread.deviation, is_share ? "%" : "");
  }
  return text + fmt::format("\n\nSaved in {0}: a run per fold, such as {0}/fold1.\n",
                            visible(result.folder));
}

int exit_code_of(const RunResult& result, StoppedBy stopped_by) {
  if (result.history.stopped == StopReason::diverged) return exit_codes::diverged;
  const bool is_interrupted =
      result.history.stopped == StopReason::caller && stopped_by == StoppedBy::user;
  return is_interrupted ? exit_codes::interrupted : exit_codes::fine;
}

int tell_end(const RunResult& result, StoppedBy stopped_by) {
  if (result.history.stopped == StopReason::diverged) tell_divergence(result);
  if (result.history.stopped == StopReason::caller)
    message(fmt::format(
        "{}; what was learnt until then is saved in {}. To go on:\n"
        "  {} train --resume {}\n",
        stopped_by == StoppedBy::time_limit ? "the time limit was reached" : "interrupted",
        visible(result.folder), program_name(), shell_word(result.folder)));
  return exit_code_of(result, stopped_by);
}
