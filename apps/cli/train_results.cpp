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
#include "words/messages.h"

using namespace chainrule;

namespace {

std::string stop_text(const RunResult& result, StoppedBy stopped_by, Language language) {
  const History& history = result.history;
  const auto epochs = static_cast<std::int64_t>(history.epochs.size());
  const std::int64_t patience = result.config.fit.patience;
  std::string text = said(Phrase::end_epochs, language, counted(epochs, "epoch"), epochs,
                          duration(history.seconds, language));
  if (history.stopped == StopReason::patience)
    text += said(Phrase::end_patience, language, words_of(result.config.fit.metric, language),
                 counted(patience, "epoch"), patience);
  if (history.stopped == StopReason::cycle)
    text += said(Phrase::end_cycle, language, 100 * result.config.fit.cycle_gain);
  if (history.stopped == StopReason::caller)
    text +=
        said(stopped_by == StoppedBy::time_limit ? Phrase::end_time_limit : Phrase::end_interrupted,
             language);
  if (history.best_epoch < epochs && result.config.fit.keep_best && result.validation.rows > 0)
    text += said(Phrase::end_best, language, history.best_epoch);
  return text + "\n\n";
}

// What was learnt from the validation rows when training was over, and what the coverage is of.
std::string calibration_text(const RunResult& result, Language language) {
  std::string text;
  const std::vector<double>& levels = result.target.quantiles;
  const auto tell = [&](Phrase which, const auto&... arguments) {
    text += said(which, language, arguments...) + "\n";
  };
  if (levels.size() > 1) {
    text += "\n";
    tell(Phrase::end_coverage, 100 * levels.front(), 100 * levels.back(),
         100 * (levels.back() - levels.front()), 100 * levels[result.target.main_output()]);
  }
  if (result.target.threshold) {
    text += "\n";
    tell(Phrase::end_threshold, visible(result.target.classes[1]), *result.target.threshold);
  }
  if (!result.calibration) return text;
  if (levels.empty()) text += "\n";
  tell(levels.empty() ? Phrase::end_temperature : Phrase::end_spread, *result.calibration);
  return text;
}

// With what to do about it.
void tell_divergence(const RunResult& result, Language language) {
  Optimizer optimizer = result.config.optimizer;
  const double rate = learning_rate(optimizer);
  const std::string folder = visible(result.folder);
  const std::string saved =
      result.has_model ? said(Phrase::diverged_saved, language, result.history.best_epoch, folder)
                       : said(Phrase::diverged_recorded, language, folder);
  message(fmt::format(
      "{} {}\n  {} trace {} --nan\n", styled("chainrule:", Style::red, stderr),
      said(Phrase::diverged_at, language, result.history.steps, saved, std::min(rate / 10, 0.01)),
      program_name(), shell_word(result.folder)));
}

}  // namespace

std::string result_text(const RunResult& result, StoppedBy stopped_by, Language language) {
  const auto say = [&](Phrase which, const auto&... arguments) {
    return said(which, language, arguments...);
  };
  std::string text = stop_text(result, stopped_by, language);
  text += scores_text({{say(Phrase::scored_training), &result.train},
                       {say(Phrase::scored_validation), &result.validation},
                       {say(Phrase::scored_test), &result.test}},
                      &result.linear, result.config.fit.metric, language);
  if (result.test.rows > 0 && !result.test.confusion.empty())
    text += "\n" + confusion_text(result.test, result.target, language);
  if (result.profile)
    text += "\n" + profile_text(*result.profile, result.folder + "/profile.json", language);
  text += calibration_text(result, language);
  if (const std::string signs = signs_text(result, language); !signs.empty()) text += "\n" + signs;
  const std::string run = shell_word(result.folder), folder = visible(result.folder);
  text +=
      fmt::format("\n{}\n  {} predict {} {}\n  {} explain {} loss        {}\n",
                  say(Phrase::end_saved, folder), program_name(), run,
                  shell_word(result.config.data), program_name(), run, say(Phrase::end_explain));
  if (!result.target.columns.empty())
    text += fmt::format("  {} importance {}          {}\n", program_name(), run,
                        say(Phrase::end_importance));
  return text + say(Phrase::end_report, folder + "/report.html") + "\n";
}

std::string folds_text(const FoldsResult& result, Language language) {
  std::vector<ScoredRows> folds;
  for (std::size_t k = 0; k < result.folds.size(); ++k)
    folds.push_back({said(Phrase::scored_fold, language, k + 1), &result.folds[k].test});
  std::string text = scores_text(folds, nullptr, result.folds.front().config.fit.metric, language);
  if (result.scores.empty()) return text;
  text += "\n" + styled(said(Phrase::folds_mean, language), Style::bold, stdout) + "  ";
  for (const auto& [name, spread] : result.scores) {
    const bool is_share = name == "accuracy";
    text += fmt::format("{}{} {:.4g} ± {:.2g}{}", name == result.scores.front().first ? "" : ", ",
                        language == Language::en ? name : human_name(name, language),
                        is_share ? 100 * spread.mean : spread.mean,
                        is_share ? 100 * spread.deviation : spread.deviation, is_share ? "%" : "");
  }
  const std::string folder = visible(result.folder);
  return text + "\n\n" + said(Phrase::end_folds, language, folder, folder + "/fold1") + "\n";
}

int exit_code_of(const RunResult& result, StoppedBy stopped_by) {
  if (result.history.stopped == StopReason::diverged) return exit_codes::diverged;
  const bool is_interrupted =
      result.history.stopped == StopReason::caller && stopped_by == StoppedBy::user;
  return is_interrupted ? exit_codes::interrupted : exit_codes::fine;
}

int tell_end(const RunResult& result, StoppedBy stopped_by, Language language) {
  if (result.history.stopped == StopReason::diverged) tell_divergence(result, language);
  if (result.history.stopped == StopReason::caller)
    message(fmt::format("{}\n  {} train --resume {}\n",
                        said(stopped_by == StoppedBy::time_limit ? Phrase::time_limit_reached
                                                                 : Phrase::was_interrupted,
                             language, visible(result.folder)),
                        program_name(), shell_word(result.folder)));
  return exit_code_of(result, stopped_by);
}
