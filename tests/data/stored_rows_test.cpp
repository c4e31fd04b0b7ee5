// Rows that stay in their file are the same numbers as those of the file in memory.
#include "data/stored_rows.h"

#include <bit>
#include <cmath>
#include <filesystem>
#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/data.h"
#include "data/array_bytes.h"
#include "data/temporary_folder.h"
#include "train/settings/setup.h"

namespace chainrule::data {
namespace {

constexpr std::int64_t rows = 50, width = 6;

// Small whole numbers, which every type holds; no two rows alike.
int number(std::int64_t row, std::int64_t feature) {
  return static_cast<int>((row * 5 + feature * feature * 3 + row * feature) % 101);
}

template <class T>
std::string packed(bool big_endian) {
  std::string all;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t f = 0; f < width; ++f)
      all += bytes_of<T>({static_cast<T>(number(row, f))}, big_endian);
  return all;
}

// IEEE binary16 of a whole number from 0 to 2048.
std::uint16_t half_of(int whole) {
  if (whole == 0) return 0;
  const int exponent = std::bit_width(static_cast<unsigned>(whole)) - 1;
  return static_cast<std::uint16_t>((exponent + 15) << 10 | (whole << (10 - exponent) & 1023));
}

std::string halves(bool big_endian) {
  std::string all;
  for (std::int64_t row = 0; row < rows; ++row)
    for (std::int64_t f = 0; f < width; ++f)
      all += bytes_of<std::uint16_t>({half_of(number(row, f))}, big_endian);
  return all;
}

class StoredRowsTest : public testing::Test {
 protected:
  Array stored(const std::string& name) const {
    return stored_array(folder_.file(name), 0).value();
  }

  void expect_numbers(const std::string& name, std::size_t type) const {
    SCOPED_TRACE(name);
    const Array array = stored(name);
    EXPECT_EQ(array.shape, (Shape{rows, width}));
    EXPECT_EQ(array.values.index(), type);
    // Forwards, a row at a time; and backwards, where nothing follows what was read.
    RowReader reader(*array.stored);
    const auto expect_row = [&](std::int64_t row) {
      reader.read(row, [&](const auto numbers) {
        ASSERT_EQ(numbers.size(), static_cast<std::size_t>(width));
        for (std::int64_t f = 0; f < width; ++f)
          EXPECT_EQ(static_cast<int>(numbers[static_cast<std::size_t>(f)]), number(row, f));
      });
    };
    for (std::int64_t row = 0; row < rows; ++row) expect_row(row);
    for (std::int64_t row = rows; row-- > 0;) expect_row(row);
    EXPECT_EQ(array.at(7 * width + 2), number(7, 2));
  }

  const TemporaryFolder folder_;
};

const std::string shape_text = "(50, 6)";

TEST_F(StoredRowsTest, AreReadFromEveryTypeOfNpy) {
  const auto write = [&](const std::string& type, const std::string& bytes) {
    folder_.write(type + ".npy", npy_of(type, shape_text, bytes));
  };
  write("|u1", packed<std::uint8_t>(false));
  write("|i1", packed<std::int8_t>(false));
  expect_numbers("|u1.npy", 0);
  expect_numbers("|i1.npy", 1);
  for (const bool big : {false, true}) {
    const std::string order = big ? ">" : "<";
    write(order + "i2", packed<std::int16_t>(big));
    write(order + "u2", packed<std::uint16_t>(big));
    write(order + "i4", packed<std::int32_t>(big));
    write(order + "u4", packed<std::uint32_t>(big));
    write(order + "i8", packed<std::int64_t>(big));
    write(order + "u8", packed<std::uint64_t>(big));
    write(order + "f2", halves(big));
    write(order + "f4", packed<float>(big));
    write(order + "f8", packed<double>(big));
    for (const std::string type : {"i2", "u2", "f2", "f4"})
      expect_numbers(order + type + ".npy", 1);
    for (const std::string type : {"i4", "u4", "i8", "u8", "f8"})
      expect_numbers(order + type + ".npy", 2);
  }
}

TEST_F(StoredRowsTest, AreReadFromEveryTypeOfIdx) {
  const auto write = [&](const std::string& name, char type, const std::string& bytes) {
    folder_.write(name, idx(type, {50, 6}, bytes));
  };
  write("u1", 0x08, packed<std::uint8_t>(true));
  write("i1", 0x09, packed<std::int8_t>(true));
  write("i2", 0x0B, packed<std::int16_t>(true));
  write("i4", 0x0C, packed<std::int32_t>(true));
  write("f4", 0x0D, packed<float>(true));
  write("f8", 0x0E, packed<double>(true));
  expect_numbers("u1", 0);
  for (const char* name : {"i1", "i2", "f4"}) expect_numbers(name, 1);
  for (const char* name : {"i4", "f8"}) expect_numbers(name, 2);
}

TEST_F(StoredRowsTest, AreThoseOfLargePlainFilesInCOrder) {
  const auto stays = [&](const std::string& name, std::int64_t larger_than) {
    return stored_array(folder_.file(name), larger_than).has_value();
  };
  const std::string file = npy_of("<f4", shape_text, packed<float>(false));
  folder_.write("x.npy", file);
  const auto size = static_cast<std::int64_t>(file.size());
  EXPECT_TRUE(stays("x.npy", size - 1));
  EXPECT_FALSE(stays("x.npy", size));
  folder_.write("fortran.npy", npy_of("<f4", shape_text, packed<float>(false), true));
  folder_.write("words.npy", npy_of("|S4", shape_text, packed<float>(false)));
  folder_.write("table.csv", "a,b\n1,2\n");
  for (const char* name : {"fortran.npy", "words.npy", "table.csv", "missing.npy", "."})
    EXPECT_FALSE(stays(name, 0)) << name;
  EXPECT_THAT(english(stored("x.npy").notes),
              testing::ElementsAre(testing::HasSubstr("stays where it is")));
}

TEST_F(StoredRowsTest, RefuseWhatTheFileInMemoryRefuses) {
  const std::string bytes = packed<float>(false);
  folder_.write("short.npy", npy_of("<f4", shape_text, bytes.substr(1)));
  folder_.write("long.npy", npy_of("<f4", shape_text, bytes + "x"));
  folder_.write("short", idx(0x0D, {50, 6}, bytes.substr(1)));
  folder_.write("big.npy", npy_of("<i8", "(2, 1)", bytes_of<std::int64_t>({1, (1LL << 53) + 1})));
  for (const char* name : {"short.npy", "long.npy", "short"}) {
    SCOPED_TRACE(name);
    const auto in_memory = [&] {
      return std::string(name) == "short" ? read_idx(folder_.file(name))
                                          : read_npy(folder_.file(name));
    };
    const std::string said = message_of<DataError>(in_memory, folder_);
    EXPECT_NE(said, "");
    EXPECT_EQ(message_of<DataError>([&] { stored(name); }, folder_), said);
  }
  const Array beyond = stored("big.npy");
  EXPECT_THAT(message_of<DataError>([&] { beyond.stored->sum(); }, folder_),
              testing::StartsWith("big.npy: value 2 is 9007199254740993, a whole number beyond"));
}

TEST_F(StoredRowsTest, SayThatTheirFileWasChanged) {
  const std::string file = npy_of("<f4", shape_text, packed<float>(false));
  const std::string path = folder_.write("x.npy", file);
  const Array array = stored("x.npy");
  const auto sum = [&] { array.stored->sum(); };
  std::filesystem::resize_file(path, file.size() - 4);
  EXPECT_EQ(message_of<DataError>(sum, folder_),
            "x.npy: has become shorter while it was read; bring it back as it was");
  folder_.write("x.npy", file);
  std::filesystem::last_write_time(path,
                                   std::filesystem::last_write_time(path) + std::chrono::hours(1));
  EXPECT_EQ(message_of<DataError>(sum, folder_),
            "x.npy: was written while its rows were read from it; bring it back as it was");
}

// The same examples, of which the features are in memory or in their file.
struct Both {
  Source in_memory, in_file;
};

class StoredExamples : public StoredRowsTest {
 protected:
  Both both(const std::string& type, const std::string& bytes,
            const std::string& shape = shape_text) const {
    const std::string path = folder_.write("x.npy", npy_of(type, shape, bytes));
    std::vector<double> classes;
    for (std::int64_t row = 0; row < rows; ++row)
      classes.push_back(static_cast<double>(row * row % 7 % 2));
    const Array y{"y.npy", {rows}, classes};
    return {{Examples{read_npy(path), y}}, {Examples{stored("x.npy"), y}}};
  }

  static Prepared prepared(const Source& source, Scaling scaling) {
    return prepare(source, {.encode = {.scaling = scaling}});
  }
};

std::vector<std::uint32_t> bits_of(const Dataset& data, std::span<const std::int64_t> which,
                                   const Dataset::Moves& moves = {}) {
  std::vector<float> features(which.size() * static_cast<std::size_t>(data.width()));
  data.gather(which, features.data(), nullptr, moves);
  std::vector<std::uint32_t> bits;
  for (const float x : features) bits.push_back(std::bit_cast<std::uint32_t>(x));
  return bits;
}

TEST_F(StoredExamples, AreEncodedToTheBitsOfThoseInMemory) {
  std::string odd;  // fractions, of which sums round
  for (std::int64_t i = 0; i < rows * width; ++i) odd += bytes_of<double>({std::sqrt(i * 7.1)});
  const std::vector<std::int64_t> some{3, 4, 5, 49, 0, 17, 16, 48, 3};
  for (const auto& [type, bytes] : {std::pair{"<f8", odd}, std::pair{"|u1", packed<char>(false)}})
    for (const Scaling scaling :
         {Scaling::automatic, Scaling::standard, Scaling::minmax, Scaling::none}) {
      SCOPED_TRACE(type + std::to_string(static_cast<int>(scaling)));
      const Both sources = both(type, bytes);
      EXPECT_EQ(fingerprint(sources.in_file), fingerprint(sources.in_memory));
      const Prepared wanted = prepared(sources.in_memory, scaling),
                     got = prepared(sources.in_file, scaling);
      EXPECT_EQ(got.encoder.to_json(), wanted.encoder.to_json());
      EXPECT_EQ(got.train.rows, wanted.train.rows);
      EXPECT_EQ(bits_of(*got.train.data, some), bits_of(*wanted.train.data, some));
      EXPECT_EQ(got.train.data->hashes(some), wanted.train.data->hashes(some));
      EXPECT_EQ(got.notes, wanted.notes);
    }
}

TEST_F(StoredExamples, AreMovedAsThoseInMemoryAre) {
  const Dataset::Moves moves{.how = {.shift = 1, .flip = true}, .seed = 5, .step = 3};
  const std::vector<std::int64_t> some{3, 4, 11, 0, 49};
  const auto moved = [&](const Source& source) {
    return bits_of(*prepared(source, Scaling::none).train.data, some, moves);
  };
  for (const auto& [type, bytes] :
       {std::pair{"<f4", packed<float>(false)}, std::pair{"|u1", packed<std::uint8_t>(false)}}) {
    const Both pictures = both(type, bytes, "(50, 2, 3)");
    EXPECT_EQ(moved(pictures.in_file), moved(pictures.in_memory));
  }
}

TEST_F(StoredExamples, WithoutANumberAreRefusedWithTheirPlace) {
  std::string bytes = packed<float>(false);
  const std::string nan = bytes_of<float>({std::numeric_limits<float>::quiet_NaN()});
  bytes.replace((11 * 6 + 4) * 4, 4, nan);
  for (const Scaling scaling : {Scaling::none, Scaling::standard}) {
    const Both sources = both("<f4", bytes);
    const std::string said =
        message_of<DataError>([&] { prepared(sources.in_memory, scaling); }, folder_);
    EXPECT_THAT(said, testing::StartsWith("x.npy: row 12, feature 5 is NaN"));
    EXPECT_EQ(message_of<DataError>([&] { prepared(sources.in_file, scaling); }, folder_), said);
  }
}

}  // namespace
}  // namespace chainrule::data
