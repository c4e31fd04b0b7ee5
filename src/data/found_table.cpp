#include "data/found_table.h"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "data/dialect.h"
#include "data/encoding.h"
#include "data/file_kinds.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

// More columns take more memory for their names and counts than most machines have for the data.
constexpr std::size_t most_columns = 100'000;

// Names and categories go into JSON, which must be UTF-8; a NUL byte is UTF-8 but no text.
[[noreturn]] void refuse_other_than_text(std::string_view text, std::size_t at,
                                         const std::string& name) {
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<long>(at), '\n');
  throw DataError({name, line}, text[at] == '\0'
                                    ? "holds a NUL byte, so this is no text (a binary file?); save "
                                      "it as CSV in UTF-8"
                                    : "is not UTF-8 (damaged, or in an encoding that is not known "
                                      "here?); save it as CSV in UTF-8");
}

}  // namespace

std::vector<std::string> read_record(CsvReader& reader, const std::string& name) {
  std::vector<std::string> fields;
  for (bool last = false; !last;) {
    if (fields.size() == most_columns)
      throw DataError({name, reader.record_line(), most_columns + 1},
                      fmt::format("this row has more than {} fields; give such wide data as .npy "
                                  "arrays",
                                  most_columns));
    fields.emplace_back(reader.field(last, static_cast<std::int64_t>(fields.size()) + 1));
  }
  return fields;
}

FoundTable::FoundTable(std::string_view bytes, const std::string& name, const CsvOptions& options)
    : text(bytes), name_(name) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // the UTF-8 mark
  make_utf8();
  take_separator_line();
  CsvOptions known = options;
  if (known.delimiter == 0) known.delimiter = separator_;
  const char doubled = doubled_mark(text, known.delimiter);
  if (doubled != 0) make_single(doubled);
  const std::string_view comments = take_comments();
  if (doubled == 0) dialect = find_dialect({text, lines.has_comments}, known);
  dialect.decimal = find_decimal({text, lines.has_comments}, dialect, options);
  if (options.decimal == 0) doubt = doubted_point({text, lines.has_comments}, dialect);
  take_title();
  take_footnotes();
  if (!comments.empty()) take_commented_names(comments);
}

void FoundTable::drop_line() {
  const std::size_t end = text.find_first_of("\r\n");
  const std::size_t marks = text.substr(std::min(end, text.size())).starts_with("\r\n") ? 2 : 1;
  text.remove_prefix(std::min(end == std::string_view::npos ? end : end + marks, text.size()));
  ++lines.first;
}

// "sep=;" in the first line, as spreadsheets write and read it.
void FoundTable::take_separator_line() {
  if (text.size() < 6 || lower_case(text.substr(0, 4)) != "sep=" ||
      (text[5] != '\r' && text[5] != '\n'))
    return;
  separator_ = text[4];
  drop_line();
}

// Lines above the table that begin with #. Returns the last one.
std::string_view FoundTable::take_comments() {
  const std::string_view all = text;
  const CsvReader::Lines before = lines;
  std::string_view last;
  const auto is_error = [&] {  // #N/A in the first field
    return is_missing(text.substr(0, text.find_first_of(",;\t|^ \r\n")));
  };
  while (text.starts_with('#') && !is_error()) {
    last = text;
    drop_line();
    lines.has_comments = true;
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    text = all;  // names that begin with #
    lines = before;
    return "";
  }
  return last;
}

void FoundTable::take_title() {
  for (std::size_t left = lines_above({text, lines.has_comments}, dialect); left > 0; --left) {
    while (text.starts_with('\r') || text.starts_with('\n')) drop_line();
    skipped += (skipped.empty() ? "" : ", ") + quote(text.substr(0, text.find_first_of("\r\n")));
    drop_line();
  }
}

// Words in the first field and nothing in the others: "Source: ..", where rows have more fields.
bool FoundTable::is_footnote(std::string_view line) const {
  constexpr std::array<std::string_view, 18> openings{
      "source:", "sources:", "note:", "notes:", "quelle:", "hinweis:",
      "fuente:", "source :", "자료:", "출처:",  "주:",     "※",
      "주)",     "주 :",     "주1)",  "자료)",  "자료 :",  "출처 :"};
  if (std::ranges::count(line, '"') % 2 != 0) return false;
  const std::string lower = lower_case(line);
  if (std::ranges::any_of(openings, [&](std::string_view word) { return lower.starts_with(word); }))
    return true;
  try {
    CsvReader reader(line, dialect, name_, {});
    if (!reader.next_record()) return false;
    const std::vector<std::string> fields = read_record(reader, name_);
    const bool is_alone = std::all_of(fields.begin() + 1, fields.end(),
                                      [](const std::string& field) { return field.empty(); });
    // A row that was cut off, or has gaps, begins with a number or a word.
    const bool is_prose = std::ranges::count(fields[0], ' ') >= 2 || fields[0].ends_with(':') ||
                          fields[0].find(": ") != std::string::npos;
    return is_alone && is_prose && std::ranges::any_of(fields[0], is_letter) &&
           (fields.size() == 1 || fields[0].find(':') != std::string::npos);
  } catch (const DataError&) {
    return false;
  }
}

// Lines below the table, as offices of statistics write them.
void FoundTable::take_footnotes() {
  constexpr int most_lines = 20;
  if (dialect.delimiter == ' ') return;
  CsvReader reader(text, dialect, name_, lines);
  if (!reader.next_record() || read_record(reader, name_).size() < 3) return;
  std::string_view rest = text;
  for (int line = 0; line < most_lines; ++line) {
    const std::size_t end = rest.find_last_not_of(" \t\r\n");
    if (end == std::string_view::npos) return;
    const std::size_t begin = rest.find_last_of("\r\n", end);
    if (begin == std::string_view::npos) return;
    const std::string_view last = rest.substr(begin + 1, end - begin);
    if (!is_footnote(last)) break;
    skipped += (skipped.empty() ? "" : ", ") + quote(last);
    rest = rest.substr(0, begin + 1);
  }
  text = rest;
}

// "#a,b,c" right above rows of three fields holds their names.
void FoundTable::take_commented_names(std::string_view last_comment) {
  const auto first_of = [&](std::string_view part) {
    CsvReader reader(part, dialect, name_, {});
    return reader.next_record() ? read_record(reader, name_) : std::vector<std::string>();
  };
  const auto is_name = [&](const std::string& field) {  // not a part of a sentence
    return dialect.delimiter != ' ' ||
           std::string_view(",;.:|").find(field.back()) == std::string_view::npos;
  };
  // Without what was taken from below the table.
  last_comment = last_comment.substr(
      0, static_cast<std::size_t>(text.data() + text.size() - last_comment.data()));
  last_comment.remove_prefix(std::min(last_comment.find_first_not_of("# \t"), last_comment.size()));
  const std::vector<std::string> names = first_of(last_comment);
  if (names.size() < 2 || names.size() != first_of(text).size()) return;
  if (std::ranges::any_of(names,
                          [&](const auto& field) { return !field.empty() && !is_name(field); }))
    return;
  text = last_comment;
  --lines.first;
}

// "a::b" as "a\x1Fb".
void FoundTable::make_single(char mark) {
  std::string single;
  single.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_twice = text[i] == mark && i + 1 < text.size() && text[i + 1] == mark;
    single += is_twice ? doubled_delimiter : text[i];
    i += is_twice ? 1 : 0;
  }
  decoded_ = std::move(single);
  text = decoded_;
  dialect.delimiter = mark;
  dialect.doubled = true;
}

void FoundTable::make_utf8() {
  if (const std::string_view what = other_kind_of_file(text); !what.empty())
    throw DataError({name_}, std::string(what));
  const std::size_t valid = valid_text_length(text);
  if (valid == text.size()) return;
  std::optional<Decoded> other = decoded(text);
  if (!other) refuse_other_than_text(text, valid, name_);
  decoded_ = std::move(other->text);
  text = decoded_;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  encoding = other->encoding;
}

}  // namespace chainrule::data
