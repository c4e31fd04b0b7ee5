#include "report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/display.h"
#include "called.h"
#include "chainrule/explain.h"
#include "terminal.h"
#include "train/loop/scores.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

constexpr std::size_t most_classes = 12;  // in a confusion matrix

std::string class_name(const data::TargetEncoding& target, std::size_t k, int columns) {
  return shortened(target.classes[k], columns);
}

std::string mistakes_text(const Scores& scores, const data::TargetEncoding& target,
                          Language language) {
  struct Mistake {
    std::int64_t count;
    std::size_t actual, predicted;
  };
  std::vector<Mistake> mistakes;
  for (std::size_t a = 0; a < scores.confusion.size(); ++a)
    for (std::size_t p = 0; p < scores.confusion.size(); ++p)
      if (a != p && scores.confusion[a][p] > 0) mistakes.push_back({scores.confusion[a][p], a, p});
  if (mistakes.empty()) return "";
  std::ranges::stable_sort(mistakes, std::greater<>(), &Mistake::count);
  if (mistakes.size() > 8) mistakes.resize(8);
  std::vector<std::vector<std::string>> rows{{said(Phrase::at_class, language),
                                              said(Phrase::taken_for, language),
                                              said(Phrase::rows, language)}};
  for (const Mistake& mistake : mistakes)
    rows.push_back({class_name(target, mistake.actual, 24),
                    class_name(target, mistake.predicted, 24), thousands(mistake.count)});
  return said(Phrase::mistakes_heading, language) + "\n" + table_text(rows, "llr");
}

std::string number_or_na(double value, const char* form) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(form), value) : "n/a";
}

// So many digits as the rows give.
std::string percent(double share, std::int64_t rows) {
  return std::isfinite(share) ? fmt::format("{:.{}f}%", 100 * share, rows < few_rows ? 1 : 2)
                              : "n/a";
}

std::vector<std::string> score_fields(const std::string& name, const std::string& rows,
                                      const Scores& scores, Language language) {
  if (!scores.confusion.empty()) {
    const auto [low, high] = accuracy_interval(scores);
    return {name,
            rows,
            percent(scores.accuracy, scores.rows),
            scores.rows < few_rows
                ? said(Phrase::interval_to, language, fmt::format("{:.1f}", 100 * low),
                       fmt::format("{:.1f}%", 100 * high))
                : "",
            number_or_na(scores.macro_f1, "{:.4f}"),
            number_or_na(scores.log_loss, "{:.4f}"),
            number_or_na(scores.auc, "{:.4f}"),
            number_or_na(scores.calibration_error, "{:.3f}")};
  }
  const auto [low, high] = scores.r2_interval;
  return {name,
          rows,
          number_or_na(scores.rmse, "{:.5g}"),
          number_or_na(scores.mae, "{:.5g}"),
          number_or_na(scores.r2, "{:.4f}"),
          std::isfinite(low) ? said(Phrase::interval_to, language, fmt::format("{:.3f}", low),
                                    fmt::format("{:.3f}", high))
                             : "",
          number_or_na(scores.loss, "{:.4f}"),
          std::isfinite(scores.coverage) ? percent(scores.coverage, scores.rows) : ""};
}

}  // namespace

void tell_note(std::string_view note, Language language) {
  message(said(Phrase::note, language, visible(note)) + "\n");
}

std::string thousands(std::int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string counted(std::int64_t count, const std::string& what) {
  return thousands(count) + " " + what + (count == 1 ? "" : "s");
}

std::string duration(double seconds, Language language) {
  if (seconds < 9.95)
    return said(Phrase::seconds, language, fmt::format("{:.{}f}", seconds, seconds < 0.95 ? 2 : 1));
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return said(Phrase::seconds, language, whole);
  return whole < 3600 ? said(Phrase::minutes, language, whole / 60, whole % 60)
                      : said(Phrase::hours, language, whole / 3600, whole % 3600 / 60);
}

namespace {

// Where a metric's columns begin in a table of scores, and how many they are.
std::pair<std::ptrdiff_t, std::ptrdiff_t> columns_of(Metric metric) {
  switch (metric) {
    case Metric::f1:
      return {4, 1};
    case Metric::log_loss:
      return {5, 1};
    case Metric::auc:
      return {6, 1};
    case Metric::mae:
      return {3, 1};
    case Metric::r2:
      return {4, 2};
    default:
      return {2, 0};  // where it is anyway
  }
}

}  // namespace

std::string scores_text(const std::vector<ScoredRows>& parts, const Scores* linear, Metric metric,
                        Language language) {
  std::vector<ScoredRows> there;
  for (const ScoredRows& part : parts)
    if (part.scores->rows > 0) there.push_back(part);
  if (there.empty()) return "";
  const bool is_classes = !there.back().scores->confusion.empty();
  const Scores& last = *there.back().scores;
  const auto say = [&](Phrase which) { return said(which, language); };
  using Line = std::vector<std::string>;
  std::vector<Line> table{is_classes
                              ? Line{"", say(Phrase::rows), say(Phrase::accuracy),
                                     say(Phrase::interval_95), "macro F1", say(Phrase::log_loss),
                                     "AUC", say(Phrase::calibration_error_word)}
                              : Line{"", say(Phrase::rows), "RMSE", "MAE", "R2",
                                     say(Phrase::interval_95), say(Phrase::loss)}};
  const bool has_quantiles = std::isfinite(last.coverage);
  if (has_quantiles) table[0].push_back(say(Phrase::coverage));
  for (const ScoredRows& part : there)
    table.push_back(score_fields(part.name, thousands(part.scores->rows), *part.scores, language));
  if (is_classes)
    table.push_back(
        {"  " + say(Phrase::scored_guess), "", percent(most_frequent_share(last), last.rows)});
  else if (std::isfinite(last.mean_rmse))
    table.push_back({"  " + say(Phrase::scored_mean), "", fmt::format("{:.5g}", last.mean_rmse)});
  if (linear != nullptr && linear->rows > 0)
    table.push_back(score_fields("  " + say(Phrase::scored_linear), "", *linear, language));
  std::string alignment = is_classes ? "lrrlrrrr" : has_quantiles ? "lrrrrlrr" : "lrrrrlr";
  const auto to_front = [&, at = columns_of(metric)](auto& line) {
    const auto first = line.begin() + 2, from = line.begin() + at.first;
    std::rotate(first, from, from + at.second);
  };
  for (Line& line : table) {
    line.resize(table[0].size());
    to_front(line);
  }
  to_front(alignment);
  const std::string text = table_text(table, alignment);
  const std::size_t heading = text.find('\n');
  return styled(text.substr(0, heading), Style::bold, stdout) + text.substr(heading);
}

std::string confusion_text(const Scores& scores, const data::TargetEncoding& target,
                           Language language) {
  if (scores.confusion.empty()) return "";
  if (scores.confusion.size() > most_classes) return mistakes_text(scores, target, language);
  std::vector<std::vector<std::string>> rows(1, {""});
  std::string alignment = "l";
  for (std::size_t k = 0; k < target.classes.size(); ++k) {
    rows[0].push_back(class_name(target, k, 12));
    alignment += 'r';
  }
  for (std::size_t actual = 0; actual < target.classes.size(); ++actual) {
    auto& row = rows.emplace_back(1, class_name(target, actual, 20));
    for (const std::int64_t count : scores.confusion[actual])
      row.push_back(count == 0 ? "." : thousands(count));
  }
  return said(Phrase::confusion_heading, language) + "\n" + table_text(rows, alignment);
}

std::string signs_text(const RunResult& result, Language language) {
  if (result.signs.empty()) return "";
  std::string text = styled(said(Phrase::signs_heading, language), Style::bold, stdout) + "\n";
  for (const Sign& sign : result.signs) {
    const SignWords words = words_of(sign, result, language, program_name());
    text += fmt::format("  {}\n    {}\n", visible(words.finding), visible(words.advice));
    if (!words.command.empty()) text += fmt::format("    {}\n", words.command);
  }
  return text;
}
