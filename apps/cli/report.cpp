#include "report.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include <fmt/format.h>

#include "base/display.h"
#include "called.h"
#include "chainrule/explain.h"
#include "explain/words/messages.h"
#include "terminal.h"
#include "train/loop/scores.h"
#include "train/settings/config.h"

using namespace chainrule;
using page::Phrase;
using page::said;

namespace {

constexpr std::size_t most_lines = 12;    // of the table of columns
constexpr std::size_t most_classes = 12;  // in a confusion matrix

std::string thousands(std::int64_t number) {
  const std::string digits = fmt::format("{}", number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

// Columns that are treated alike, and the words they share.
struct Group {
  std::vector<std::string> names;
  const data::ColumnReport* first = nullptr;
  bool same_values = true;
};

// One group per column while they are few; else columns of one kind and treatment together, in the
// order of their first.
std::vector<Group> grouped(const std::vector<data::ColumnReport>& report) {
  std::vector<Group> groups;
  for (const data::ColumnReport& column : report) {
    const auto alike = [&](const Group& group) {
      return group.first->kind == column.kind && group.first->treatment == column.treatment &&
             group.first->missing == column.missing;
    };
    const auto found =
        report.size() > most_lines ? std::ranges::find_if(groups, alike) : groups.end();
    Group& group = found != groups.end() ? *found : groups.emplace_back();
    if (group.first == nullptr) group.first = &column;
    group.same_values = group.same_values && group.first->values == column.values;
    group.names.push_back(column.name);
  }
  return groups;
}

std::string names_of(const Group& group) {
  std::string first = shortened(group.names.front(), 24);
  if (group.names.size() == 1) return first;
  return fmt::format("{} .. {} ({})", shortened(group.names.front(), 14),
                     shortened(group.names.back(), 14), group.names.size());
}

std::string column_table(const std::vector<data::ColumnReport>& report) {
  const std::vector<Group> groups = grouped(report);
  std::vector<std::vector<std::string>> rows{{"column", "kind", "missing", "values", "treatment"}};
  for (const Group& group : groups) {
    if (rows.size() == most_lines && groups.size() > most_lines) {
      rows.push_back({fmt::format("and {} more", groups.size() - most_lines + 1), "", "", "", ""});
      break;
    }
    rows.push_back({names_of(group), group.first->kind,
                    group.first->missing > 0 ? thousands(group.first->missing) : "",
                    group.same_values ? shortened(group.first->values, 24) : "",
                    group.first->treatment});
  }
  return table_text(rows, "llrll");
}

std::string target_words(const data::Target& target) {
  const std::string name =
      target.name.empty() ? "" : fmt::format(" of {}", shortened(target.name, 40));
  if (target.task == data::Task::regression)
    return fmt::format("regression{} ({})", name, visible(target.reason));
  std::string classes;
  for (const std::string& name_of_class : target.classes) {
    classes += (classes.empty() ? "" : ", ") + shortened(name_of_class, 20);
    if (display_width(classes) > 48) {
      classes += ", …";
      break;
    }
  }
  return fmt::format("classification{}: {} classes ({})", name, target.classes.size(), classes);
}

std::string network_words(const nn::Sequential& network, const Shape& row) {
  std::string text = row_words(row);
  for (const LayerSummary& layer : layer_table(network, row)) text += " -> " + layer.brief;
  if (!network.outputs.empty())
    text += fmt::format("; outputs {}", fmt::join(network.outputs, ", "));
  return text;
}

double weight_decay_of(const Optimizer& optimizer) {
  return std::visit([](const auto& rule) { return rule.weight_decay; }, optimizer);
}

std::string scheduled(const Schedule& schedule) {
  return schedule.shape == Schedule::Shape::constant
             ? ""
             : fmt::format(" ({})", name_of(schedule.shape));
}

std::string training_words(const RunConfig& config) {
  Optimizer optimizer = config.optimizer;
  std::string text = fmt::format("{}, {} with learning rate {}", to_string(config.loss),
                                 name_of(optimizer), learning_rate(optimizer));
  text += scheduled(config.fit.schedule);
  if (const auto* sgd = std::get_if<SGD>(&optimizer); sgd != nullptr && sgd->momentum > 0)
    text += fmt::format(", momentum {}{}", sgd->momentum, sgd->nesterov ? ", Nesterov" : "");
  if (const double decay = weight_decay_of(optimizer); decay > 0)
    text += fmt::format(", weight decay {}{}", decay, scheduled(config.fit.weight_decay_schedule));
  if (config.fit.clip_norm > 0)
    text += fmt::format(", gradients clipped to norm {}", config.fit.clip_norm);
  if (!is_constant(config.fit.dropout_schedule))
    text += ", dropout" + scheduled(config.fit.dropout_schedule);
  if (config.members_see != data::MembersSee::all)
    text += fmt::format(", members see {}", name_of(config.members_see));
  if (config.fit.weight_average > 0)
    text += fmt::format(", weights averaged with decay {}", config.fit.weight_average);
  if (config.fit.shards > 1) text += fmt::format(", batches in {} shards", config.fit.shards);
  const data::Augmentation& moved = config.fit.augmentation;
  if (moved.shift > 0)
    text += fmt::format(", pictures shifted by up to {}", counted(moved.shift, "pixel"));
  if (moved.flip) text += ", every second picture mirrored";
  return text;
}

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

std::string counted(std::int64_t count, const std::string& what) {
  return thousands(count) + " " + what + (count == 1 ? "" : "s");
}

std::string duration(double seconds) {
  if (seconds < 0.95) return fmt::format("{:.2f} s", seconds);
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string data_text(const RunConfig& config, const data::Prepared& data) {
  std::string text = fmt::format("{}: {}, {}\n\n", visible(config.data),
                                 counted(config.rows, "row"), target_words(data.target));
  text += column_table(data.encoder.report());
  for (const auto* notes : {&data.encoder.doubts(), &data.encoder.notes(), &data.notes})
    for (const std::string& note : *notes) text += "  note: " + visible(note) + "\n";
  return text;
}

std::string plan_text(const RunPlan& plan) {
  const RunConfig& config = plan.config;
  const std::string text = data_text(config, plan.data);
  std::vector<std::vector<std::string>> rows{
      {"rows",
       fmt::format("{} to train on, {} for validation{}, {} for the test (seed {})",
                   thousands(plan.data.train.size()), thousands(plan.data.validation.size()),
                   plan.data.validation.out_of_sample ? " by members that do not see them" : "",
                   thousands(plan.data.test.size()), config.seed)},
      {"network", fmt::format("{} ({})", network_words(config.network, config.row),
                              counted(plan.model.parameter_count(), "parameter"))},
      {"training", training_words(config)},
      {"",
       fmt::format("{} of {}{}{}, {}", counted(config.fit.epochs, "epoch"),
                   counted(config.fit.batch_size, "row") + " a batch",
                   config.fit.patience > 0 ? fmt::format(", patience {}", config.fit.patience) : "",
                   config.fit.cycle_gain > 0
                       ? fmt::format(", cycle gain {:.3g}%", 100 * config.fit.cycle_gain)
                       : "",
                   counted(config.threads, "thread"))}};
  return text + "\n" + table_text(rows, "ll") + "\n";
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
