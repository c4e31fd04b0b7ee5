#include "explain/report/report_rows.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/display.h"
#include "explain/report/report_pictures.h"
#include "explain/write/html.h"

namespace chainrule::page {
namespace {

struct Judged {
  std::int64_t row;
  std::size_t actual, said;
  double of_actual, of_said;  // probabilities
};
using Cell = std::pair<std::size_t, std::size_t>;  // actual, said

class ClassesWriter {
 public:
  ClassesWriter(ReportParts& parts, const RunResult& result, const data::Prepared& data,
                const Tensor& prediction)
      : parts_(parts), result_(result), data_(data), unseen_(unseen_rows(data)) {
    const auto classes = static_cast<std::size_t>(prediction.shape[1]);
    for (std::size_t i = 0; i < unseen_.rows.size(); ++i) {
      const auto values = std::span(prediction.values).subspan(i * classes, classes);
      const std::size_t said = result_.target.decided(values);
      const auto actual = static_cast<std::size_t>(unseen_.data->class_of(unseen_.rows[i]));
      cells_[{actual, said}].push_back({unseen_.rows[i], actual, said,
                                        static_cast<double>(values[actual]),
                                        static_cast<double>(values[said])});
    }
    for (auto& [cell, rows] : cells_) std::ranges::stable_sort(rows, {}, &Judged::of_actual);
    is_shown_ = result.target.classes.size() <= most_classes;
  }

  std::string write() { return (is_shown_ ? confusion() : "") + most_wrong() + rows_by_cell(); }

 private:
  static constexpr std::size_t most_classes = 30, most_rows = 10, rows_of_cell = 3;

  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return parts_.say(which, arguments...);
  }
  const std::string& name_of_class(std::size_t k) const { return result_.target.classes[k]; }
  static std::string id_of(const Cell& cell) {
    return fmt::format("cell-{}-{}", cell.first, cell.second);
  }

  std::string confusion() {
    std::vector<std::string> header{say(Phrase::actual)};
    for (const std::string& name : result_.target.classes) header.push_back(name);
    Rows rows;
    Links links;
    for (std::size_t actual = 0; actual < result_.target.classes.size(); ++actual) {
      std::vector<std::string> row{name_of_class(actual)};
      for (std::size_t k = 0; k < result_.target.classes.size(); ++k) {
        const auto found = cells_.find({actual, k});
        row.push_back(found == cells_.end() ? "\u00b7" : fmt::format("{}", found->second.size()));
        if (found != cells_.end()) links[{actual, k + 1}] = "#" + id_of(found->first);
      }
      rows.push_back(std::move(row));
    }
    return parts_.section(say(Phrase::report_confusion),
                          parts_.table(say(Phrase::report_confusion_text), header, rows,
                                       ReportParts::Last::words, links));
  }

  std::vector<Judged> wrong() const {
    std::vector<Judged> all;
    for (const auto& [cell, rows] : cells_)
      if (cell.first != cell.second) all.insert(all.end(), rows.begin(), rows.end());
    std::ranges::sort(all, [](const Judged& one, const Judged& other) {
      return std::pair(one.of_actual, one.row) < std::pair(other.of_actual, other.row);
    });
    if (all.size() > most_rows) all.resize(most_rows);
    return all;
  }

  std::string most_wrong() {
    Rows rows;
    std::string pictures;
    for (const Judged& one : wrong()) {
      const std::string where = place_words(parts_, unseen_, one.row);
      rows.push_back({where, name_of_class(one.actual), name_of_class(one.said),
                      fmt::format("{:.1f}%", 100 * one.of_said),
                      fmt::format("{:.2g}%", 100 * one.of_actual),
                      row_command(parts_, data_, one.row)});
      pictures += picture_figure(
          *unseen_.data, data_.encoder, one.row,
          say(Phrase::picture_taken_for, short_name(where), short_name(name_of_class(one.actual)),
              short_name(name_of_class(one.said))));
    }
    if (rows.empty()) return "";
    if (!pictures.empty()) pictures = "<div class=\"pictures\">\n" + pictures + "</div>\n";
    return parts_.section(
        say(Phrase::report_most_wrong),
        pictures + parts_.table(say(Phrase::report_most_wrong_text),
                                {say(Phrase::row), say(Phrase::actual), say(Phrase::predicted),
                                 say(Phrase::sure), say(Phrase::left_for_actual), say(Phrase::why)},
                                rows, ReportParts::Last::commands));
  }

  // To which the matrix's cells lead.
  std::string rows_by_cell() {
    if (!is_shown_ || cells_.empty()) return "";
    std::string text;
    for (const auto& [cell, rows] : cells_) {
      std::string list = "<ul>\n";
      for (std::size_t i = 0; i < std::min(rows.size(), rows_of_cell); ++i)
        list += fmt::format("<li>{}, {:.1f}%: {}</li>\n",
                            html_escaped(short_name(place_words(parts_, unseen_, rows[i].row))),
                            100 * rows[i].of_said,
                            ReportParts::code(row_command(parts_, data_, rows[i].row)));
      text += parts_.story(id_of(cell),
                           say(Phrase::cell_taken_for, short_name(name_of_class(cell.first)),
                               short_name(name_of_class(cell.second)), rows.size()),
                           list + "</ul>\n");
    }
    return parts_.section(say(Phrase::report_cells),
                          parts_.paragraph(say(Phrase::report_cells_text)) + text);
  }

  ReportParts& parts_;
  const RunResult& result_;
  const data::Prepared& data_;
  const data::Part& unseen_;
  std::map<Cell, std::vector<Judged>> cells_;
  bool is_shown_ = false;
};

}  // namespace

const data::Part& unseen_rows(const data::Prepared& data) {
  return data.test.rows.empty() ? data.validation : data.test;
}

std::string place_words(const ReportParts& parts, const data::Part& part, std::int64_t row) {
  if (std::string name = part.data->name(row); !name.empty()) return name;
  const FilePlace place = part.data->place(row);
  return place.line > 0 ? parts.say(Phrase::at_line, place.line)
                        : parts.say(Phrase::at_example, row + 1);
}

std::string row_command(const ReportParts& parts, const data::Prepared& data, std::int64_t row) {
  const data::Part& part = unseen_rows(data);
  const FilePlace place = part.data->place(row);
  const std::int64_t number = place.line > 0 ? place.line : row + 1;
  const bool is_elsewhere = part.data.get() != data.train.data.get();
  if (data.encoder.columns().empty())
    return parts.command(
        "blame",
        fmt::format("{} {}", is_elsewhere && !data.test.rows.empty() ? "--test-row" : "--row",
                    number));
  const std::string from = is_elsewhere ? " --from " + shell_word(place.file) : "";
  return parts.command("explain", fmt::format("--row {}{}", number, from));
}

std::string classes_section(ReportParts& parts, const RunResult& result, const data::Prepared& data,
                            const Tensor& prediction) {
  return ClassesWriter(parts, result, data, prediction).write();
}

}  // namespace chainrule::page
