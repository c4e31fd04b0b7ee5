#include "plan.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/display.h"
#include "report.h"
#include "train/settings/config.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

constexpr std::size_t most_lines = 12;  // of the table of columns

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

std::string column_table(const std::vector<data::ColumnReport>& report, Language language) {
  const std::vector<Group> groups = grouped(report);
  std::vector<std::vector<std::string>> rows(1);
  for (const Phrase name :
       {Phrase::column, Phrase::kind, Phrase::missing, Phrase::values, Phrase::treatment})
    rows[0].push_back(said(name, language));
  for (const Group& group : groups) {
    if (rows.size() == most_lines && groups.size() > most_lines) {
      rows.push_back({said(Phrase::plan_more_columns, language, groups.size() - most_lines + 1), "",
                      "", "", ""});
      break;
    }
    rows.push_back({names_of(group), group.first->kind.in(language),
                    group.first->missing > 0 ? thousands(group.first->missing) : "",
                    group.same_values ? shortened(group.first->values.in(language), 24) : "",
                    group.first->treatment.in(language)});
  }
  return table_text(rows, "llrll");
}

std::string target_words(const data::Target& target, Language language) {
  const std::string name = shortened(target.name, 40);
  if (target.task == data::Task::regression)
    return said(name.empty() ? Phrase::plan_regression : Phrase::plan_regression_of, language,
                visible(target.reason.in(language)), name);
  std::string classes;
  for (const std::string& name_of_class : target.classes) {
    classes += (classes.empty() ? "" : ", ") + shortened(name_of_class, 20);
    if (display_width(classes) > 48) {
      classes += ", …";
      break;
    }
  }
  return said(name.empty() ? Phrase::plan_classification : Phrase::plan_classification_of, language,
              target.classes.size(), classes, name);
}

std::string network_words(const nn::Sequential& network, const Shape& row, Language language) {
  std::string text = row_words(row);
  for (const LayerSummary& layer : layer_table(network, row))
    text += " -> " + layer.brief.in(language);
  if (!network.outputs.empty())
    text +=
        said(Phrase::plan_outputs, language, fmt::format("{}", fmt::join(network.outputs, ", ")));
  return text;
}

double weight_decay_of(const Optimizer& optimizer) {
  return std::visit([](const auto& rule) { return rule.weight_decay; }, optimizer);
}

// How a network is trained, in one line.
class TrainingWords {
 public:
  TrainingWords(const RunConfig& config, Language language)
      : config_(config), language_(language) {}

  std::string text() const {
    Optimizer optimizer = config_.optimizer;
    const FitOptions& fit = config_.fit;
    std::string text =
        say(Phrase::plan_optimizer, named(to_string(config_.loss)), named(name_of(optimizer)),
            learning_rate(optimizer), scheduled(fit.schedule));
    if (const auto* sgd = std::get_if<SGD>(&optimizer); sgd != nullptr && sgd->momentum > 0)
      text += say(Phrase::fact_momentum, sgd->momentum) + (sgd->nesterov ? ", Nesterov" : "");
    if (const double decay = weight_decay_of(optimizer); decay > 0)
      text += say(Phrase::plan_decay, decay, scheduled(fit.weight_decay_schedule));
    if (fit.clip_norm > 0) text += say(Phrase::plan_clipping, fit.clip_norm);
    if (!is_constant(fit.dropout_schedule))
      text += say(Phrase::plan_dropout, scheduled(fit.dropout_schedule));
    if (config_.members_see != data::MembersSee::all)
      text += say(Phrase::plan_members, named(name_of(config_.members_see)));
    if (fit.weight_average > 0) text += say(Phrase::plan_average, fit.weight_average);
    if (fit.shards > 1) text += say(Phrase::plan_shards, fit.shards);
    if (const std::int64_t shift = fit.augmentation.shift; shift > 0)
      text += say(Phrase::plan_shift, counted(shift, "pixel"), shift);
    return fit.augmentation.flip ? text + say(Phrase::plan_flip) : text;
  }

 private:
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return said(which, language_, arguments...);
  }

  // In English as files and options have it.
  std::string named(std::string_view name) const {
    return std::string(language_ == Language::en ? name : human_name(name, language_));
  }

  std::string scheduled(const Schedule& schedule) const {
    return schedule.shape == Schedule::Shape::constant
               ? ""
               : fmt::format(" ({})", named(name_of(schedule.shape)));
  }

  const RunConfig& config_;
  Language language_;
};

}  // namespace

std::string data_text(const RunConfig& config, const data::Prepared& data, Language language) {
  std::string text =
      said(Phrase::plan_data, language, visible(config.data), counted(config.rows, "row"),
           thousands(config.rows), target_words(data.target, language)) +
      "\n\n";
  text += column_table(data.encoder.report(), language);
  for (const auto* notes : {&data.encoder.doubts(), &data.encoder.notes(), &data.notes})
    for (const Text& note : *notes)
      text += "  " + said(Phrase::note, language, visible(note.in(language))) + "\n";
  return text;
}

std::string plan_text(const RunPlan& plan, Language language) {
  const RunConfig& config = plan.config;
  const FitOptions& fit = config.fit;
  const auto say = [&](Phrase which, const auto&... arguments) {
    return said(which, language, arguments...);
  };
  const std::int64_t parameters = plan.model.parameter_count();
  std::vector<std::vector<std::string>> rows{
      {say(Phrase::rows),
       say(Phrase::plan_rows, thousands(plan.data.train.size()),
           thousands(plan.data.validation.size()),
           plan.data.validation.out_of_sample ? say(Phrase::plan_out_of_sample) : "",
           thousands(plan.data.test.size()), config.seed)},
      {say(Phrase::plan_network),
       say(Phrase::plan_size, network_words(config.network, config.row, language),
           counted(parameters, "parameter"), thousands(parameters))},
      {say(Phrase::training), TrainingWords(config, language).text()},
      {"", say(Phrase::plan_batches, counted(fit.epochs, "epoch"), counted(fit.batch_size, "row"),
               (fit.patience > 0 ? say(Phrase::fact_patience, fit.patience) : "") +
                   (fit.cycle_gain > 0 ? say(Phrase::fact_cycle_gain, 100 * fit.cycle_gain) : ""),
               counted(config.threads, "thread"), thousands(fit.epochs), thousands(fit.batch_size),
               config.threads)}};
  return data_text(config, plan.data, language) + "\n" + table_text(rows, "ll") + "\n";
}
