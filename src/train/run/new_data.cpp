#include "train/run/new_data.h"

#include <algorithm>
#include <cmath>

#include "data/expected_column.h"
#include "data/words.h"

namespace chainrule {
namespace {

// Classes that no column of numbers could keep apart.
bool are_read_as_text(const data::TargetEncoding& target) {
  return std::ranges::any_of(target.classes, [](const std::string& name) {
    const std::optional<double> value = data::parse_number(name);
    return value && (std::isinf(*value) || data::is_rounded(name, *value));
  });
}

}  // namespace

data::Source open_for(const data::Encoder& encoder, const std::string& path, bool with_targets,
                      const std::string& key) {
  // Names that nobody gave are in no row.
  const data::Header header =
      encoder.dialect().header ? data::Header::detect : data::Header::unlikely;
  data::CsvOptions options{
      .expected = encoder.dialect(), .header = header, .missing = encoder.missing()};
  for (const data::ColumnEncoding& column : encoder.columns())
    options.expected_columns[column.name] = data::expected_like(column);
  std::vector<std::string> inputs = encoder.names();
  std::erase_if(inputs, [&](const std::string& name) {
    return std::ranges::find(encoder.target().columns, name) != encoder.target().columns.end();
  });
  options.names = {encoder.names(), inputs};
  const bool key_is_free = !key.empty() && key != line_key &&
                           std::ranges::none_of(encoder.columns(), [&](const auto& column) {
                             return column.name == key;
                           });
  const data::ExpectedColumn text{.kind = data::ColumnKind::categorical};
  if (key_is_free) options.expected_columns[key] = text;
  options.uses = [&](std::string_view name) {
    return (with_targets &&
            std::ranges::find(encoder.target().columns, name) != encoder.target().columns.end()) ||
           std::ranges::any_of(encoder.columns(),
                               [&](const auto& column) { return column.name == name; });
  };
  if (with_targets && encoder.target().task == data::Task::regression)
    for (std::size_t k = 0; k < encoder.target().columns.size(); ++k)
      options.expected_columns[encoder.target().columns[k]] = k < encoder.target().written.size()
                                                                  ? encoder.target().written[k]
                                                                  : data::ExpectedColumn{};
  if (with_targets && are_read_as_text(encoder.target()))
    options.expected_columns[encoder.target().name] = text;
  data::PictureOptions pictures;
  if (encoder.array()) pictures.row = encoder.row();
  return data::open(path, options, pictures);
}

}  // namespace chainrule
