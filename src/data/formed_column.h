// Reads the fields of one column by the form that its numbers or dates have.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "data/column_doubts.h"
#include "data/column_tally.h"
#include "data/first_row.h"

namespace chainrule::data {

class FormedColumn {
 public:
  // Of a column of no texts, into whose numbers the fields go. What is given must outlive it. A
  // column that is not used may hold anything.
  FormedColumn(Column& column, const ColumnTally::Reading& reading, char decimal,
               const MissingWords& missing, bool is_used)
      : column_(column),
        reading_(reading),
        decimal_(decimal),
        missing_(missing),
        is_used_(is_used) {}

  void add(std::string_view given, std::int64_t line);

  // What no number or date was made of.
  const Mistakes& mistakes() const { return mistakes_; }
  // [rows] The second numbers, where fields hold two.
  std::vector<double> take_seconds() { return std::move(seconds_); }

 private:
  double value_of(std::string_view field, std::int64_t line);
  std::optional<double> read(std::string_view field) const;
  bool is_missing_here(std::string_view field) const;
  void note_written(std::string_view field, double value);

  Column& column_;
  const ColumnTally::Reading& reading_;
  char decimal_;
  const MissingWords& missing_;
  bool is_used_;
  bool has_far_year_ = false;
  Mistakes mistakes_;
  std::vector<double> seconds_;
};

}  // namespace chainrule::data
