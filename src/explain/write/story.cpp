#include "explain/write/story.h"

#include <algorithm>
#include <map>

#include "explain/formula/formula.h"
#include "explain/formula/shorten.h"
#include "explain/write/notation.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

// What is multiplied in a product, and divided by.
void split_product(const Expression& e, std::vector<Expression>& factors) {
  if (e.op() == &multiply_op || e.op() == &divide_op) {
    split_product(e.operands()[0], factors);
    for (std::size_t i = 1; i < e.operands().size(); ++i) {
      if (e.op() == &multiply_op)
        split_product(e.operands()[i], factors);
      else
        factors.emplace_back(divide_op, std::vector<Expression>{1.0, e.operands()[i]});
    }
  } else if (e.op() == &negate_op) {
    factors.emplace_back(-1.0);
    split_product(e.operands()[0], factors);
  } else {
    factors.push_back(e);
  }
}

class StoryWriter {
 public:
  StoryWriter(const Page& page, const ExplainOptions& options)
      : page_(page), options_(options), pen_(symbols(options.language, false)) {}

  Story story() {
    story_.title = said(page_.title);
    for (const Section& section : page_.sections) {
      story_.sections.push_back({.title = said(section.title)});
      for (const Block& block : section.blocks)
        std::visit([this](const auto& b) { this->block(b); }, block);
    }
    add_children();
    story_.passed = page_.verdict.passed;
    story_.max_relative_error = page_.verdict.max_relative_error;
    story_.difference_error = page_.verdict.difference_error;
    return std::move(story_);
  }

 private:
  std::string said(const Sentence& words) const {
    const auto same = [](const std::string& text) { return text; };
    return sentence(words, options_, {false, same, same, same});
  }

  void block(const Sentence& words) { story_.sections.back().sentences.push_back(said(words)); }
  void block(const Heading&) {}  // which repeats what its lines' names say
  void block(const Group& group) {
    for (const Line& line : group) add(line);
  }
  void block(const MatrixLine& line) {
    for (const Quantity& quantity : line.result.numbers) add({quantity, {}});
  }
  void block(const Listing& listing) {
    for (const Quantity& quantity : listing.quantities) add({quantity, {}});
  }
  void block(const Table& table) {
    for (const auto& row : table.rows)
      for (const Quantity& quantity : row) add({quantity, {}});
  }

  void add(const Line& line) {
    story_.sections.back().lines.push_back(story_.lines.size());
    StoryLine& told = story_.lines.emplace_back(StoryLine{.number = number(line.quantity)});
    formulas_.push_back(line.formula);
    if (!line.formula) return;
    told.formula = write(*line.formula, pen_);
    for (const Expression& part : terms_of(*line.formula)) {
      StoryTerm& term =
          told.terms.emplace_back(StoryTerm{.formula = write(part, pen_), .value = evaluate(part)});
      std::vector<Expression> factors;
      split_product(part, factors);
      for (const Expression& each : factors) term.factors.push_back(factor(each));
    }
  }

  StoryNumber number(const Quantity& quantity) const {
    return {.symbol = quantity.symbol,
            .node = quantity.element.node,
            .index = quantity.element.index,
            .is_gradient = quantity.role == Role::gradient,
            .is_next = quantity.role == Role::next,
            .value = quantity.value};
  }

  StoryFactor factor(const Expression& e) const {
    StoryFactor factor{.formula = write(e, pen_), .value = evaluate(e)};
    if (e.quantity() != nullptr) factor.number = number(*e.quantity());
    return factor;
  }

  // A page has one name for a number: the first line that tells of it with a formula.
  void add_children() {
    std::map<std::string, std::size_t> lines;  // by symbol
    for (std::size_t i = 0; i < formulas_.size(); ++i)
      if (formulas_[i]) lines.try_emplace(story_.lines[i].number.symbol, i);
    for (std::size_t i = 0; i < formulas_.size(); ++i) {
      if (!formulas_[i]) continue;
      std::vector<std::size_t>& children = story_.lines[i].children;
      for_each_quantity(*formulas_[i], [&](const Quantity& quantity) {
        const auto line = lines.find(quantity.symbol);
        const bool is_new = line != lines.end() && line->second != i &&
                            std::ranges::find(children, line->second) == children.end();
        if (is_new) children.push_back(line->second);
      });
    }
  }

  const Page& page_;
  const ExplainOptions& options_;
  Pen pen_;
  Story story_;
  std::vector<std::optional<Expression>> formulas_;  // by line
};

}  // namespace

Story story_of(const Page& page, const ExplainOptions& options) {
  return StoryWriter(page, options).story();
}

}  // namespace chainrule::page
