#include "data/file_kinds.h"

#include <algorithm>
#include <array>
#include <string>

#include "data/words.h"

namespace chainrule::data {
namespace {

struct Kind {
  std::string_view beginning, what;
};

constexpr std::array by_first_bytes{
    Kind{"PAR1",
         "is a Parquet file; write it as CSV, in Python with "
         "pandas.read_parquet(..).to_csv(.., index=False)"},
    Kind{"ARROW1",
         "is an Arrow (Feather) file; write it as CSV, in Python with "
         "pandas.read_feather(..).to_csv(.., index=False)"},
    Kind{"\xD0\xCF\x11\xE0",
         "is an Excel file; save its sheet as CSV (in Excel: Save As, CSV UTF-8)"},
    Kind{"7z\xBC\xAF\x27\x1C", "is a 7-Zip archive; unpack it, and name a file of it"},
    Kind{"Rar!\x1A\x07", "is a RAR archive; unpack it, and name a file of it"},
    Kind{"version https://git-lfs",
         "is a Git LFS pointer, not the data itself; get that with git "
         "lfs pull"},
    Kind{"%PDF", "is a PDF file; it needs a table as CSV"},
    Kind{"SQLite format 3", "is an SQLite database; write a table of it as CSV"},
    Kind{"\x89HDF", "is an HDF5 file; write a table of it as CSV, or arrays as .npy"},
    Kind{"$FL2", "is an SPSS file; write it as CSV, in Python with pandas.read_spss"},
    Kind{"$FL3", "is an SPSS file; write it as CSV, in Python with pandas.read_spss"},
    Kind{"<stata_dta>", "is a Stata file; write it as CSV, in Python with pandas.read_stata"},
    Kind{"HEADER RECORD*******LIB",
         "is a SAS transport file; write it as CSV, in Python with pandas.read_sas"},
    Kind{"MATLAB 5.0 MAT-file", "is a MATLAB file; write a table of it as CSV, or arrays as .npy"},
    Kind{"RDX2\n", "is a file of R's; write its table with write.csv(.., row.names = FALSE)"},
    Kind{"RDX3\n", "is a file of R's; write its table with write.csv(.., row.names = FALSE)"},
    Kind{"\x80\x04\x95", "is a Python pickle; write its table with .to_csv(.., index=False)"},
    Kind{"\x80\x05\x95", "is a Python pickle; write its table with .to_csv(.., index=False)"}};

constexpr std::string_view blank_characters = " \t\r\n";

std::string_view from_text_on(std::string_view text) {
  return text.substr(std::min(text.find_first_not_of(blank_characters), text.size()));
}

// The line that the text begins with, taken off it, without blank_characters around.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
  const std::string_view line = trimmed(text.substr(0, end));
  text = from_text_on(text.substr(end));
  return line;
}

// {"name": or [{, and what else a table hardly begins with.
bool is_json(std::string_view text) {
  const bool is_list = text.starts_with('[');
  if (is_list) text = from_text_on(text.substr(1));
  if (!text.starts_with('{')) return false;
  text = from_text_on(text.substr(1));
  if (!text.starts_with('"')) return is_list && text.starts_with('}');
  const std::size_t end = text.find('"', 1);
  return end != std::string_view::npos && from_text_on(text.substr(end + 1)).starts_with(':');
}

bool is_arff(std::string_view text) {
  while (text.starts_with('%')) take_line(text);
  return lower_case(text.substr(0, 9)) == "@relation";
}

// Lines of dashes around or below the names.
bool is_drawn(std::string_view text) {
  const auto is_rule = [](std::string_view line) {
    return line.size() >= 3 && line.find("--") != std::string_view::npos &&
           line.find_first_of("|+") != std::string_view::npos &&
           line.find_first_not_of("|+-: ") == std::string_view::npos;
  };
  const std::string_view names = take_line(text);
  return is_rule(names) || (names.find('|') != std::string_view::npos && is_rule(take_line(text)));
}

// "1 3:0.5 7:1", twice.
bool is_libsvm(std::string_view text) {
  const auto is_row = [](std::string_view line) {
    std::size_t at = line.find(' ');
    if (!parse_number(line.substr(0, at))) return false;
    int pairs = 0;
    double last = -1;
    bool are_times = true;  // 1 12:30 13:45
    while (at != std::string_view::npos) {
      line = line.substr(at + 1);
      at = line.find(' ');
      const std::string_view pair = line.substr(0, at);
      const std::size_t colon = pair.find(':');
      if (colon == 0 || colon == std::string_view::npos || !parse_number(pair.substr(colon + 1)) ||
          !std::ranges::all_of(pair.substr(0, colon), is_digit))
        return false;
      const double index = *parse_number(pair.substr(0, colon));
      if (index <= last) return false;
      last = index;
      are_times = are_times && colon <= 2 && pair.size() == colon + 3 && is_digit(pair[colon + 2]);
      ++pairs;
    }
    return pairs > 0 && !are_times;
  };
  const std::string_view first = take_line(text), second = take_line(text);
  return is_row(first) && is_row(second);
}

}  // namespace

std::string_view other_kind_of_file(std::string_view bytes) {
  for (const Kind& kind : by_first_bytes)
    if (bytes.starts_with(kind.beginning)) return kind.what;
  constexpr std::size_t tar_mark = 257;
  if (bytes.size() > tar_mark && bytes.substr(tar_mark).starts_with("ustar"))
    return "is a tar archive; unpack it with tar -xf, and name a file of it";
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  const std::string_view text = from_text_on(bytes);
  const std::string page = lower_case(text.substr(0, 64));
  if (page.starts_with("<!doctype html") || page.starts_with("<html"))
    return "is a web page (HTML), not a table: the download may have failed; get the file itself";
  if (page.starts_with("<?xml")) return "is an XML file; write its rows as CSV";
  if (is_json(text))
    return "is JSON, not a table; write it as CSV, in Python with pandas.read_json(.., "
           "lines=True).to_csv(.., index=False), without lines=True where it is one list";
  if (is_arff(text))
    return "is an ARFF file (Weka's); write it as CSV: the attributes' names as first row, then "
           "the lines below @data";
  if (is_drawn(text))
    return "is a table drawn with lines, as in Markdown or from a database's console; write it as "
           "CSV, without the lines of dashes";
  if (is_libsvm(text))
    return "is in LibSVM's format (1 3:0.5 7:1); write it as CSV, in Python with "
           "sklearn.datasets.load_svmlight_file";
  return "";
}

}  // namespace chainrule::data
