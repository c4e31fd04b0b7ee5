#include "data/row_groups.h"

#include <cmath>
#include <unordered_map>

namespace chainrule::data {

RowGroups rows_together(const Column& column, const std::vector<std::int64_t>& rows) {
  RowGroups groups;
  std::unordered_map<double, std::size_t> place;
  for (const std::int64_t row : rows) {
    const auto i = static_cast<std::size_t>(row);
    const double value = column.kind != ColumnKind::categorical ? column.numbers[i]
                         : column.codes[i] < 0                  ? NAN
                                                                : column.codes[i];
    const auto found = std::isnan(value) ? place.end() : place.find(value);
    if (found != place.end()) {
      groups[found->second].push_back(row);
      continue;
    }
    if (!std::isnan(value)) place.emplace(value, groups.size());
    groups.push_back({row});
  }
  return groups;
}

}  // namespace chainrule::data
