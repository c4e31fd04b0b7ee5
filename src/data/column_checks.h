// What a column seems to be beside what it holds.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "chainrule/data.h"

namespace chainrule::data {

// Fewer rows than this may all differ by chance.
inline constexpr std::size_t identifier_from = 50;

// What kind of identifier a column of numbers is: whole numbers, another one in every row, that
// only say which row it is; "" if it is none.
Text identifier(const Column& column);

// Whether so many distinct texts in so many rows only say which row it is.
bool looks_distinct(std::size_t distinct, std::size_t rows);

// Whether few rows are enough to say so: texts that differ in every row under an identifier's name,
// or of the kind that machines make, such as hashes and addresses of mail.
bool are_keys(const Column& column, std::size_t distinct, std::size_t rows);

// Many texts that are written as numbers are, in whatever form: one of them; "" if they are few.
std::string measured_in(const Column& column);

// Sentences, or lists of words, rather than names.
bool is_free_text(const Column& column);

// Rows that hold sums of others by a word such as "Total" or "Subtotal" in one of their columns.
struct Totals {
  const Column* column = nullptr;  // none: there are no such rows
  std::string word{};
  std::int64_t rows = 0;
  bool are_last = false;  // it is one row, the last one
};
Totals totals_in(const Table& table);

// Whether each of its texts stands once, with empty fields below, as cells that were joined over
// several rows are exported.
bool looks_merged(const Column& column);

// Two categories that differ in nothing but capital letters and spaces around them: "\"Red\" and
// \"red\""; "" if there are none.
Text twins_in(const Column& column);

// A number, or a date, that stands for "missing" in some files: one of the up to three least or
// largest, each in several rows, farther from the others than those are from each other.
struct Sentinel {
  double value = 0;
  std::int64_t rows = 0;
};
std::optional<Sentinel> sentinel_of(const Column& column);

// How well the column alone tells the target, if that is nearly perfectly and better than any
// guess: a share of rows, or R2; 0 if not. Learnt from half of the training rows (of 20,000 of
// them at most), and tried on the others.
double told_alone(const Column& column, const Column& target_column, const Target& target,
                  std::span<const std::int64_t> rows);

}  // namespace chainrule::data
