// Text in other encodings than UTF-8, and files that are no text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chainrule::data {

struct Decoded {
  std::string text;           // UTF-8
  std::string_view encoding;  // that it was in
};

// What bytes that are not UTF-8 say, where that can be told: UTF-16 by its mark or its zeros, CP949
// (EUC-KR is a part of it) where it gives Hangul, else Windows-1252 where all its bytes are in
// that.
std::optional<Decoded> decoded(std::string_view bytes);

// What a file is that people take for a table, and the way out: "is an Excel file; ..."; "" if its
// first bytes show nothing of the kind.
std::string_view other_kind_of_file(std::string_view bytes);

}  // namespace chainrule::data
