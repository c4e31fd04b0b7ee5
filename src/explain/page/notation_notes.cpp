#include "explain/page/notation_notes.h"

#include <algorithm>
#include <functional>

#include "graph/op.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

using Test = std::function<bool(const Expression&)>;

// Whether a part of the formula passes the test.
bool any_part(const Expression& e, const Test& test) {
  return test(e) || std::ranges::any_of(e.operands(), [&](const Expression& operand) {
           return any_part(operand, test);
         });
}

bool any_formula(const Block& block, const Test& test) {
  if (const auto* group = std::get_if<Group>(&block))
    return std::ranges::any_of(
        *group, [&](const Line& line) { return line.formula && any_part(*line.formula, test); });
  const auto* sentence = std::get_if<Sentence>(&block);
  return sentence != nullptr &&
         std::ranges::any_of(sentence->arguments, [&](const Argument& argument) {
           const auto* formula = std::get_if<Expression>(&argument);
           return formula != nullptr && any_part(*formula, test);
         });
}

void add_note(Page& page, Phrase note, const Test& test) {
  for (Section& section : page.sections) {
    const auto first = std::ranges::find_if(
        section.blocks, [&](const Block& block) { return any_formula(block, test); });
    if (first == section.blocks.end()) continue;
    section.blocks.insert(first, Sentence{note});
    return;
  }
}

Test has_sign(char sign) {
  return [sign](const Expression& e) {
    return e.op() != nullptr && e.op()->notation.text.find(sign) != std::string_view::npos;
  };
}

// 0 ln(p)
bool is_left_out(const Expression& e) {
  if (e.op() != &multiply_op) return false;
  const auto is_zero_target = [](const Expression& factor) {
    const Quantity* quantity = factor.quantity();
    return quantity != nullptr && quantity->value == 0 && quantity->symbol.starts_with("target");
  };
  const Test is_logarithm = [](const Expression& part) { return part.op() == &log_op; };
  return std::ranges::any_of(e.operands(), is_zero_target) && any_part(e, is_logarithm);
}

}  // namespace

void add_notation_notes(Page& page) {
  add_note(page, Phrase::condition_note, has_sign('['));
  add_note(page, Phrase::choice_note, has_sign('?'));
  add_note(page, Phrase::zero_target_note, is_left_out);
}

}  // namespace chainrule::page
