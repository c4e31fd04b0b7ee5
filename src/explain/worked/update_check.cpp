// The update as a table, forward once more, and what the page found in checking itself.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/page/differences.h"
#include "explain/worked/builder.h"

namespace chainrule::page {

Section Builder::update_section() {
  Section section{{Phrase::update_title}, {Sentence{Phrase::update_text}}};
  Table table{{Phrase::parameter, Phrase::before, Phrase::gradient, Phrase::after}, {}};
  for (std::size_t p = 0; p < parameters_.size() && traced_.is_trained(p); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      const Quantity& before = parameters_[p][e];
      if (!wanted(before)) continue;
      const Value next = traced_.run.next_value(traced_.parameters()[p].variable);
      table.rows.push_back({before, gradients_[p][e], after(before.symbol, next, e)});
    }
  section.blocks.emplace_back(std::move(table));
  return section;
}

Section Builder::check_section() {
  Section section{{Phrase::check_title}, {}};
  auto& blocks = section.blocks;
  blocks.emplace_back(Listing{Phrase::again, page_.after.forward});
  blocks.emplace_back(Listing{Phrase::errors_again, page_.after.errors});
  const Quantity before = errors_.back(), after = page_.after.errors.back();
  const Phrase change = after.value < before.value   ? Phrase::error_fell
                        : after.value > before.value ? Phrase::error_rose
                                                     : Phrase::error_stayed;
  blocks.emplace_back(Sentence{change, {Quantity{"", after.value}, Quantity{"", before.value}}});
  const Verdict& verdict = page_.verdict;
  const auto count = static_cast<std::int64_t>(page_.gradients.size());
  blocks.emplace_back(
      Sentence{verdict.products_agree() ? Phrase::products_agree : Phrase::products_differ,
               {Figure{verdict.max_relative_error}, Figure{verdict.allowed_error}}});
  blocks.emplace_back(
      Sentence{verdict.differences_agree() ? Phrase::differences_agree : Phrase::differences_differ,
               {Figure{verdict.difference_error}, Figure{verdict.allowed_difference},
                verdict.differences, count}});
  if (verdict.kinks > 0) blocks.emplace_back(Sentence{Phrase::kinks, {verdict.kinks}});
  blocks.emplace_back(Sentence{verdict.passed ? Phrase::passed : Phrase::failed});
  return section;
}

}  // namespace chainrule::page
