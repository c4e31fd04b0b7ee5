// The data's columns, and what the encoder makes of their values.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/display.h"
#include "explain/report/report_sections.h"
#include "explain/write/escape.h"

namespace chainrule::page {
namespace {

class ColumnsWriter : SectionWriter {
 public:
  ColumnsWriter(ReportParts& parts, const RunResult& result, const data::Encoder& encoder)
      : SectionWriter(parts), result_(result), encoder_(encoder) {}

  std::string write() {
    const std::vector<data::ColumnReport>& columns = encoder_.report();
    Rows rows;
    Links links;
    std::string stories;
    for (const data::ColumnReport& column : columns) {
      rows.push_back({column.name, column.kind.in(parts_.language()),
                      fmt::format("{}", column.missing), column.values.in(parts_.language()),
                      column.treatment.in(parts_.language())});
      const bool has_story = rows.size() <= most_stories;
      const std::string id =
          has_story ? fmt::format("column-{}", rows.size() - 1) : std::string("columns-all");
      link_row(links, rows, rows.size() - 1, id);
      if (has_story) stories += parts_.story(id, column.name, story_of(column));
    }
    return parts_.section(
        say(Phrase::data_title),
        parts_.table(say(Phrase::columns),
                     {say(Phrase::column), say(Phrase::kind), say(Phrase::missing),
                      say(Phrase::values), say(Phrase::treatment)},
                     rows, ReportParts::Last::words, links) +
            stories + parts_.story("columns-all", say(Phrase::columns_all), commands()));
  }

 private:
  static constexpr std::size_t most_stories = 100;

  std::string commands() const {
    std::string text;
    if (const std::string& data = result_.config.data; data != "-")
      text += parts_.paragraph(say(Phrase::columns_inspect), parts_.command_on("inspect", data));
    if (!encoder_.columns().empty() && result_.has_model && result_.test.rows > 1)
      text += parts_.paragraph(say(Phrase::columns_importance), parts_.command("importance"));
    return text;
  }

  std::string story_of(const data::ColumnReport& column) const {
    const data::TargetEncoding& target = encoder_.target();
    if (std::ranges::find(target.columns, column.name) != target.columns.end())
      return target_story(column);
    std::int64_t first = 0;
    for (const data::ColumnEncoding& encoding : encoder_.columns()) {
      if (encoding.name == column.name) return inputs_of(encoding, first) + seen_of(column);
      first += encoding.width();
    }
    if (encoder_.array()) return array_story() + seen_of(column);
    return tell(Phrase::column_is_no_input) + seen_of(column);
  }

  std::string seen_of(const data::ColumnReport& column) const {
    if (column.examples.empty()) return "";
    constexpr int most = 40;
    std::vector<std::string> examples;
    for (const std::string& example : column.examples)
      examples.push_back(chainrule::shortened(example, most));
    return tell(Phrase::column_examples, fmt::format("{}", fmt::join(examples, ", ")));
  }

  std::string scaled(double shift, double scale) const {
    if (scale == 0) return tell(Phrase::column_scaled_to_zero);
    if (shift == 0 && scale == 1) return tell(Phrase::column_as_it_stands);
    return tell(Phrase::column_scaled, shift, 1 / scale);
  }

  std::string inputs_of(const data::ColumnEncoding& encoding, std::int64_t first) const {
    std::string text;
    if (encoding.kind == data::ColumnKind::numeric) text += scaled(encoding.shift, encoding.scale);
    if (encoding.kind == data::ColumnKind::categorical) {
      constexpr std::size_t most = 12;
      std::vector<std::string> names;
      for (std::size_t i = 0; i < std::min(most, encoding.categories.size()); ++i)
        names.push_back(short_name(encoding.categories[i]));
      if (encoding.categories.size() > most) names.emplace_back("\u2026");
      text += tell(Phrase::column_categories, fmt::format("{}", fmt::join(names, ", ")));
    }
    if (encoding.missing_feature) text += tell(Phrase::column_says_missing);
    const std::int64_t width = encoding.width();
    return text + (width == 1
                       ? tell(Phrase::column_input, first, encoder_.width())
                       : tell(Phrase::column_inputs, first, first + width - 1, encoder_.width()));
  }

  std::string array_story() const {
    const data::ArrayEncoding& array = *encoder_.array();
    if (array.shift.size() == 1) return scaled(array.shift[0], array.scale[0]);
    return tell(Phrase::column_scaled_each);
  }

  std::string target_story(const data::ColumnReport& column) const {
    const data::TargetEncoding& target = encoder_.target();
    if (target.task == data::Task::classification) {
      constexpr std::size_t most = 12;
      std::vector<std::string> names;
      for (std::size_t k = 0; k < std::min(most, target.classes.size()); ++k)
        names.push_back(fmt::format("{} = {}", k, short_name(target.classes[k])));
      if (target.classes.size() > most) names.emplace_back("\u2026");
      return tell(Phrase::target_classes, fmt::format("{}", fmt::join(names, ", ")));
    }
    const auto at = static_cast<std::size_t>(std::ranges::find(target.columns, column.name) -
                                             target.columns.begin());
    if (at >= target.mean.size()) return "";
    return target.is_log ? tell(Phrase::target_logarithm, target.mean[at], target.deviation[at])
                         : tell(Phrase::target_scaled, target.mean[at], target.deviation[at]);
  }

  const RunResult& result_;
  const data::Encoder& encoder_;
};

}  // namespace

std::string columns_section(ReportParts& parts, const RunResult& result,
                            const data::Encoder& encoder) {
  return encoder.report().empty() ? "" : ColumnsWriter(parts, result, encoder).write();
}

}  // namespace chainrule::page
