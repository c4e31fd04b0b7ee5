// The first row of a table: whether it holds names, and which.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "chainrule/data.h"
#include "data/column_tally.h"
#include "data/found_table.h"

namespace chainrule::data {

// Words for a missing value: those that everybody knows, and those that the options name.
class MissingWords {
 public:
  explicit MissingWords(const std::vector<std::string>& words);
  // Among numbers, names and dates.
  bool hold(std::string_view field) const;
  // Among texts, where all words but those that were named are categories.
  bool hold_text(std::string_view field) const {
    return field.empty() || (!named_.empty() && named_.contains(field));
  }
  bool hold_number(double value) const;

 private:
  std::unordered_set<std::string_view> named_;
  std::vector<double> numbers_;  // those that are numbers
};

class FirstRow {
 public:
  // Throws DataError: there is none.
  FirstRow(const FoundTable& file, const std::string& name, const CsvOptions& options,
           const MissingWords& missing);

  std::size_t width() const { return fields_.size(); }
  std::int64_t line() const { return line_; }  // where it starts
  // Rows right below it that say more of the columns, such as their units; quoted in `units`. Where
  // the first row names groups of columns, the second one is part of the names, and is not told.
  std::size_t rows_of_units() const { return rows_of_units_; }
  const std::string& units() const { return units_; }
  // Its line, if it is surely one of names, so that it is no row where it comes again; else "".
  std::string_view text() const { return text_; }
  bool is_empty(std::size_t c) const { return fields_[c].empty(); }
  // The first column is without a name, as R writes the rows' names; it is called "row" here.
  bool lacks_name() const { return lacks_name_; }

  // Whether it may hold names, before anything is known of the columns below it; and whether it
  // does, when they have been read so. What the options say holds.
  bool may_be_names() const;
  bool are_names_of(const Table& table, std::span<const ColumnTally::Reading> readings) const;

  // Sets the names of the table's columns. Throws DataError where a name comes twice.
  void name_columns(Table& table, bool header) const;

 private:
  bool lacks_name(bool are_quoted) const;
  bool is_measured(const std::string& field) const;
  bool are_surely_names(const std::vector<std::vector<std::string>>& records) const;
  void find_units(const std::vector<std::vector<std::string>>& records);
  void name_rows();
  void join_second_row(const std::vector<std::vector<std::string>>& records);
  bool counts_up() const;
  bool are_words_above_numbers(const Table& table,
                               std::span<const ColumnTally::Reading> readings) const;
  bool any_name_is_a_value(const Table& table) const;
  std::optional<double> number(std::string_view field) const;
  bool is_word(std::string_view field) const { return !number(field) && !missing_.hold(field); }

  const CsvOptions& options_;
  const MissingWords& missing_;
  const char decimal_;
  std::int64_t line_ = 1;
  std::vector<std::string> fields_, second_;  // of the first row and of the one behind it
  bool lacks_name_ = false;
  std::size_t rows_of_units_ = 0;
  std::string units_;
  std::string_view text_;
};

}  // namespace chainrule::data
