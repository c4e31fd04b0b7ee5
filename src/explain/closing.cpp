// The update as a table, forward once more, and what the page found in checking itself.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/builder.h"
#include "explain/differences.h"

namespace chainrule::page {
namespace {

// More finite differences than this take longer than they tell; then every n-th parameter is taken.
constexpr std::int64_t most_differences = 2000;

}  // namespace

Section Builder::update_section() const {
  Section section{{Phrase::update_title}, {Sentence{Phrase::update_text}}};
  Table table{{Phrase::parameter, Phrase::before, Phrase::gradient, Phrase::after}, {}};
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      const Quantity& before = parameters_[p][e];
      if (!wanted(before)) continue;
      const Value next = traced_.next_value(traced_.model.parameters[p].variable);
      table.rows.push_back({before,
                            gradients_[p][e],
                            {before.symbol + "+", traced_.at(next, static_cast<std::int64_t>(e))}});
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
  blocks.emplace_back(Sentence{verdict.max_relative_error <= product_tolerance
                                   ? Phrase::products_agree
                                   : Phrase::products_differ,
                               {Figure{verdict.max_relative_error}, Figure{product_tolerance}}});
  blocks.emplace_back(Sentence{verdict.difference_error <= difference_tolerance
                                   ? Phrase::differences_agree
                                   : Phrase::differences_differ,
                               {Figure{verdict.difference_error}, Figure{difference_tolerance},
                                verdict.differences, count}});
  if (verdict.kinks > 0) blocks.emplace_back(Sentence{Phrase::kinks, {verdict.kinks}});
  blocks.emplace_back(Sentence{verdict.passed ? Phrase::passed : Phrase::failed});
  return section;
}

// Errors are relative to the gradient itself, or, where it is tiny beside the others, to a
// thousandth of the largest: what is 0 by cancellation has no digits of its own. Differences carry
// the rounding of the loss, up to some 1e-12 of it, which is no error either.
Verdict Builder::judged() const {
  double largest = 0;
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    for (std::int64_t e = 0; e < traced_.gradients[p].shape().size(); ++e)
      largest = std::max(largest, std::abs(traced_.at(traced_.gradients[p], e)));
  const auto error = [&](double a, double b, double least = 0) {
    const double scale = std::max({std::abs(a), std::abs(b), 1e-3 * largest, least});
    const double relative = scale == 0 ? 0 : std::abs(a - b) / scale;
    return std::isfinite(relative) ? relative : std::numeric_limits<double>::infinity();
  };

  const double rounding = 1e-5 * std::abs(errors_.back().value);

  Verdict verdict;
  const auto count = static_cast<std::int64_t>(page_.gradients.size());
  const std::int64_t stride = (count + most_differences - 1) / most_differences;
  std::int64_t seen = 0;
  Feeds feeds = traced_.feeds();
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      if (!wanted(parameters_[p][e])) continue;
      const double of_engine = traced_.at(traced_.gradients[p], static_cast<std::int64_t>(e));
      const double of_page = gradients_[p][e].value;
      verdict.max_relative_error = std::max(verdict.max_relative_error, error(of_page, of_engine));
      if (seen++ % stride != 0) continue;
      ++verdict.differences;
      double& w = feeds.find(traced_.model.parameters[p].name)->second.values[e];
      const double start = w;
      const Difference found = difference(
          of_page,
          [&](double shift) {
            w = start + shift;
            const double loss = traced_.loss_at(feeds);
            w = start;
            return loss;
          },
          [&](double one, double other) { return error(one, other, rounding); });
      if (found.kink)
        ++verdict.kinks;
      else
        verdict.difference_error = std::max(verdict.difference_error, found.error);
    }
  verdict.passed = verdict.max_relative_error <= product_tolerance &&
                   verdict.difference_error <= difference_tolerance;
  return verdict;
}

}  // namespace chainrule::page
