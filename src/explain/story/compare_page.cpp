// Two runs beside each other, as a page.
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/display.h"
#include "chainrule/explain.h"
#include "explain/page/page.h"
#include "explain/story/change_page.h"

namespace chainrule {
namespace page {
namespace {

class ComparePage {
 public:
  ComparePage(const RunComparison& found, Language language) : found_(found), language_(language) {}

  Page page() {
    page_.title = {Phrase::compare_title,
                   {Given{found_.sides[0].folder}, Given{found_.sides[1].folder}}};
    page_.is_of_run = true;
    settings();
    data();
    curves();
    scores();
    parting();
    return std::move(page_);
  }

 private:
  void begin(Phrase title) { page_.sections.push_back({{title}, {}}); }
  void tell(Phrase phrase, std::vector<Argument> arguments = {}) {
    page_.sections.back().blocks.emplace_back(Sentence{phrase, std::move(arguments)});
  }
  void show(Table table) {
    if (!table.rows.empty()) page_.sections.back().blocks.emplace_back(std::move(table));
  }

  void settings() {
    begin(Phrase::compare_settings);
    if (found_.settings.empty()) tell(Phrase::compare_settings_same);
    const auto value = [](const std::string& text) -> Argument {
      constexpr int most = 50;
      if (text.empty()) return Phrase::compare_unset;
      return Given{chainrule::shortened(text, most)};
    };
    for (const auto& [name, values] : found_.settings)
      tell(Phrase::compare_setting, {Given{name}, value(values[0]), value(values[1])});
  }

  void data() {
    begin(Phrase::data_title);
    for (std::size_t i : {0, 1}) {
      const RunComparison::Side& side = found_.sides[i];
      tell(Phrase::compare_data_of,
           {i == 0 ? Phrase::side_a : Phrase::side_b, Given{side.data}, Given{side.fingerprint},
            side.rows, side.train, side.validation, side.test});
    }
    tell(found_.is_same_data ? Phrase::compare_data_same : Phrase::compare_data_other);
  }

  // Some of the epochs that both have, the last among them.
  void curves() {
    const auto &one = found_.sides[0].epochs, &other = found_.sides[1].epochs;
    begin(Phrase::compare_curves);
    tell(Phrase::compare_epochs,
         {static_cast<std::int64_t>(one.size()), static_cast<std::int64_t>(other.size())});
    const std::size_t both = std::min(one.size(), other.size());
    const bool has_validation =
        both > 0 && one[0].validation.has_value() && other[0].validation.has_value();
    Table table{{Phrase::epoch, Phrase::compare_train_a, Phrase::compare_train_b}, {}};
    if (has_validation)
      table.header.insert(table.header.end(),
                          {Phrase::compare_validation_a, Phrase::compare_validation_b});
    for (const std::size_t i : some_epochs(both)) {
      const std::string name = std::to_string(i + 1);
      table.labels.push_back(name);
      table.rows.push_back({{"training_loss A " + name, one[i].train_loss},
                            {"training_loss B " + name, other[i].train_loss}});
      if (!has_validation) continue;
      table.rows.back().push_back({"validation_loss A " + name, one[i].validation->loss});
      table.rows.back().push_back({"validation_loss B " + name, other[i].validation->loss});
    }
    show(std::move(table));
  }

  void scores() {
    begin(Phrase::scores);
    if (!found_.sides[0].has_model || !found_.sides[1].has_model) tell(Phrase::compare_no_model);
    if (found_.scores.empty()) return;
    tell(Phrase::compare_scores_text);
    Table table{{Phrase::score, Phrase::side_a, Phrase::from_low, Phrase::to_high, Phrase::side_b,
                 Phrase::from_low, Phrase::to_high},
                {}};
    Table differences{
        {Phrase::score, Phrase::compare_difference, Phrase::from_low, Phrase::to_high}, {}};
    for (const RunComparison::Score& score : found_.scores) {
      const std::string name = name_of(score);
      table.labels.push_back(name);
      table.rows.emplace_back();
      for (std::size_t i : {0, 1})
        add(table.rows.back(), name + (i == 0 ? " A" : " B"), score.sides[i]);
      if (!score.difference) continue;
      differences.labels.push_back(name);
      add(differences.rows.emplace_back(), name + " B - A", *score.difference);
    }
    show(std::move(table));
    if (differences.rows.empty()) return;
    tell(Phrase::compare_difference_text);
    show(std::move(differences));
    for (const auto& [part, rows, right_alone, p] : found_.disagreements)
      tell(Phrase::compare_mcnemar,
           {rows, part_words(part), right_alone[0], right_alone[1], Quantity{"", p}});
  }

  static void add(std::vector<Quantity>& row, const std::string& name,
                  const RunComparison::Estimate& estimate) {
    row.push_back({name, estimate.value});
    row.push_back({name + " from", estimate.low});
    row.push_back({name + " to", estimate.high});
  }

  std::string name_of(const RunComparison::Score& score) const {
    const std::string_view name = score.name == "accuracy"   ? phrase(Phrase::accuracy, language_)
                                  : score.name == "log_loss" ? phrase(Phrase::log_loss, language_)
                                  : score.name == "rmse"     ? "RMSE"
                                                             : "MAE";
    return fmt::format("{} {}", phrase(part_words(score.part), language_), name);
  }

  void parting() {
    begin(Phrase::parting_title);
    if (!found_.parting) return tell(Phrase::parting_none, {found_.same_until});
    const RunComparison::Parting& parting = *found_.parting;
    if (parting.step == 0)
      tell(Phrase::parting_begin);
    else
      tell(Phrase::parting_step, {parting.step, parting.step - 1});
    if (parting.rows) tell(Phrase::parting_rows);
    if (parting.row_weights) tell(Phrase::parting_weights);
    if (parting.learning_rate) tell(Phrase::parting_rate);
    if (parting.step > 0)
      tell(Phrase::parting_losses,
           {Quantity{"", parting.losses[0]}, Quantity{"", parting.losses[1]}});
    std::string others;  // that cannot be compared
    for (const auto& variable : parting.variables)
      if (std::isnan(variable.largest)) others += (others.empty() ? "" : ", ") + variable.name;
    if (!others.empty()) tell(Phrase::parting_shapes, {Given{others}});
    variables(parting);
  }

  void variables(const RunComparison::Parting& parting) {
    constexpr std::size_t most = 12;
    std::int64_t more = 0;
    Table table{{Phrase::variable, Phrase::numbers_different, Phrase::numbers_of,
                 Phrase::largest_difference},
                {}};
    for (const auto& [name, different, of, largest] : parting.variables) {
      if (std::isnan(largest)) continue;
      if (table.rows.size() == most) {
        ++more;
        continue;
      }
      table.labels.push_back(name);
      table.rows.push_back({{name + " different", static_cast<double>(different), true},
                            {name + " numbers", static_cast<double>(of), true},
                            {name + " largest difference", largest}});
    }
    if (table.rows.empty()) return;
    tell(Phrase::parting_variables);
    show(std::move(table));
    if (more > 0) tell(Phrase::more_of_them, {more});
  }

  const RunComparison& found_;
  Language language_;
  Page page_;
};

}  // namespace

Phrase part_words(const std::string& part) {
  return part == "training"     ? Phrase::training
         : part == "validation" ? Phrase::validation
                                : Phrase::test;
}

std::vector<std::size_t> some_epochs(std::size_t count) {
  constexpr std::size_t most = 12;
  std::vector<std::size_t> epochs;
  for (std::size_t i = 0; i < std::min(count, most); ++i)
    epochs.push_back(count <= most ? i : i * (count - 1) / (most - 1));
  return epochs;
}

}  // namespace page

Explanation explain_comparison(const RunComparison& comparison, const ExplainOptions& options) try {
  page::require_digits(options);
  Explanation explanation =
      explained(page::ComparePage(comparison, options.language).page(), options);
  if (options.format == PageFormat::json) explanation.page = to_json(comparison) + "\n";
  return explanation;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
