#include "data/array_encoding.h"

#include <cmath>
#include <numeric>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "data/scaling.h"
#include "data/stored_rows.h"

namespace chainrule::data {

void learn_each(const Array& x, std::span<const std::int64_t> rows, Scaling scaling,
                ArrayEncoding& learnt) {
  std::vector<ColumnScaling> columns(static_cast<std::size_t>(x.width()));
  for_rows(x, rows, [&](std::int64_t row, const auto numbers) {
    for (std::size_t f = 0; f < numbers.size(); ++f) {
      const auto value = static_cast<double>(numbers[f]);
      if (!std::isfinite(value))
        throw DataError({x.file}, fmt::format("row {}, feature {} is NaN or infinite; mend it, "
                                              "or leave the row out",
                                              row + 1, f + 1));
      columns[f].see(value);
    }
  });
  if (scaling != Scaling::minmax)
    for_rows(x, rows, [&](std::int64_t, const auto numbers) {
      for (std::size_t f = 0; f < numbers.size(); ++f)
        columns[f].see_again(static_cast<double>(numbers[f]));
    });
  for (std::size_t f = 0; f < columns.size(); ++f) {
    const auto [shift, scale] =
        columns[f].learnt(scaling, {x.file}, fmt::format("feature {}", f + 1));
    learnt.shift.push_back(shift);
    learnt.scale.push_back(scale);
  }
}

std::vector<float> scaled_features(const Array& x, const ArrayEncoding& how) {
  std::vector<float> features;
  if (!x.stored) features.resize(static_cast<std::size_t>(x.shape.size()));
  const std::size_t each = how.shift.size() == 1 ? 0 : 1;
  std::vector<std::int64_t> rows(static_cast<std::size_t>(x.rows()));
  std::iota(rows.begin(), rows.end(), std::int64_t{0});
  for_rows(x, rows, [&](std::int64_t row, const auto numbers) {
    for (std::size_t f = 0; f < numbers.size(); ++f) {
      const auto feature = static_cast<float>(
          (static_cast<double>(numbers[f]) - how.shift[f * each]) * how.scale[f * each]);
      if (!std::isfinite(feature))
        throw DataError({x.file}, fmt::format("row {}, feature {} is NaN, infinite or too large; "
                                              "mend it or leave the row out",
                                              row + 1, f + 1));
      if (!x.stored) features[static_cast<std::size_t>(row) * numbers.size() + f] = feature;
    }
  });
  return features;
}

}  // namespace chainrule::data
