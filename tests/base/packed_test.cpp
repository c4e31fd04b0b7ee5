#include "base/packed.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/packing.h"
#include "base/peak_memory.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

std::string from_hex(std::string_view digits) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(digits.substr(i, 2)), nullptr, 16));
  return bytes;
}

std::string refusal_of(const std::string& bytes) {
  try {
    unpacked(bytes, "f");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

// The same in all packings but ZIP, of which none may be taken for another.
const std::vector<std::string> streams{"gz", "zst", "xz", "bz2"};

std::string name_of(const std::string& ending) {
  return ending == "gz" ? "gzip" : ending == "zst" ? "Zstandard" : ending == "xz" ? "xz" : "bzip2";
}

std::string some_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 10'007) + "\n";
  return text;
}

// The bytes are from gzip, zstd, xz, bzip2 and zip (Info-ZIP).
TEST(Packed, IsReadAsItsOwnToolWroteIt) {
  for (const char* bytes : {"1f8b08000000000000034bd449e232d431e202007b07970a08000000",
                            "28b52ffd2408410000612c620a312c320a35e7cace",
                            "fd377a585a000004e6d6b4460200210116000000742fe5a3010007612c620a312c320a"
                            "00be9cbd49b5122afe0001"
                            "2008bb19d9bb1fb6f37d010000000004595a",
                            "425a6839314159265359bf87407f00000359000010000430003000200030c00869b288"
                            "23278bb9229c28485fc3a0"
                            "3f80",
                            "504b03040a0000000000831822587b07970a080000000800000005000000742e637376"
                            "612c620a312c320a504b01"
                            "021e030a0000000000831822587b07970a080000000800000005000000000000000100"
                            "0000a48100000000742e63"
                            "7376504b05060000000001000100330000002b0000000000"})
    EXPECT_EQ(unpacked(from_hex(bytes), "f"), "a,b\n1,2\n") << bytes;
}

TEST(Packed, LeavesAllElseAsItIs) {
  for (const std::string text : {"", "a,b\n1,2\n", "BZh", "BZh9,b\n", "PK,b\n", "\x1F", "\x28\xB5"})
    EXPECT_EQ(unpacked(text, "f"), text);
}

TEST(Packed, ComesInPartsAndWithPaddingBehind) {
  const std::string text = some_text();
  for (const std::string& ending : streams) {
    const std::string bytes = packed_as(ending, text);
    EXPECT_LT(bytes.size(), text.size()) << ending;
    EXPECT_EQ(unpacked(bytes, "f"), text) << ending;
    EXPECT_EQ(unpacked(bytes + packed_as(ending, "more"), "f"), text + "more") << ending;
    if (ending != "zst") {  // zstd(1) takes none either
      EXPECT_EQ(unpacked(bytes + std::string(512, '\0'), "f"), text) << ending;
    }
    EXPECT_EQ(unpacked(packed_as(ending, std::string(3'000'000, '0')), "f"),
              std::string(3'000'000, '0'))
        << ending;
  }
  EXPECT_EQ(unpacked(packed_as("gz", ""), "f"), "");
}

TEST(Packed, SaysThatItIsCutOff) {
  for (const std::string& ending : streams) {
    const std::string bytes = packed_as(ending, std::string(1000, 'a') + "bcd");
    const std::size_t told = ending == "gz" ? 2 : ending == "zst" ? 4 : ending == "xz" ? 6 : 10;
    for (std::size_t length = told; length < bytes.size(); ++length)
      EXPECT_EQ(refusal_of(bytes.substr(0, length)),
                "f: the " + name_of(ending) + " data ends too early; fetch or pack the file again")
          << length;
  }
  const std::string zip = zip_of({{"t.csv", some_text()}});
  for (std::size_t length = 4; length < zip.size(); length += 97)
    EXPECT_EQ(refusal_of(zip.substr(0, length)),
              "f: the ZIP data ends too early; fetch or pack the file again")
        << length;
}

// What no checksum covers (a time, a name) may change; the text may not.
TEST(Packed, NeverGivesAnotherTextWhenAByteIsChanged) {
  std::string text;
  for (int i = 0; i < 300; ++i) text += std::to_string(i * 7919 % 1009) + ",";
  std::vector<std::string> files{zip_of({{"t.csv", text}})};
  for (const char* ending : {"gz", "xz", "bz2"}) files.push_back(packed_as(ending, text));
  // zstd(1) writes a checksum, libarchive none.
  files.push_back(from_hex("28b52ffd2408410000612c620a312c320a35e7cace"));
  // Of several streams, each may be the damaged one. What follows gzip's last is padding.
  files.push_back(packed_as("bz2", text) + packed_as("bz2", text));
  for (const std::string& bytes : files) {
    const std::string whole = unpacked(bytes, "f");
    const std::size_t mark = bytes.starts_with("BZh") ? 10 : 6;
    for (std::size_t i = mark; i < bytes.size(); ++i) {
      std::string other = bytes;
      other[i] = static_cast<char>(other[i] ^ 1);
      try {
        EXPECT_TRUE(unpacked(other, "f") == whole) << i;
      } catch (const DataError& error) {
        EXPECT_THAT(error.what(), AnyOf(HasSubstr("data is damaged ("), HasSubstr("ends too early"),
                                        HasSubstr("a password"), HasSubstr("without a file")))
            << i;
      }
    }
  }
  std::string sum = packed_as("gz", text);
  sum[sum.size() - 8] = static_cast<char>(sum[sum.size() - 8] ^ 1);
  EXPECT_EQ(refusal_of(sum),
            "f: the gzip data is damaged (incorrect data check); fetch or pack the file again");
}

TEST(Packed, UnpacksNoMoreThanATextCouldBe) {
  for (const char* ending : {"gz", "zst"}) {
    const std::string member = packed_as(ending, std::string(3'000'000, '0'));
    std::string members;
    for (int i = 0; i < 100; ++i) members += member;
    // Packed twice is no way around it.
    const std::string file = ending[0] == 'z' ? zip_of({{"zeros.zst", members}}) : members;
    EXPECT_EQ(refusal_of(file),
              "f: " + std::to_string(file.size()) + " bytes of " + name_of(ending) +
                  " unpack to more than 256 MiB; if that is meant, unpack the file with " +
                  (ending[0] == 'g' ? "gzip" : "zstd") + " -d and name what comes out");
  }
}

TEST(Packed, AsksForNoMemoryOnTheWordOfAFile) {
  const std::string claim("\xFF\xFF\xFF\x7F", 4);  // 2 GiB, where gzip's unpacked length stands
  const std::int64_t before = peak_megabytes();
  EXPECT_EQ(unpacked(packed_as("gz", "text") + std::string(5'000'000, '\0') + claim, "f"), "text");
  std::string zip = zip_of({{"t", "text"}});
  for (std::size_t at = 0; (at = zip.find(std::string("\4\0\0\0", 4), at)) != std::string::npos;)
    zip.replace(at, 4, claim);
  EXPECT_NE(refusal_of(zip), "");
  EXPECT_LT(peak_megabytes() - before, 500);
}

TEST(PackedZip, HoldsOneFileBesideFoldersAndHiddenOnes) {
  const std::string text = some_text();
  EXPECT_EQ(unpacked(zip_of({{"t.csv", text}}), "f"), text);
  EXPECT_EQ(unpacked(zip_of({{"d/", ""},
                             {"d/.DS_Store", "x"},
                             {"d/붓꽃.csv", text},
                             {"__MACOSX/", ""},
                             {"__MACOSX/d/._t.csv", "x"},
                             {"__MACOSX/d/t.csv", "x"}}),
                     "f"),
            text);
  EXPECT_EQ(refusal_of(zip_of({{"d/", ""}, {".hidden", "x"}})),
            "f: is a ZIP archive without a file in it; pack it again");
  EXPECT_EQ(refusal_of(from_hex("504b0506000000000000000000000000000000000000")),
            "f: is a ZIP archive without a file in it; pack it again");
}

TEST(PackedZip, OfSeveralFilesNamesThem) {
  EXPECT_EQ(refusal_of(zip_of({{"d/a.csv", "1"}, {"d/\x1b[1m.csv", "2"}, {"붓꽃.csv", "3"}})),
            "f: is a ZIP archive of 3 files (d/a.csv, d/␛[1m.csv, 붓꽃.csv); unpack it, and name "
            "one of them");
  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < 1000; ++i) many.emplace_back(std::to_string(i), "x");
  EXPECT_EQ(refusal_of(zip_of(many)),
            "f: is a ZIP archive of 1000 files (0, 1, 2, 3, 4, 5, 6, 7, ...); unpack it, and name "
            "one of them");
}

TEST(PackedZip, WithAPasswordIsNotRead) {
  EXPECT_EQ(refusal_of(from_hex(  // zip -P
                "504b03040a0009000000831822587b07970a140000000800000005000000742e6373768b6634cef69e"
                "e352fad6"
                "149011af395e30dd711b504b07087b07970a1400000008000000504b01021e030a0009000000831822"
                "587b0797"
                "0a1400000008000000050000000000000001000000a48100000000742e637376504b05060000000001"
                "00010033"
                "000000470000000000")),
            "f: is a ZIP archive with a password; unpack it, and name what comes out");
}

TEST(PackedZip, ThatIsADocumentIsCalledSo) {
  const auto said = [](const std::vector<std::string>& names) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const std::string& name : names) files.emplace_back(name, "x");
    return refusal_of(zip_of(files));
  };
  const std::string types = "[Content_Types].xml";
  EXPECT_EQ(said({types, "_rels/.rels", "xl/workbook.xml", "xl/worksheets/sheet1.xml"}),
            "f: is an Excel file; save its sheet as CSV (in Excel: Save As, CSV UTF-8)");
  EXPECT_EQ(said({types, "word/document.xml"}),
            "f: is a Word document; save the table that is in it as CSV");
  EXPECT_EQ(said({types, "ppt/presentation.xml"}),
            "f: is a PowerPoint file; save the table that is in it as CSV");
  EXPECT_EQ(said({types}), "f: is a Microsoft Office file; save the table that is in it as CSV");
  EXPECT_EQ(
      said({"mimetype", "content.xml", "META-INF/manifest.xml"}),
      "f: is an OpenDocument file; save its sheet as CSV (in LibreOffice: Save As, Text CSV)");
  EXPECT_EQ(said({"x_train.npy", "y_train.npy"}),
            "f: is an .npz file of 2 arrays (x_train.npy, y_train.npy); unpack it with unzip, and "
            "name the folder");
  EXPECT_EQ(unpacked(zip_of({{"arr_0.npy", "\x93NUMPY"}}), "f"), "\x93NUMPY")
      << "one array is one file";
}

TEST(Packed, TwiceIsUnpackedTwice) {
  for (const std::string& ending : streams) {
    const std::string once = packed_as(ending, "a,b\n1,2\n"), zip = zip_of({{"t.csv", once}});
    EXPECT_EQ(unpacked(zip, "f"), "a,b\n1,2\n");
    EXPECT_EQ(refusal_of(packed_as(ending, zip)),
              "f: is packed more than twice; unpack it, and name what comes out");
  }
  EXPECT_THAT(refusal_of(zip_of(
                  {{"t.xlsx", zip_of({{"[Content_Types].xml", ""}, {"xl/workbook.xml", ""}})}})),
              HasSubstr("is an Excel file"));
}

TEST(Packed, EndingsAreTakenOffNames) {
  EXPECT_EQ(without_packing("x.csv.gz"), "x.csv");
  EXPECT_EQ(without_packing("d/x.npy.zst"), "d/x.npy");
  for (const char* name : {"x.csv", "x.gz.csv", ".zip", ""}) EXPECT_EQ(without_packing(name), name);
}

}  // namespace
}  // namespace chainrule
