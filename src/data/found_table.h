// Where in a file its table stands, and how it is written: what is around it, its encoding, its
// dialect.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chainrule/data.h"
#include "data/csv_reader.h"

namespace chainrule::data {

class FoundTable {
 public:
  // Throws DataError: no text, or in no encoding that is known.
  FoundTable(std::string_view bytes, const std::string& name, const CsvOptions& options);
  FoundTable(const FoundTable&) = delete;
  FoundTable& operator=(const FoundTable&) = delete;

  std::string_view text;  // UTF-8; from the names, or the first row, on
  CsvReader::Lines lines;
  Dialect dialect;                 // but for `header`
  std::string encoding = "UTF-8";  // of the file
  std::string skipped;             // lines around the table, quoted; comments are not told
  Text doubt;                      // about its decimal mark

 private:
  void drop_line();
  void make_utf8();
  void take_separator_line();
  std::string_view take_comments();
  void take_title();
  void take_footnotes();
  bool is_footnote(std::string_view line) const;
  void make_single(char mark);
  void take_commented_names(std::string_view last_comment);

  const std::string& name_;
  char separator_ = 0;   // as a first line says
  std::string decoded_;  // what `text` is a view of, if the file says it in other bytes
};

// The fields of the record that the reader stands before. Throws DataError: more than can be a row.
std::vector<std::string> read_record(CsvReader& reader, const std::string& name);

}  // namespace chainrule::data
