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

// What bytes that are not UTF-8 say, where that can be told: UTF-16 by its mark or its zeros; CP949
// (EUC-KR is a part of it) where it gives Hangul, Shift-JIS, EUC-JP and GB18030 where bytes go in
// pairs and give kana or Chinese characters, Windows-1251 where they go in runs of its letters;
// else Windows-1252 where all its bytes are in that.
std::optional<Decoded> decoded(std::string_view bytes);

}  // namespace chainrule::data
