// Files with a mark at the place that an error must point to.
#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "chainrule/error.h"

namespace chainrule {

struct Marked {
  std::string text;  // without the mark
  std::int64_t line = 0, column = 0;
};

// The mark is ^, which nothing in our files uses.
inline Marked marked(std::string_view with_mark) {
  const std::size_t at = with_mark.find('^');
  if (at == std::string_view::npos) throw std::logic_error("no ^ in the text");
  Marked found{std::string(with_mark), 1, 1};
  found.text.erase(at, 1);
  for (const char c : with_mark.substr(0, at)) {
    ++found.column;
    if (c == '\n') {
      ++found.line;
      found.column = 1;
    }
  }
  return found;
}

// That `read` refuses the file at the mark, and says so in these words.
template <class Read>
void expect_refused(std::string_view with_mark, const std::string& message, Read read) {
  const Marked file = marked(with_mark);
  try {
    read(file.text);
    ADD_FAILURE() << "not refused:\n" << with_mark;
  } catch (const DataError& error) {
    EXPECT_EQ(error.what(), error.where().file + ":" + std::to_string(file.line) + ":" +
                                std::to_string(file.column) + ": " + message)
        << with_mark;
  }
}

}  // namespace chainrule
