#include "data/one_hot.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "data/words.h"

namespace chainrule::data {
namespace {

enum class Flag { off, on, missing, other };

Flag flag_of(const std::string& category) {
  const std::string word = lower_case(category);
  return word == "true" ? Flag::on : word == "false" ? Flag::off : Flag::other;
}

Flag flag_in(const Column& column, std::int64_t row) {
  const auto i = static_cast<std::size_t>(row);
  if (column.kind == ColumnKind::categorical) {
    const std::int32_t code = column.codes[i];
    return code < 0 ? Flag::missing : flag_of(column.categories[static_cast<std::size_t>(code)]);
  }
  const double x = column.numbers[i];
  return std::isnan(x) ? Flag::missing : x == 0 ? Flag::off : x == 1 ? Flag::on : Flag::other;
}

// In how many rows it is on; nothing if it is no flag in some row, or the same in all of them.
std::optional<std::int64_t> rows_on(const Column& column, std::int64_t rows) {
  if (column.kind == ColumnKind::date) return {};
  std::int64_t on = 0;
  for (std::int64_t row = 0; row < rows; ++row) {
    const Flag flag = flag_in(column, row);
    if (flag != Flag::on && flag != Flag::off) return {};
    on += flag == Flag::on;
  }
  return on > 0 && on < rows ? std::optional(on) : std::nullopt;
}

}  // namespace

std::optional<std::int32_t> class_in_row(std::span<const Column* const> columns, std::int64_t row) {
  std::int32_t found = -1;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const Flag flag = flag_in(*columns[k], row);
    if (flag == Flag::missing) return -1;
    if (flag == Flag::other || (flag == Flag::on && found >= 0)) return {};
    if (flag == Flag::on) found = static_cast<std::int32_t>(k);
  }
  return found < 0 ? std::nullopt : std::optional(found);
}

bool are_one_hot(std::span<const Column* const> columns, std::int64_t rows) {
  if (std::ranges::any_of(columns, [](const Column* c) { return c->kind == ColumnKind::date; }))
    return false;
  for (std::int64_t row = 0; row < rows; ++row)
    if (!class_in_row(columns, row)) return false;
  return true;
}

std::vector<const Column*> one_hot_around(const Table& table, const Column& column) {
  constexpr std::ptrdiff_t most = 1000;  // on either side
  if (!rows_on(column, table.rows)) return {};
  const Column* const begin = table.columns.data();
  const std::ptrdiff_t place = &column - begin;
  const std::ptrdiff_t size = std::ssize(table.columns);
  const auto flags_towards = [&](std::ptrdiff_t step) {  // the rows on, one column after another
    std::vector<std::int64_t> on;
    for (std::ptrdiff_t c = place + step; c >= 0 && c < size && std::ssize(on) < most; c += step) {
      const auto rows = rows_on(begin[c], table.rows);
      if (!rows) break;
      on.push_back(*rows);
    }
    return on;
  };
  const std::vector<std::int64_t> left = flags_towards(-1), right = flags_towards(1);
  std::int64_t on_left = *rows_on(column, table.rows);
  for (std::size_t l = 0; l <= left.size() && on_left <= table.rows; ++l) {
    std::int64_t on = on_left;
    for (std::size_t r = 0; r <= right.size() && on <= table.rows; ++r) {
      if (l + r > 0 && on == table.rows) {
        std::vector<const Column*> columns;
        for (std::size_t c = 0; c <= l + r; ++c)
          columns.push_back(&column - static_cast<std::ptrdiff_t>(l) +
                            static_cast<std::ptrdiff_t>(c));
        if (are_one_hot(columns, table.rows)) return columns;
      }
      if (r < right.size()) on += right[r];
    }
    if (l < left.size()) on_left += left[l];
  }
  return {};
}

OneHotNames one_hot_names(std::span<const std::string> columns) {
  std::string common = columns.front();
  for (const std::string& name : columns)
    common.resize(
        static_cast<std::size_t>(std::ranges::mismatch(common, name).in1 - common.begin()));
  const std::size_t separator = common.find_last_of("_-.=:/ ");
  const bool is_shared = separator != std::string::npos && separator > 0 &&
                         std::ranges::all_of(columns, [&](const std::string& name) {
                           return name.size() > separator + 1;
                         });
  if (!is_shared)
    return {fmt::format("{}", fmt::join(columns, ",")), {columns.begin(), columns.end()}};
  OneHotNames names{common.substr(0, separator), {}};
  for (const std::string& name : columns) names.classes.push_back(name.substr(separator + 1));
  return names;
}

}  // namespace chainrule::data
