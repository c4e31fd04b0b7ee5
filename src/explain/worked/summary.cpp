// A network whose page would have thousands of lines: each layer at a glance, and how to ask on.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "explain/page/differences.h"
#include "explain/worked/builder.h"

namespace chainrule::page {
namespace {

double norm_of(const std::vector<double>& numbers) {
  double sum = 0;
  for (const double number : numbers) sum += number * number;
  return std::sqrt(sum);
}

std::size_t place_of_largest(const std::vector<double>& numbers) {
  const auto by_size = [](double number) { return std::abs(number); };
  return static_cast<std::size_t>(std::ranges::max_element(numbers, {}, by_size) - numbers.begin());
}

}  // namespace

bool Builder::is_long() const {
  constexpr std::int64_t most_parameters = 1000;  // each has three lines or more
  std::int64_t count = 0;
  for (const nn::Parameter& parameter : traced_.parameters())
    count += parameter.variable.shape().size();
  return count > most_parameters && asked_.empty();
}

// Norms of each parameter, its gradient and its change, and of the last two the largest number.
Section Builder::summary_layers() {
  Section section{{Phrase::summary_title}, {Sentence{Phrase::summary_norms}}};
  Table norms{
      {Phrase::name, Phrase::numbers, Phrase::parameter, Phrase::gradient, Phrase::summary_change},
      {}};
  Table largest{{Phrase::parameter, Phrase::before, Phrase::gradient, Phrase::after}, {}};
  for (std::size_t p = 0; p < parameters_.size() && traced_.is_trained(p); ++p) {
    const nn::Parameter& parameter = traced_.parameters()[p];
    const Value next = traced_.run.next_value(parameter.variable);
    const std::vector<double>&before = traced_.values(parameter.variable),
          &gradient = traced_.values(traced_.gradient(p)), &after = traced_.values(next);
    std::vector<double> change(before.size());
    std::ranges::transform(after, before, change.begin(), std::minus());
    norms.labels.push_back(traced_.run.graph().node(parameter.variable.id()).name);
    norms.rows.push_back({{.value = static_cast<double>(before.size()), .given = true},
                          {.value = norm_of(before)},
                          {.value = norm_of(gradient)},
                          {.value = norm_of(change)}});
    const std::size_t e = place_of_largest(gradient);
    const Quantity& number = parameters_[p][e];
    largest.rows.push_back({number, gradients_[p][e], this->after(number.symbol, next, e)});
    page_.gradients.push_back({number.symbol, gradients_[p][e].value, false});
    page_.updated.push_back({number.symbol, after[e], false});
    page_.verdict.note(difference(
        gradients_[p][e].value, {.at =
                                     [&](double shift) {
                                       return traced_.run.loss_with(
                                           {parameter.variable.id(), static_cast<std::int64_t>(e)},
                                           number.value + shift);
                                     },
                                 .rounding = [&] { return traced_.run.loss_rounding(); },
                                 .place = number.value,
                                 .size = 1,
                                 .least = 1e-5 * std::abs(errors_.back().value)}));
  }
  section.blocks.emplace_back(std::move(norms));
  section.blocks.emplace_back(Sentence{Phrase::summary_largest});
  section.blocks.emplace_back(std::move(largest));
  return section;
}

Page Builder::build_summary() {
  name_everything();
  const std::size_t examples = step_.others.size() + 1;
  std::string widths = fmt::format("{}", x_.size() / examples);
  for (const Layer& layer : traced_.layers) widths += fmt::format("-{}", layer.units());
  page_.title = {Phrase::page_title, {Name{widths}}};
  Section network = network_section();
  std::erase_if(network.blocks,
                [](const Block& block) { return std::holds_alternative<Listing>(block); });
  errors_ = {{.symbol = total_, .value = traced_.at(traced_.run.loss())}};
  const std::vector<DoubleTensor> after = traced_.run.values_after();
  const double error_after = after[index(traced_.run.loss().id())].values[0];
  Section outputs{{Phrase::errors_title}, {}};
  const Quantities& shown = probabilities_.empty() ? h_.back() : probabilities_;
  if (examples == 1 && shown.size() <= 100) {
    outputs.blocks.emplace_back(Listing{Phrase::target, target_});
    outputs.blocks.emplace_back(Listing{Phrase::summary_outputs, shown});
    page_.before.forward = shown;
  }
  outputs.blocks.emplace_back(Group{{errors_.back()}});
  page_.before.errors = errors_;
  page_.after.errors = {{.symbol = total_, .value = error_after}};
  page_.sections = {std::move(network), std::move(outputs), summary_layers()};
  Verdict& verdict = page_.verdict;
  verdict.passed = verdict.differences_agree();
  Section check{{Phrase::check_title}, {}};
  const Phrase change = error_after < errors_.back().value   ? Phrase::error_fell
                        : error_after > errors_.back().value ? Phrase::error_rose
                                                             : Phrase::error_stayed;
  check.blocks.emplace_back(
      Sentence{change, {Quantity{"", error_after}, Quantity{"", errors_.back().value}}});
  check.blocks.emplace_back(
      Sentence{verdict.differences_agree() ? Phrase::differences_agree : Phrase::differences_differ,
               {Figure{verdict.difference_error}, Figure{verdict.allowed_difference},
                verdict.differences, static_cast<std::int64_t>(page_.gradients.size())}});
  check.blocks.emplace_back(Sentence{verdict.passed ? Phrase::passed : Phrase::failed});
  page_.sections.push_back(std::move(check));
  const std::string name = renamed(page_.gradients.front().symbol, names_);
  page_.sections.push_back(
      {{Phrase::summary_more},
       {Sentence{Phrase::summary_story, {Given{fmt::format("chainrule explain FILE {}", name)}}},
        Sentence{Phrase::summary_matrix, {Given{"chainrule explain FILE --form matrix"}}},
        Sentence{Phrase::summary_full, {Given{"chainrule explain FILE --full"}}}}});
  rename(page_, names_);
  return std::move(page_);
}

}  // namespace chainrule::page
