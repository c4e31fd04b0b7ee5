// What an encoder learns of a column of texts.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

struct TextFit {
  std::optional<ColumnEncoding> learnt{};  // none: the column is left out
  Text treatment{};                        // in words, or why it is left out
  Text hint{};                             // what to do where that is wrong
  std::vector<Text> doubts{};
};

// Texts are categories, unless most rows have another one: then they are names of the rows, which
// are left out but where the column is to be kept, or sentences, of which the words are taken.
TextFit fit_text_column(const Column& column, std::span<const std::int64_t> rows, bool is_kept);

}  // namespace chainrule::data
