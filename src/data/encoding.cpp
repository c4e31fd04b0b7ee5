#include "data/encoding.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <iconv.h>

#include "data/words.h"

namespace chainrule::data {
namespace {

using Converter = std::unique_ptr<void, int (*)(iconv_t)>;

// Nothing if a byte has no meaning in the encoding, or the system does not know it.
std::optional<std::string> converted(std::string_view bytes, const char* encoding) {
  iconv_t opened = iconv_open("UTF-8", encoding);
  if (opened == reinterpret_cast<iconv_t>(-1)) return std::nullopt;  // NOLINT: the system's sign
  const Converter converter(opened, iconv_close);
  std::string text(3 * bytes.size() + 4, '\0');  // no character takes more in UTF-8
  char* from = const_cast<char*>(bytes.data());  // NOLINT: iconv only reads it
  char* to = text.data();
  std::size_t left = bytes.size(), room = text.size();
  if (iconv(opened, &from, &left, &to, &room) != 0 || left != 0) return std::nullopt;
  text.resize(text.size() - room);
  return text;
}

// Bytes beyond ASCII as encodings of two bytes per character would have them; in Western texts most
// of them stand alone between ASCII letters.
struct PairCount {
  std::size_t pairs = 0, odd = 0;  // odd: bytes that are in no pair
  std::size_t shift_jis = 0;       // pairs with a first byte that only Shift-JIS uses much
  std::size_t kana = 0;            // pairs that are kana in EUC-JP
  std::size_t high = 0;            // bytes from E0 on: the small letters of Windows-1251
};
PairCount count_pairs(std::string_view bytes) {
  PairCount count;
  const auto byte = [&](std::size_t i) {
    return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0u;
  };
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned lead = byte(i), trail = byte(i + 1);
    if (lead < 0x80) continue;
    count.high += (lead >= 0xE0) + (trail >= 0xE0);
    const bool is_shift_jis = lead >= 0x81 && lead <= 0x9F && trail >= 0x40 && trail != 0x7F;
    if (!is_shift_jis && (lead < 0xA1 || trail < 0xA1)) {
      ++count.odd;
      continue;
    }
    ++count.pairs;
    count.shift_jis += is_shift_jis;
    count.kana += lead == 0xA4 || lead == 0xA5;
    ++i;
  }
  return count;
}

// Characters beyond ASCII by the first byte of their UTF-8.
std::size_t count_leads(std::string_view text, unsigned char first, unsigned char last) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [&](char c) {
    return static_cast<unsigned char>(c) >= first && static_cast<unsigned char>(c) <= last;
  }));
}
bool are_most_of(std::size_t some, std::size_t all) { return 10 * some >= 7 * all; }

// Hangul is U+AC00 to U+D7A3; Chinese characters, from U+4E00 on, are rare in Korean.
bool is_korean(std::string_view text) {
  const std::size_t hangul = count_leads(text, 0xEA, 0xED), hanja = count_leads(text, 0xE4, 0xE9);
  return are_most_of(hangul, count_leads(text, 0xC0, 0xFF)) && 20 * hanja <= hangul;
}
bool has_kana_or_han(std::string_view text) {
  return are_most_of(count_leads(text, 0xE3, 0xE9), count_leads(text, 0xC0, 0xFF));
}

// In one of the encodings that take two bytes for a character, or in Cyrillic letters.
std::optional<Decoded> decoded_pairs(std::string_view bytes) {
  const PairCount count = count_pairs(bytes);
  const auto try_as = [&](const char* encoding, const char* name,
                          bool (*is_meant)(std::string_view)) -> std::optional<Decoded> {
    auto text = converted(bytes, encoding);
    if (!text || !is_meant(*text)) return std::nullopt;
    return Decoded{std::move(*text), name};
  };
  if (2 * count.shift_jis > count.pairs + count.odd)
    if (auto japanese = try_as("CP932", "Shift-JIS", has_kana_or_han)) return japanese;
  if (auto korean = try_as("CP949", "CP949", is_korean)) return korean;
  if (count.pairs <= 2 * count.odd) return std::nullopt;
  if (10 * count.high >= 6 * (2 * count.pairs + count.odd))
    return try_as("WINDOWS-1251", "Windows-1251", [](std::string_view) { return true; });
  if (10 * count.kana >= count.pairs)
    if (auto japanese = try_as("EUC-JP", "EUC-JP", has_kana_or_han)) return japanese;
  return try_as("GB18030", "GB18030", has_kana_or_han);
}

// How much of it is UTF-8: characters of several bytes, which other encodings have by chance only,
// and bytes that belong to no character.
struct Utf8Count {
  std::size_t characters = 0, strays = 0;
};
Utf8Count count_utf8(std::string_view bytes) {
  Utf8Count count;
  while (!bytes.empty()) {
    const std::size_t length = valid_text_length(bytes);
    count.characters += static_cast<std::size_t>(std::ranges::count_if(
        bytes.substr(0, length), [](char c) { return static_cast<unsigned char>(c) >= 0xC0; }));
    count.strays += length < bytes.size() ? 1 : 0;
    bytes.remove_prefix(std::min(length + 1, bytes.size()));
  }
  return count;
}

// Which bytes of a pair are 0, where there is no mark: in text most are those of one half.
const char* utf16_of(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF")) return "UTF-16";
  const std::string_view start = bytes.substr(0, 4096);
  std::array<std::size_t, 2> zeros{};
  for (std::size_t i = 0; i < start.size(); ++i) zeros[i % 2] += start[i] == '\0';
  const std::size_t most = start.size() / 4;  // half of the half
  if (zeros[1] > most && zeros[0] == 0) return "UTF-16LE";
  if (zeros[0] > most && zeros[1] == 0) return "UTF-16BE";
  return nullptr;
}

}  // namespace

std::optional<Decoded> decoded(std::string_view bytes) {
  if (const char* utf16 = utf16_of(bytes)) {
    auto text = converted(bytes, utf16);
    if (!text || text->find('\0') != std::string::npos) return std::nullopt;
    return Decoded{std::move(*text), "UTF-16"};
  }
  if (bytes.find('\0') != std::string_view::npos) return std::nullopt;
  const Utf8Count utf8 = count_utf8(bytes);
  if (utf8.characters < utf8.strays)
    if (auto pairs = decoded_pairs(bytes)) return pairs;
  if (10 * utf8.characters > utf8.strays) return std::nullopt;  // UTF-8 that is damaged
  if (auto text = converted(bytes, "WINDOWS-1252"))
    return Decoded{std::move(*text), "Windows-1252"};
  return std::nullopt;
}

}  // namespace chainrule::data
