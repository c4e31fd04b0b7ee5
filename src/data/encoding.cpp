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

// Whether nearly all that is not ASCII is Hangul, which is U+AC00 to U+D7A3.
bool is_hangul(std::string_view text) {
  std::size_t hangul = 0, others = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0xC0) continue;  // ASCII, or within a character
    ++(byte >= 0xEA && byte <= 0xED ? hangul : others);
  }
  return 10 * hangul >= 7 * (hangul + others);
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
    if (auto text = converted(bytes, "CP949"); text && is_hangul(*text))
      return Decoded{std::move(*text), "CP949"};
  if (10 * utf8.characters > utf8.strays) return std::nullopt;  // UTF-8 that is damaged
  if (auto text = converted(bytes, "WINDOWS-1252"))
    return Decoded{std::move(*text), "Windows-1252"};
  return std::nullopt;
}

std::string_view other_kind_of_file(std::string_view bytes) {
  struct Kind {
    std::string_view beginning, what;
  };
  constexpr std::array kinds{
      Kind{"PAR1",
           "is a Parquet file; write it as CSV, in Python with "
           "pandas.read_parquet(..).to_csv(.., index=False)"},
      Kind{"\xD0\xCF\x11\xE0",
           "is an Excel file; save its sheet as CSV (in Excel: Save As, CSV UTF-8)"},
      Kind{"7z\xBC\xAF\x27\x1C", "is a 7-Zip archive; unpack it, and name a file of it"},
      Kind{"Rar!\x1A\x07", "is a RAR archive; unpack it, and name a file of it"},
      Kind{"version https://git-lfs",
           "is a Git LFS pointer, not the data itself; get that with git "
           "lfs pull"},
      Kind{"%PDF", "is a PDF file; it needs a table as CSV"},
      Kind{"SQLite format 3", "is an SQLite database; write a table of it as CSV"},
      Kind{"\x89HDF", "is an HDF5 file; write a table of it as CSV, or arrays as .npy"}};
  for (const Kind& kind : kinds)
    if (bytes.starts_with(kind.beginning)) return kind.what;
  constexpr std::size_t tar_mark = 257;
  if (bytes.size() > tar_mark && bytes.substr(tar_mark).starts_with("ustar"))
    return "is a tar archive; unpack it with tar -xf, and name a file of it";
  const std::string start = lower_case(bytes.substr(0, 256));
  const std::size_t text = start.find_first_not_of(" \t\r\n");
  const std::string_view page = std::string_view(start).substr(std::min(text, start.size()));
  if (page.starts_with("<!doctype html") || page.starts_with("<html"))
    return "is a web page (HTML), not a table: the download may have failed; get the file itself";
  return "";
}

}  // namespace chainrule::data
