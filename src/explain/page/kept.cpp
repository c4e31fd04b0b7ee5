#include "explain/page/kept.h"

#include <algorithm>
#include <functional>

#include "explain/formula/formula.h"

namespace chainrule::page {
namespace {

// What the kept lines speak of, themselves included.
std::set<std::string> spoken_of(const std::set<std::string>& kept, const Lines& lines) {
  std::set<std::string> symbols = kept;
  for (const std::string& symbol : kept) {
    const auto line = lines.find(symbol);
    if (line == lines.end() || !line->second->formula) continue;
    for_each_quantity(*line->second->formula,
                      [&](const Quantity& quantity) { symbols.insert(quantity.symbol); });
  }
  return symbols;
}

bool is_empty(const Block& block) {
  const auto* group = std::get_if<Group>(&block);
  const auto* listing = std::get_if<Listing>(&block);
  return (group != nullptr && group->empty()) ||
         (listing != nullptr && listing->quantities.empty());
}

bool empty(const Section& section) {
  return std::ranges::none_of(section.blocks, [](const Block& block) {
    return std::holds_alternative<Group>(block) || std::holds_alternative<Listing>(block) ||
           std::holds_alternative<Table>(block);
  });
}

// Headings under which nothing is left go with it.
void drop_bare_headings(std::vector<Block>& blocks) {
  std::vector<Block> kept;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    std::size_t next = i + 1;
    while (next < blocks.size() && std::holds_alternative<Sentence>(blocks[next])) ++next;
    const bool bare = std::holds_alternative<Heading>(blocks[i]) &&
                      (next == blocks.size() || std::holds_alternative<Heading>(blocks[next]));
    if (bare)
      i = next - 1;
    else
      kept.push_back(std::move(blocks[i]));
  }
  blocks = std::move(kept);
}

}  // namespace

void for_each_line(const std::vector<Section>& sections,
                   const std::function<void(const Line&)>& visit) {
  for (const Section& section : sections)
    for (const Block& block : section.blocks)
      if (const auto* group = std::get_if<Group>(&block))
        for (const Line& line : *group) visit(line);
}

Lines lines_of(const std::vector<Section>& sections) {
  Lines lines;
  for_each_line(sections, [&](const Line& line) { lines.emplace(line.quantity.symbol, &line); });
  return lines;
}

void keep_only(const std::set<std::string>& symbols, std::vector<Section>& sections,
               const std::string& asked) {
  std::set<std::string> spoken = spoken_of(symbols, lines_of(sections));
  spoken.insert(asked);
  for (Section& section : sections) {
    for (Block& block : section.blocks) {
      if (auto* group = std::get_if<Group>(&block))
        std::erase_if(*group, [&](const Line& l) { return !symbols.contains(l.quantity.symbol); });
      if (auto* listing = std::get_if<Listing>(&block))
        std::erase_if(listing->quantities,
                      [&](const Quantity& q) { return !spoken.contains(q.symbol); });
    }
    std::erase_if(section.blocks, is_empty);
    drop_bare_headings(section.blocks);
  }
  std::erase_if(sections, empty);
}

}  // namespace chainrule::page
