#include "data/text_fit.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "data/column_checks.h"
#include "data/column_doubts.h"
#include "data/column_report.h"
#include "data/text_words.h"
#include "data/words.h"
#include "words/messages.h"

namespace chainrule::data {
namespace {

// More distinct texts than this get no feature each.
constexpr std::size_t most_categories = 100;
// So many of the others are kept by name, to tell them from those that were never seen.
constexpr std::size_t most_rare = 10'000;

// How many of the training rows have each of the column's texts, and how many have any.
struct TextCounts {
  std::vector<std::size_t> of{};    // by code
  std::vector<std::size_t> seen{};  // the codes that some row has
  std::size_t present = 0;
};
TextCounts counted(const Column& column, std::span<const std::int64_t> rows) {
  TextCounts counts;
  counts.of.resize(column.categories.size(), 0);
  for (const std::int64_t row : rows) {
    const std::int32_t code = column.codes[static_cast<std::size_t>(row)];
    if (code < 0) continue;
    ++counts.of[static_cast<std::size_t>(code)];
    ++counts.present;
  }
  for (std::size_t k = 0; k < counts.of.size(); ++k)
    if (counts.of[k] > 0) counts.seen.push_back(k);
  return counts;
}

TextFit left_out(Text why, Text hint = {}) {
  TextFit fit;
  fit.treatment = std::move(why);
  fit.hint = std::move(hint);
  return fit;
}

// As many buckets as training has ids, so that few share one, as far as the weights stay few.
TextFit fit_words(const Column& column, const TextCounts& counts, std::size_t rows) {
  constexpr std::int64_t finest = std::int64_t{1} << 20, fewest = 256, most = std::int64_t{1} << 16;
  ColumnEncoding learnt{column.name, ColumnKind::text};
  TextIds ids(finest);
  std::vector<bool> is_used(finest + 1);
  std::int64_t used = 0;
  std::size_t present = 0;
  for (const std::size_t k : counts.seen) {
    if (is_missing(column.categories[k])) continue;
    present += counts.of[k];
    const std::vector<std::int32_t>& own = ids.of(column.categories[k], most_text_ids);
    learnt.slots = std::max(learnt.slots, static_cast<std::int64_t>(own.size()));
    for (const std::int32_t id : own) {
      used += is_used[static_cast<std::size_t>(id)] ? 0 : 1;
      is_used[static_cast<std::size_t>(id)] = true;
    }
  }
  if (learnt.slots == 0) return left_out(in_words(Phrase::holds_no_words));
  learnt.buckets = std::clamp(
      static_cast<std::int64_t>(std::bit_ceil(static_cast<std::uint64_t>(used))), fewest, most);
  learnt.missing_feature = present < rows;
  TextFit fit{.learnt = learnt};
  fit.treatment = in_words(Phrase::column_words_of_text, learnt.slots, learnt.buckets,
                           learnt.missing_feature ? in_words(Phrase::column_missing_flag) : Text());
  return fit;
}

TextFit fit_categories(const Column& column, TextCounts counts, std::size_t rows) {
  TextFit fit;
  const std::vector<std::size_t>& count = counts.of;
  std::vector<std::size_t>& seen = counts.seen;
  const std::size_t present = counts.present;
  Text words;
  if (Text twins = doubt_of_twins(column); !twins.empty()) fit.doubts.push_back(std::move(twins));
  if (column.doubts.empty() && column.notes.empty())
    if (const std::string measured = measured_in(column); !measured.empty())
      fit.doubts.push_back(in_words(Phrase::measures_as_categories, quote(column.name),
                                    column.categories.size(), measured));
  ColumnEncoding learnt{column.name, ColumnKind::categorical};
  if (seen.size() > most_categories) {
    // The most frequent first, of equally frequent ones the earlier name.
    std::stable_sort(seen.begin(), seen.end(),
                     [&](std::size_t a, std::size_t b) { return count[a] > count[b]; });
    std::size_t others = 0;
    for (std::size_t i = most_categories; i < seen.size(); ++i) {
      others += count[seen[i]];
      if (seen.size() - most_categories <= most_rare)
        learnt.rare.push_back(column.categories[seen[i]]);
    }
    words = in_words(Phrase::column_others, seen.size() - most_categories,
                     plural(static_cast<std::int64_t>(others), "row"), others);
    seen.resize(most_categories);
    std::sort(seen.begin(), seen.end());
    learnt.other_feature = true;
  }
  for (const std::size_t k : seen) learnt.categories.push_back(column.categories[k]);
  learnt.missing_feature = present < rows;
  for (const std::size_t k : seen)
    if (is_missing(column.categories[k]))
      words += in_words(Phrase::column_own_category, quote(column.categories[k]),
                        plural(static_cast<std::int64_t>(count[k]), "row"), count[k]);
  const bool is_one = learnt.width() == 1;
  const Text columns = in_words(learnt.missing_feature ? is_one ? Phrase::column_with_missing_one
                                                                : Phrase::column_with_missing
                                : is_one               ? Phrase::column_one
                                                       : Phrase::column_many,
                                learnt.width());
  fit.treatment =
      (learnt.other_feature ? in_words(Phrase::column_most_frequent, most_categories, columns)
                            : in_words(Phrase::column_one_hot, columns)) +
      words;
  fit.learnt = std::move(learnt);
  return fit;
}

}  // namespace

TextFit fit_text_column(const Column& column, std::span<const std::int64_t> rows, bool is_kept) {
  TextCounts counts = counted(column, rows);
  const std::size_t texts = counts.seen.size(), present = counts.present;
  if (present == 0) return left_out(in_words(Phrase::has_no_value));
  const bool are_many = texts > identifier_from && (texts > most_categories || 2 * texts > present);
  const bool is_text = column.asked ? *column.asked == ColumnKind::text
                                    : are_many && are_sentences(column.categories);
  if (is_text) return fit_words(column, counts, rows.size());
  if (!is_kept) {
    const std::string measured = measured_in(column);
    if (looks_distinct(texts, present) && !measured.empty())
      return left_out(in_words(Phrase::holds_measures, measured));
    const Text hint =
        have_words(column.categories) ? in_words(Phrase::if_words_matter, column.name) : Text();
    if (looks_distinct(texts, present) || are_keys(column, texts, present))
      return left_out(in_words(Phrase::is_like_identifier, texts, present), hint);
    if (is_free_text(column) && 2 * texts > present)
      return left_out(in_words(Phrase::is_of_several_words, texts, present), hint);
  }
  return fit_categories(column, std::move(counts), rows.size());
}

}  // namespace chainrule::data
