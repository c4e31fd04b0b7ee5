// Tables in the dialects that people write: what separates fields, and what marks decimals.
#include "data/dialect.h"

#include <iconv.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/csv.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

using testing::ElementsAre;

struct Case {
  std::string text;
  Dialect dialect;
};

const std::vector<Case> cases{
    {"a,b\n1,2\n3,4\n", {}},
    {"17,8;7,8;2,3\n15,6;3,4;8,9\n1,2;3,4;5,6\n", {';', ','}},           // commas are decimal
    {"Length, cm;Width, cm;ok\n1.5;2.5;yes\n3.5;4.5;no\n", {';', '.'}},  // commas in the names
    {"preis;menge\n1.234,50;3\n99,90;12\n", {';', ','}},
    {"price\tcount\n1,234.50\t3\n99.90\t12\n", {'\t', '.'}},
    {"x;y\n1,234;5\n2,345;6\n", {';', ','}},  // could be either
    {"x;y\n0,234;5\n2,345;6\n", {';', ','}},  // thousands do not begin with 0
    {"x;y\n1.234.567,5;5\n2;6\n", {';', ','}},
    {"\"x\",\"y\"\n\"1,5\",\"2,25\"\n\"3,5\",\"4,75\"\n", {',', ','}},
    {"a|b|c\n1|2,x;y|3\n4|5,y|6\n", {'|', '.'}},
    {"name|text\nAda|one, two; three\nBob|four, five; six\n", {'|', '.'}},
    {"18.0   8   307.0\t\"chevrolet chevelle malibu\"\n15.0   8   350.0\t\"buick skylark\"\n",
     {' ', '.'}},
    {"  1 2\n 3   4\n", {' ', '.'}},
    {"1,5 2,5\n3,5 4,5\n0,25 1\n", {' ', ','}},
    {"when;value\n2024-01-01 10:00;1\n2024-01-02 11:30;2\n", {';', '.'}},
    {"when,value\n2024-01-01 10:00,1\n2024-01-02 11:30,2\n", {}},
    {"tags,n\na;b;c,1\nd;e;f,2\ng;h;i,3\n", {}},
    {"names\nAda Lovelace\nGrace Hopper\nKurt Gödel\n", {}},  // one column
    {"1, 2, 3\n4, 5, 6\n", {}},
    {"n\n1\n2\n", {}},
    {"\"a,b,c\";d\n1;2\n", {';', '.'}},
    {"", {}}};

TEST(Dialect, IsFoundFromAllRows) {
  for (const auto& [text, dialect] : cases) {
    const Dialect found = find_dialect(text, {});
    EXPECT_EQ(found.delimiter, dialect.delimiter) << text;
    EXPECT_EQ(found.decimal, dialect.decimal) << text;
  }
}

TEST(Dialect, IsWhatTheOptionsSay) {
  EXPECT_EQ(find_dialect("a,b\n1,2\n", {.delimiter = ';'}).delimiter, ';');
  EXPECT_EQ(find_dialect("a;b\n1,5;2\n", {.decimal = '.'}).decimal, '.');
  const Dialect expected{';', ','};
  EXPECT_EQ(find_dialect("1,234;2\n", {.expected = expected}), expected) << "left open by the row";
  EXPECT_EQ(find_dialect("1.5\t2\n2.5\t3\n", {.expected = expected}), (Dialect{'\t', '.'}));
}

TEST(Dialect, WithDecimalCommasHasPointsBetweenThousandsOnly) {
  EXPECT_EQ(parse_number("1.234,5", ','), 1234.5);
  EXPECT_EQ(parse_number("-12.345.678", ','), -12345678);
  EXPECT_EQ(parse_number("+,5", ','), 0.5);
  EXPECT_EQ(parse_number("1,5e3", ','), 1500);
  EXPECT_EQ(parse_number("1234", ','), 1234);
  for (const char* text :
       {"1.5", "12.34,5", "1234.567", "1,234,5", "1,234.5", ".123", "1..234", ",", "", "x,5"})
    EXPECT_FALSE(parse_number(text, ',')) << text;
}

TEST(Dialect, OfSpacesTakesAnyNumberOfThem) {
  const Table table =
      parse_csv(" 18.0   8\t\"chevrolet, old\"  \n15   4\t\"buick\"\n\n  \n1  2 x", "f.txt");
  ASSERT_EQ(table.columns.size(), 3U);
  EXPECT_EQ(table.rows, 3);
  EXPECT_THAT(table.columns[0].numbers, ElementsAre(18, 15, 1));
  EXPECT_THAT(table.columns[1].numbers, ElementsAre(8, 4, 2));
  EXPECT_THAT(table.columns[2].categories, ElementsAre("buick", "chevrolet, old", "x"));
}

TEST(Dialect, LetsEachColumnHaveItsOwnDecimalMark) {
  const Table table = parse_csv("a;b\n1,5;0.5\n2,5;0.25\n", "f.csv");
  EXPECT_THAT(table.columns[0].numbers, testing::ElementsAre(1.5, 2.5));
  EXPECT_THAT(table.columns[1].numbers, testing::ElementsAre(0.5, 0.25));
  EXPECT_EQ(table.columns[0].written.en, "\"1,5\" is 1.5");
}

// The same numbers and dates, written in every way.
class Writer {
 public:
  explicit Writer(std::uint64_t seed) : random_(seed, 0) {}

  struct Written {
    std::string text;
    Dialect dialect;
    std::vector<std::vector<double>> columns;  // NaN where missing
    std::string encoding;
  };

  Written write() {
    Written written;
    written.dialect.delimiter = ",;\t| "[random_.below(5)];
    written.dialect.decimal = random_.below(2) == 0 ? '.' : ',';
    quotes_all_ = random_.below(4) == 0;
    const std::string end = random_.below(2) == 0 ? "\n" : "\r\n";
    const std::size_t columns = 2 + random_.below(6), rows = 20 + random_.below(400);
    written.columns.resize(columns);
    std::vector<std::string> record;
    missing_ = words_for_missing[random_.below(std::size(words_for_missing))];
    forms_.clear();
    for (std::size_t c = 0; c < columns; ++c) forms_.push_back(c == 0 ? 0 : random_.below(8));
    written.dialect.header = random_.below(2) == 0;
    if (written.dialect.header) {
      for (std::size_t c = 0; c < columns; ++c) record.push_back(fmt::format("name{}", c));
      record.push_back("label");
      written.text += line(record, written.dialect.delimiter) + end;
    }
    for (std::size_t row = 0; row < rows; ++row) {
      record.clear();
      for (std::size_t c = 0; c < columns; ++c) {
        const bool is_missing = c > 0 && random_.below(10) == 0;
        const auto [field, value] = forms_[c] < 7 ? number(forms_[c], written.dialect.decimal)
                                                  : date(written.dialect.delimiter);
        written.columns[c].push_back(is_missing ? std::nan("") : value);
        record.push_back(is_missing ? missing_ : field);
      }
      record.push_back(labels[random_.below(std::size(labels))]);
      written.text += line(record, written.dialect.delimiter) + end;
    }
    written.encoding = random_.below(3) == 0 ? "UTF-16" : "UTF-8";
    if (written.encoding == "UTF-16") written.text = in_utf16(written.text);
    return written;
  }

 private:
  // A number as it stands in a column of this form, and what it is: as the C library reads its
  // digits.
  std::pair<std::string, double> number(std::size_t form, char decimal) {
    const bool negative = random_.below(2) == 0;
    const std::string plain =
        fmt::format("{:.2f}", static_cast<double>(random_.below(2'000'000)) / 1e2);
    std::string digits = plain;
    std::ranges::replace(digits, '.', decimal);
    if (form == 1)  // marks between thousands
      for (std::size_t at = digits.size() - 3; at > 3; at -= 3)
        digits.insert(at - 3, 1, decimal == '.' ? ',' : '.');
    const std::string sign = negative ? "-" : "";
    std::string field = sign + digits;
    if (form == 2) field = sign + "$" + digits;
    if (form == 3) field = digits + "%";
    if (form == 4) field = sign + digits + " kg";
    if (form == 5) field = negative ? "(" + digits + ")" : digits;
    if (form == 6) field = (negative ? "\u2212" : "") + digits;
    const double size = std::strtod((plain + (form == 3 ? "e-2" : "")).c_str(), nullptr);
    return {field, negative && form != 3 ? -size : size};
  }

  // The first one tells the order.
  std::pair<std::string, double> date(char delimiter) {
    const auto day = static_cast<std::int64_t>(random_.below(20'000));
    const std::time_t seconds = (has_dates_ ? day : 12'000) * 86400;  // 2002-11-09 .. see below
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    if (!has_dates_) parts.tm_mday = 28;
    has_dates_ = true;
    char field[40];
    std::strftime(field, sizeof field, delimiter == ' ' ? "%d/%m/%Y" : "%d/%m/%Y %H:%M", &parts);
    return {field, static_cast<double>(timegm(&parts) / 86400)};
  }

  static std::string in_utf16(const std::string& text) {
    const iconv_t to = iconv_open("UTF-16LE", "UTF-8");
    std::string out(2 * text.size() + 2, '\0');
    char *from = const_cast<char*>(text.data()), *at = out.data();
    std::size_t left = text.size(), room = out.size();
    iconv(to, &from, &left, &at, &room);
    iconv_close(to);
    out.resize(out.size() - room);
    return "\xFF\xFE" + out;
  }

  static constexpr const char* words_for_missing[] = {"NA", "n/a", "-", "?", "null", "#N/A", "NaN"};
  static constexpr const char* labels[] = {"red", "green", "dark blue", "yes, of course",
                                           "O'Hara \"Bob\""};

  std::string line(const std::vector<std::string>& record, char delimiter) const {
    std::string text;
    for (const std::string& field : record) {
      if (!text.empty()) text += delimiter == ' ' ? "  " : std::string(1, delimiter);
      const bool must = field.find_first_of("\"") != std::string::npos ||
                        field.find(delimiter) != std::string::npos;
      if (!must && !quotes_all_) {
        text += field;
        continue;
      }
      text += '"';
      for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    return text;
  }

  RandomStream random_;
  bool quotes_all_ = false, has_dates_ = false;
  std::string missing_;
  std::vector<std::size_t> forms_;
};

TEST(Dialect, SlowChangesNoNumber) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto [text, dialect, columns, encoding] = Writer(seed).write();
    const Table table = parse_csv(text, fmt::format("{}.csv", seed));
    EXPECT_EQ(table.dialect, dialect) << text.substr(0, 200);
    EXPECT_EQ(table.encoding, encoding);
    ASSERT_EQ(table.columns.size(), columns.size() + 1) << text.substr(0, 200);
    for (std::size_t c = 0; c < columns.size(); ++c)
      EXPECT_THAT(table.columns[c].numbers,
                  testing::Pointwise(testing::NanSensitiveDoubleEq(), columns[c]))
          << text.substr(0, 400);
  }
}

}  // namespace
}  // namespace chainrule::data
