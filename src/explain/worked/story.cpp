// One parameter's story: of the whole page, what its gradient and its update are made of.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "explain/page/kept.h"
#include "explain/worked/builder.h"

namespace chainrule::page {
namespace {

struct Following {
  const Lines& lines;
  const std::map<std::string, std::string>& told_on;
  std::set<std::string> sums{};  // the weighted ones

  // Derivatives are followed down to their last factor; of what they are made of (z, h, o, p) one
  // line each says where it comes from, and the neuron's weighted sum, if that is what it is made
  // of.
  void follow(const std::string& symbol, std::set<std::string>& kept) const {
    const auto line = lines.find(symbol);
    if (line == lines.end() || !kept.insert(symbol).second || !line->second->formula) return;
    const bool derived = line->second->quantity.role != Role::itself;
    for_each_quantity(*line->second->formula, [&](const Quantity& quantity) {
      if (quantity.role == Role::gradient)
        follow(line_for(quantity.symbol), kept);
      else if (derived || sums.contains(quantity.symbol))
        follow(quantity.symbol, kept);
    });
  }

  // All that a number of the forward pass is made of; of a derivative as above.
  void follow_asked(const std::string& symbol, std::set<std::string>& kept) const {
    const std::string& told = lines.contains(symbol) ? symbol : line_for(symbol);
    const auto line = lines.find(told);
    if (line == lines.end()) return;
    if (line->second->quantity.role != Role::itself) return follow(told, kept);
    if (!kept.insert(told).second || !line->second->formula) return;
    for_each_quantity(*line->second->formula,
                      [&](const Quantity& quantity) { follow_asked(quantity.symbol, kept); });
  }

  const std::string& line_for(const std::string& derivative) const {
    const auto other = told_on.find(derivative);
    return other == told_on.end() ? derivative : other->second;
  }
};

}  // namespace

void Builder::require_trained() const {
  for (std::size_t p = 0; p < parameters_.size(); ++p)
    for (const Quantity& quantity : parameters_[p])
      if (quantity.symbol == parameter_ && !traced_.is_trained(p))
        throw UsageError(
            fmt::format("{} stays as it is (trainable = false), so no gradient is worked for it; "
                        "ask for another parameter, or let it be trained",
                        parameter_));
}

// A number without a line is one that the network was given. Others are not there.
void Builder::require_kept(const std::set<std::string>& kept, const Lines& lines) const {
  if (!kept.empty()) return;
  std::vector<std::string> names;
  for (const Section& section : page_.sections)
    for (const Block& block : section.blocks)
      if (const auto* listing = std::get_if<Listing>(&block))
        for (const Quantity& quantity : listing->quantities) {
          if (quantity.symbol == asked_) return;
          names.push_back(quantity.symbol);
        }
  for (const auto& [symbol, line] : lines) names.push_back(symbol);
  for (std::string& name : names) name = renamed(name, names_);
  const std::string asked = renamed(asked_, names_);
  throw UsageError(
      fmt::format("the page has no number \"{}\"; {}", asked, suggestion(asked, names)));
}

// Those of updates, which the story is not of.
void Builder::drop_tables() {
  for (Section& section : page_.sections)
    std::erase_if(section.blocks,
                  [](const Block& block) { return std::holds_alternative<Table>(block); });
}

void Builder::keep_story() {
  const Lines lines = lines_of(page_.sections);
  std::set<std::string> kept;
  Following following{.lines = lines, .told_on = told_on_};
  for (const Quantities& layer : z_)
    for (const Quantity& z : layer) following.sums.insert(z.symbol);
  if (parameter_.empty()) {
    following.follow_asked(asked_, kept);
    require_kept(kept, lines);
  }
  for (std::size_t p = 0; p < parameters_.size() && !parameter_.empty(); ++p)
    for (std::size_t e = 0; e < parameters_[p].size(); ++e) {
      if (!wanted(parameters_[p][e]) || !traced_.is_trained(p)) continue;
      following.follow(gradients_[p][e].symbol, kept);
      following.follow(parameters_[p][e].symbol + "+", kept);
      for (const Memory& state : traced_.run.memories())
        if (place_of(state.owner) == p) following.follow(memory(state, p, e) + "+", kept);
    }
  if (!parameter_.empty())
    for (const Quantity& error : errors_) following.follow(error.symbol, kept);
  if (parameter_.empty()) drop_tables();
  keep_only(kept, page_.sections, asked_);
}

}  // namespace chainrule::page
