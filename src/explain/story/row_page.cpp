// Why a row's prediction is what it is, as a page.
#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/display.h"
#include "chainrule/error.h"
#include "chainrule/explain.h"
#include "explain/page/page.h"
#include "explain/story/change_page.h"

namespace chainrule {
namespace page {
namespace {

using Unit = RowReasons::Unit;

// What a rounding of the sums may leave, relative to the largest of them.
constexpr double complete_to = 1e-9;

class RowPage {
 public:
  RowPage(const RowExplanation& row, const RowQuestion& question, Language language)
      : row_(row), question_(question), language_(language) {}

  Page page() {
    const RunRow& row = row_.row;
    page_.title = {row.is_line ? Phrase::row_title_line : Phrase::row_title_example,
                   {row.number, Given{row.file}}};
    page_.is_of_run = true;
    page_.sections.push_back(prediction());
    page_.sections.push_back(parts());
    if (!row_.members.empty()) page_.sections.push_back(members());
    if (row_.changed) page_.sections.push_back(changed(*row_.changed));
    page_.sections.push_back(check());
    return std::move(page_);
  }

 private:
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return said(which, language_, arguments...);
  }
  static Quantity computed(double value) { return {"", value}; }

  // "age = 40"
  std::string label(const ColumnPart& part) const {
    constexpr int most = 30;
    return chainrule::shortened(part.column, most) + " = " +
           chainrule::shortened(value_words(part, language_), most);
  }

  Section prediction() const {
    const RunRow& row = row_.row;
    const RowReasons& reasons = row_.reasons;
    Section section{{Phrase::row_prediction}, {}};
    const auto tell = [&](Sentence words) { section.blocks.emplace_back(std::move(words)); };
    if (reasons.unit == Unit::log_odds)
      tell({Phrase::row_class, {Given{row.predicted}, computed(row.probability)}});
    else if (reasons.unit == Unit::output)
      tell({Phrase::row_class_output, {Given{row.predicted}}});
    else
      tell({Phrase::row_number, {Given{reasons.outcome}, computed(reasons.prediction)}});
    if (!row.part.empty()) tell({Phrase::row_label, {Given{row.label}, part_words(row.part)}});
    const Given of{reasons.outcome};
    const Quantity here = computed(reasons.prediction), reference = computed(reasons.reference);
    if (reasons.unit == Unit::log_odds)
      tell({Phrase::row_odds,
            {of, here, computed(reasons.probability), reference,
             computed(reasons.reference_probability)}});
    else
      tell({reasons.unit == Unit::output ? Phrase::row_output : Phrase::row_target,
            {of, here, reference}});
    if (reasons.is_share) tell({Phrase::row_shares});
    if (reasons.reference_rows == reasons.training_rows)
      tell({Phrase::row_reference_all, {reasons.training_rows}});
    else
      tell({Phrase::row_reference_some, {reasons.reference_rows, reasons.training_rows}});
    for (const Text& note : row_.notes) tell({Phrase::row_note, {Given{note.in(language_)}}});
    return section;
  }

  Section parts() const {
    const RowReasons& reasons = row_.reasons;
    Section section{{Phrase::row_parts_title}, {}};
    section.blocks.emplace_back(Sentence{Phrase::row_parts_text});
    section.blocks.emplace_back(
        reasons.is_exact ? Sentence{Phrase::row_exact}
                         : Sentence{Phrase::row_sampled, {reasons.orders, reasons.reference_rows}});
    section.blocks.emplace_back(parts_table(reasons));
    return section;
  }

  // Of which the prediction is the mean, up to calibration.
  Section members() const {
    Section section{{Phrase::row_members_title}, {}};
    section.blocks.emplace_back(
        Sentence{Phrase::row_members_text, {static_cast<std::int64_t>(row_.members.size())}});
    Table table{{Phrase::row_member, Phrase::row_member_prediction}, {}};
    const bool differ = std::isfinite(row_.members.front().counts);
    if (differ) table.header.push_back(Phrase::row_member_counts);
    double sum = 0;
    for (std::size_t i = 0; i < row_.members.size(); ++i) {
      const MemberPart& member = row_.members[i];
      sum += member.prediction;
      const std::string name = fmt::format("member {}", i);
      table.labels.push_back(fmt::format("{}", i));
      table.rows.push_back({{name, member.prediction}});
      if (differ) table.rows.back().push_back({name + " counts", member.counts});
    }
    section.blocks.emplace_back(table);
    const double mean = sum / static_cast<double>(row_.members.size());
    const double told =
        row_.reasons.unit == Unit::log_odds ? row_.reasons.probability : row_.reasons.prediction;
    constexpr double same_to = 1e-5;
    if (std::abs(told - mean) > same_to * std::max(std::abs(told), std::abs(mean)))
      section.blocks.emplace_back(
          Sentence{Phrase::row_members_calibrated, {computed(mean), computed(told)}});
    return section;
  }

  Table parts_table(const RowReasons& reasons) const {
    Table table{{Phrase::column, Phrase::row_part, Phrase::row_sum}, {}};
    if (!reasons.is_exact) table.header.insert(table.header.end() - 1, Phrase::row_error);
    double sum = reasons.reference;
    const auto add = [&](const std::string& name, const std::string& words, double value,
                         double error) {
      table.labels.push_back(words);
      table.rows.push_back({{name, value}, {name + " sum", sum}});
      if (!reasons.is_exact)
        table.rows.back().insert(table.rows.back().end() - 1, {name + " error", error});
    };
    add("reference", say(Phrase::row_reference), reasons.reference, 0);
    const std::size_t shown = shown_of(reasons.parts.size());
    double rest = 0, rest_error = 0;
    for (std::size_t i = 0; i < reasons.parts.size(); ++i) {
      const ColumnPart& part = reasons.parts[i];
      if (i >= shown) {
        // As of independent ones; they are rather less, since all parts have one sum.
        rest += part.part, rest_error = std::hypot(rest_error, part.error);
        continue;
      }
      sum += part.part;
      add(part.column, label(part), part.part, part.error);
    }
    if (shown == reasons.parts.size()) return table;
    sum += rest;
    add("others", others_words(reasons.parts.size() - shown), rest, rest_error);
    return table;
  }

  // All, or the strongest and the rest as one.
  std::size_t shown_of(std::size_t count) const {
    const auto most = static_cast<std::size_t>(question_.top);
    return count <= most + 1 ? count : most;
  }
  std::string others_words(std::size_t count) const {
    return say(Phrase::row_other_columns, count);
  }

  Section changed(const RowReasons& then) const {
    std::string words;
    for (const auto& [column, value] : question_.changes)
      words += fmt::format("{}{} = {}", words.empty() ? "" : ", ", column,
                           value.empty() ? say(Phrase::value_missing) : value);
    Section section{{Phrase::row_changed_title, {Given{words}}}, {}};
    const Given of{then.outcome}, predicted{row_.changed_predicted};
    const Quantity value = computed(then.prediction);
    if (then.unit == Unit::log_odds)
      section.blocks.emplace_back(
          Sentence{Phrase::row_changed_odds, {predicted, of, value, computed(then.probability)}});
    else if (then.unit == Unit::output)
      section.blocks.emplace_back(Sentence{Phrase::row_changed_output, {predicted, of, value}});
    else
      section.blocks.emplace_back(Sentence{Phrase::row_changed_number, {of, value}});
    section.blocks.emplace_back(Sentence{Phrase::row_changed_text});
    section.blocks.emplace_back(changes_table(then));
    return section;
  }

  Table changes_table(const RowReasons& then) const {
    std::map<std::string, double> before;
    for (const ColumnPart& part : row_.reasons.parts) before[part.column] = part.part;
    std::vector<ColumnPart> parts = then.parts;
    const auto change = [&](const ColumnPart& part) { return part.part - before.at(part.column); };
    std::ranges::stable_sort(parts, std::greater<>(),
                             [&](const ColumnPart& part) { return std::abs(change(part)); });
    Table table{{Phrase::column, Phrase::row_before, Phrase::row_after, Phrase::row_change}, {}};
    const auto add = [&](const std::string& name, const std::string& words, double was, double is) {
      table.labels.push_back(words);
      table.rows.push_back({{name, was}, {name + " then", is}, {name + " change", is - was}});
    };
    const std::size_t shown = shown_of(parts.size());
    double rest_was = 0, rest_is = 0;
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const double was = before.at(parts[i].column);
      if (i < shown)
        add(parts[i].column, label(parts[i]), was, parts[i].part);
      else
        rest_was += was, rest_is += parts[i].part;
    }
    if (shown < parts.size()) add("others", others_words(parts.size() - shown), rest_was, rest_is);
    add("prediction", say(Phrase::row_its_prediction), row_.reasons.prediction, then.prediction);
    return table;
  }

  Section check() {
    const auto is_complete = [](const RowReasons& reasons) {
      double scale = std::max(std::abs(reasons.prediction), std::abs(reasons.reference));
      for (const ColumnPart& part : reasons.parts) scale = std::max(scale, std::abs(part.part));
      return std::abs(reasons.completeness_error) <= complete_to * scale;
    };
    page_.verdict.passed =
        is_complete(row_.reasons) && (!row_.changed || is_complete(*row_.changed));
    double left = std::abs(row_.reasons.completeness_error);
    if (row_.changed) left = std::max(left, std::abs(row_.changed->completeness_error));
    Section section{{Phrase::check_title}, {}};
    section.blocks.emplace_back(Sentence{
        page_.verdict.passed ? Phrase::row_complete : Phrase::row_incomplete, {Figure{left}}});
    section.blocks.emplace_back(Sentence{page_.verdict.passed ? Phrase::passed : Phrase::failed});
    return section;
  }

  const RowExplanation& row_;
  const RowQuestion& question_;
  Language language_;
  Page page_;
};

}  // namespace
}  // namespace page

Explanation explain_prediction(Run& run, const RowQuestion& question,
                               const ExplainOptions& options) try {
  page::require_digits(options);
  if (question.top < 1)
    throw UsageError(fmt::format("top {}: show at least 1 column", question.top));
  const RowExplanation row = explain_row(run, question);
  Explanation explanation =
      explained(page::RowPage(row, question, options.language).page(), options);
  if (options.format == PageFormat::json) explanation.page = to_json(row) + "\n";
  return explanation;
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
