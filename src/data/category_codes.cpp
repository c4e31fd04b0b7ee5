#include "data/category_codes.h"

#include <utility>
#include <vector>

#include "data/words.h"

namespace chainrule::data {

std::int32_t CategoryCodes::of(std::string_view text) {
  if (recent_.empty()) recent_.resize(slots);
  const CodeOf::value_type*& recent = recent_[slot_of(text)];
  if (recent != nullptr && recent->first == text) return recent->second;
  auto known = code_of_.find(text);
  if (known == code_of_.end())
    known = code_of_.emplace(std::string(text), static_cast<std::int32_t>(code_of_.size())).first;
  recent = &*known;
  return known->second;
}

void CategoryCodes::sort_into(Column& column) {
  recent_.clear();
  std::vector<std::string> names(code_of_.size());  // by code
  while (!code_of_.empty()) {
    auto known = code_of_.extract(code_of_.begin());
    names[static_cast<std::size_t>(known.mapped())] = std::move(known.key());
  }
  const std::vector<std::size_t> places = sorted_places(names);
  std::vector<std::int32_t> sorted_code(names.size());
  column.categories.reserve(names.size());
  for (const std::size_t code : places) {
    sorted_code[code] = static_cast<std::int32_t>(column.categories.size());
    column.categories.push_back(std::move(names[code]));
  }
  for (std::int32_t& code : column.codes)
    if (code >= 0) code = sorted_code[static_cast<std::size_t>(code)];
}

}  // namespace chainrule::data
