// Whole numbers that no double holds, and the lines of rows.
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "data/csv.h"

namespace chainrule::data {
namespace {

// A column's first whole number that double does not hold: "LINE: TEXT".
std::string rounded(const std::string& field) {
  const Table table = parse_csv("x,y\n1,2\n" + field + ",3\n", "f.csv");
  const auto& found = table.columns[0].rounded;
  return found ? fmt::format("{}: {}", found->line, found->text) : "none";
}

TEST(Csv, NotesWholeNumbersThatDoubleDoesNotHold) {
  for (const char* exact :
       {"9007199254740992", "9007199254740994", "-9007199254740992", "18446744073709551616", "0.1",
        "000000000000000000000012", "1e23", "9.007199254740993e15", "0.12345678901234567890123",
        "9007199254740993.5", "3.000000000000000000e+00"})
    EXPECT_EQ(rounded(exact), "none") << exact;
  for (const char* other :
       {"9007199254740993", "-9007199254740993", "+9007199254740993", "9007199254740993.",
        "9007199254740993.00", "0009007199254740993", "123456789012345678901234567890"})
    EXPECT_EQ(rounded(other), fmt::format("3: {}", other));
  // Integers know whether they come back.
  RandomStream random(2, 0);
  for (int i = 0; i < 300; ++i) {
    const std::uint64_t bits = random.below(std::uint64_t{1} << 62) >> random.below(12);
    const std::uint64_t number = bits & ~std::uint64_t{random.below(2) == 0 ? 0u : 1023u};
    const bool comes_back = static_cast<std::uint64_t>(static_cast<double>(number)) == number;
    EXPECT_EQ(rounded(fmt::format("{}", number)),
              comes_back ? "none" : fmt::format("3: {}", number));
  }
}

TEST(LineNumbers, AreThoseThatWerePutIn) {
  RandomStream random(3, 0);
  LineNumbers numbers;
  std::vector<std::int64_t> truth;
  for (std::int64_t line = 2; truth.size() < 2000; line += random.below(5) == 0 ? 3 : 1) {
    numbers.push_back(line);
    truth.push_back(line);
  }
  ASSERT_EQ(numbers.size(), 2000);
  for (std::size_t row = 0; row < truth.size(); ++row)
    EXPECT_EQ(numbers.of(static_cast<std::int64_t>(row)), truth[row]);
  for (const std::int64_t row : {-1, 2000}) EXPECT_EQ(numbers.of(row), 0) << "there is none";
}

}  // namespace
}  // namespace chainrule::data
