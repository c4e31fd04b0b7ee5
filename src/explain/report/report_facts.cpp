
// A report's head: how the run was trained.
#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_sections.h"
#include "explain/write/html.h"
#include "train/settings/config.h"

namespace chainrule::page {
namespace {

class FactsWriter {
 public:
  FactsWriter(const ReportParts& parts, const RunResult& result)
      : parts_(parts), result_(result), fit_(result.config.fit) {}

  std::string write() {
    add(Phrase::optimizer, optimizer());
    add(Phrase::learning_rate, rate());
    add(Phrase::loss, named(to_string(result_.config.loss)));
    add(Phrase::batches,
        say(Phrase::fact_batches, fit_.batch_size, fit_.epochs,
            fit_.patience > 0     ? say(Phrase::fact_patience, fit_.patience)
            : fit_.cycle_gain > 0 ? say(Phrase::fact_cycle_gain, 100 * fit_.cycle_gain)
                                  : ""));
    if (const data::MembersSee see = result_.config.members_see; see != data::MembersSee::all)
      add(Phrase::rows_of_members,
          say(see == data::MembersSee::bags ? Phrase::fact_bags : Phrase::fact_folds));
    if (const std::string best = best_epoch(); !best.empty()) add(Phrase::best_epoch, best);
    add(Phrase::seed, fmt::format("{}", result_.config.seed));
    return "<dl class=\"facts\">\n" + list_ + "</dl>\n" + story();
  }

 private:
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return parts_.say(which, arguments...);
  }

  // In English as files and options have it.
  std::string named(std::string_view name) const {
    const Language language = parts_.language();
    return std::string(language == Language::en ? name : human_name(name, language));
  }

  void add(Phrase name, const std::string& value) {
    list_ += fmt::format("<div><dt>{}</dt><dd><a href=\"#training\">{}</a></dd></div>\n",
                         html_escaped(say(name)), html_escaped(value));
  }

  // How to see what they did.
  std::string story() const {
    std::string text;
    const auto tell = [&](Phrase words, const std::string& command) {
      text += parts_.paragraph(say(words), command);
    };
    if (result_.has_model && result_.history.steps > 0) {
      tell(Phrase::training_rule, parts_.command("explain", "eta"));
      tell(Phrase::training_batch, parts_.command("explain", "loss --step 1"));
      if (result_.validation.rows > 0)
        tell(Phrase::training_epochs, parts_.command("explain", "validation.loss"));
    }
    tell(Phrase::training_layers, parts_.command("summary"));
    tell(Phrase::training_again,
         parts_.command_on("train --config", result_.folder + "/config.toml"));
    return parts_.story("training", say(Phrase::training_story), text);
  }

  std::string optimizer() const {
    const Optimizer& optimizer = result_.config.optimizer;
    std::string text = named(name_of(optimizer));
    if (const auto* sgd = std::get_if<SGD>(&optimizer); sgd != nullptr && sgd->momentum > 0)
      text += say(Phrase::fact_momentum, sgd->momentum);
    const double decay = std::visit([](const auto& rule) { return rule.weight_decay; }, optimizer);
    if (decay > 0) text += say(Phrase::fact_decay, decay);
    if (fit_.clip_norm > 0) text += say(Phrase::fact_clipping, fit_.clip_norm);
    if (fit_.weight_average > 0) text += say(Phrase::fact_average, fit_.weight_average);
    return text;
  }

  std::string rate() const {
    Optimizer optimizer = result_.config.optimizer;
    const Schedule& schedule = fit_.schedule;
    std::string text =
        fmt::format("{:.4g}, {}", learning_rate(optimizer), named(name_of(schedule.shape)));
    if (schedule.warmup > 0) text += say(Phrase::fact_warmup, 100 * schedule.warmup);
    return text;
  }

  // None where no epoch was judged, or nothing but the last one could be kept.
  std::string best_epoch() const {
    const History& history = result_.history;
    const bool is_judged = !history.epochs.empty() && history.epochs.front().validation;
    if (!is_judged || history.best_epoch == 0) return "";
    const std::string words =
        say(Phrase::fact_best_epoch, history.best_epoch, history.epochs.size(), metric());
    return words + (fit_.keep_best ? say(Phrase::fact_best_kept) : say(Phrase::fact_last_kept));
  }
  std::string metric() const {
    return fit_.metric == Metric::loss
               ? say(Phrase::validation_loss)
               : fmt::format("{} {}", say(Phrase::validation), named(name_of(fit_.metric)));
  }

  const ReportParts& parts_;
  const RunResult& result_;
  const FitOptions& fit_;
  std::string list_;
};

}  // namespace

std::string training_facts(const ReportParts& parts, const RunResult& result) {
  return FactsWriter(parts, result).write();
}

}  // namespace chainrule::page
