#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/suggest.h"
#include "data/csv.h"
#include "data/safetensors.h"
#include "data/temporary_folder.h"

namespace chainrule::data {
namespace {

std::string tensor_file(const std::string& header, const std::string& values,
                        std::uint64_t length = 0) {
  std::string file;
  if (length == 0) length = header.size();
  for (int i = 0; i < 8; ++i) file += static_cast<char>(length >> (8 * i) & 0xFF);
  return file + header + values;
}

std::string model_refusal(const std::string& bytes) {
  try {
    parse_tensors(bytes, "m");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Safetensors, ComeBackAsTheyWere) {
  TensorFile file;
  file.tensors["dense1.weight"] = Tensor({2, 3}, {1, 2, 3, 4, 5, -0.1f});
  file.tensors["dense1.bias"] = Tensor({2}, {std::numeric_limits<float>::denorm_min(), 1e38f});
  file.tensors["step"] = Tensor::filled({}, 7.0f);
  file.tensors["none"] = Tensor({0, 4});
  file.metadata = {{"encoder", "{\"a\": \"한국어\"}"}, {"empty", ""}};
  const TemporaryFolder folder;
  write_tensors(folder.file("m.safetensors"), file);
  const TensorFile back = read_tensors(folder.file("m.safetensors"));
  EXPECT_EQ(back.tensors, file.tensors);
  EXPECT_EQ(back.metadata, file.metadata);
  EXPECT_EQ(format_tensors(back), format_tensors(file));
}

TEST(Safetensors, HaveTheBytesOfTheFormat) {
  TensorFile file;
  file.tensors["w"] = Tensor({1}, {1.0f});
  std::string header = R"({"w":{"data_offsets":[0,4],"dtype":"F32","shape":[1]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  EXPECT_EQ(format_tensors(file), tensor_file(header, std::string("\0\0\x80\x3f", 4)));
}

TEST(Safetensors, ReadDoublesAsFloats) {
  const auto file =
      parse_tensors(tensor_file(R"({"w":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}})",
                                std::string("\0\0\0\0\0\0\xf8\x3f", 8)),
                    "m");
  EXPECT_EQ(file.tensors.at("w").values[0], 1.5f);
}

TEST(Safetensors, RefuseDamage) {
  const std::string end = "; take another copy of the file, or save it again";
  const std::string four(4, 'x'), eight(8, 'x');
  EXPECT_EQ(model_refusal("abc"), "m: is too short for a safetensors file" + end);
  EXPECT_EQ(
      model_refusal(tensor_file("{}", "", 1ull << 60)),
      "m: is not a safetensors file, or is cut off: its header would be 1152921504606846976 bytes "
      "and 2 are there" +
          end);
  EXPECT_EQ(model_refusal(tensor_file("{", "")), "m: has a damaged safetensors header" + end);
  EXPECT_EQ(model_refusal(tensor_file("[]", "")), "m: has a damaged safetensors header" + end);
  EXPECT_EQ(model_refusal(tensor_file(std::string(10000, '['), "")),
            "m: has a damaged safetensors header (it is nested too deeply)" + end);
  EXPECT_EQ(model_refusal(tensor_file(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                      R"("w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                                      four)),
            "m: has a damaged safetensors header (the key \"w\" stands twice)" + end);
  EXPECT_EQ(model_refusal(tensor_file(R"({"__metadata__":{"a":"1","b":"2","a":"3"}})", "")),
            "m: has a damaged safetensors header (the key \"a\" stands twice)" + end);
  std::string many = R"({"w":[0)";
  for (int i = 0; i < 1'000'000; ++i) many += ",0";
  EXPECT_EQ(model_refusal(tensor_file(many + "]}", "")),
            "m: has a damaged safetensors header (it holds more than 1000000 values)" + end);
  EXPECT_EQ(model_refusal(tensor_file(R"({"w":{"dtype":"F32"}})", "")),
            "m: tensor \"w\" lacks dtype, shape or data_offsets" + end);
  EXPECT_EQ(
      model_refusal(tensor_file(R"({"w":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}})", four)),
      "m: tensor \"w\" is of type \"F16\"; F32 and F64 are supported: convert it");
  EXPECT_EQ(
      model_refusal(tensor_file(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", four)),
      "m: tensor \"w\" lies outside the file's 4 bytes of values" + end);
  EXPECT_EQ(model_refusal(
                tensor_file(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", eight)),
            "m: tensor \"w\": its shape and its 8 bytes do not agree" + end);
  EXPECT_EQ(
      model_refusal(tensor_file(
          R"({"w":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}})", "")),
      "m: tensor \"w\": its shape and its 0 bytes do not agree" + end);
  EXPECT_EQ(
      model_refusal(tensor_file(
          R"({"w":{"dtype":"F32","shape":[0,4294967296,4294967296],"data_offsets":[0,0]}})", "")),
      "m: tensor \"w\": its shape and its 0 bytes do not agree" + end);
  EXPECT_EQ(model_refusal(
                tensor_file(R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", four)),
            "m: tensor \"w\" has an extent or offset that is no whole number" + end);
  EXPECT_EQ(model_refusal(tensor_file(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},)"
                                      R"("b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})",
                                      four)),
            "m: tensor \"b\" starts at byte 0 of the values, not at 4" + end);
  EXPECT_EQ(model_refusal(tensor_file("{}", four)), "m: has 4 bytes after its last tensor" + end);
  EXPECT_EQ(model_refusal(tensor_file(R"({"__metadata__":{"a":1}})", "")),
            "m: has damaged metadata" + end);
}

TEST(Safetensors, AreNotWrittenOfTensorsThatAreNone) {
  TensorFile file;
  file.tensors["w"] = Tensor({2, 3});
  file.tensors["w"].values.pop_back();
  EXPECT_THROW(format_tensors(file), UsageError);
}

// Encodes `table` with the encoder as it is and as it comes back from JSON; both must agree bit for
// bit.
void expect_round_trip(const Encoder& encoder, const Table& table) {
  const Encoder back = Encoder::from_json(encoder.to_json(), "m");
  EXPECT_EQ(back.to_json(), encoder.to_json());
  const Dataset first = encoder.encode(table), second = back.encode(table);
  ASSERT_EQ(first.width(), second.width());
  std::vector<float> x1(static_cast<std::size_t>(first.width())), x2(x1);
  std::vector<float> y1(static_cast<std::size_t>(first.outputs())), y2(y1);
  for (const std::int64_t row : first.rows_with_target()) {
    first.gather(std::span(&row, 1), x1.data(), y1.data());
    second.gather(std::span(&row, 1), x2.data(), y2.data());
    ASSERT_EQ(x1, x2);
    ASSERT_EQ(y1, y2);
  }
}

TEST(EncoderJson, EncodesAsBefore) {
  for (const char* name : {"penguins", "diabetes", "wine"}) {
    const Source source = open(fmt::format("{}/data/{}.csv", CHAINRULE_SOURCE_DIR, name));
    const Target target = decide_target(source);
    const Encoder encoder = Encoder::fit(source, target, split_rows(target).train);
    expect_round_trip(encoder, std::get<Table>(source.main));
  }
}

TEST(EncoderJson, RefusesWhatIsNotIts) {
  const auto refused = [](const std::string& json) -> std::string {
    try {
      Encoder::from_json(json, "m.safetensors");
    } catch (const DataError& error) {
      return error.what();
    }
    return "";
  };
  const std::string start = "m.safetensors: its description of the data's encoding is damaged (";
  const std::string end = "); train again, or take another copy";
  EXPECT_THAT(refused("{"), testing::StartsWith(start));
  EXPECT_EQ(refused(R"({"version":9})"), start + "its version is 9 and this program reads 1" + end);
  EXPECT_EQ(refused(R"({"version":1e48})"), start + "a number is not whole" + end);
  EXPECT_EQ(refused(R"({"version":1,"target":{"name":"y","task":"guess"}})"),
            start + "the task is unknown" + end);
  EXPECT_EQ(
      refused(
          R"({"version":1,"target":{"name":"y","task":"regression","mean":[0],"deviation":[0]},)"
          R"("columns":[]})"),
      start + "a deviation is not positive" + end);
  EXPECT_EQ(refused(R"({"version":1,"target":{"name":"y","name":"z"}})"),
            start + "the key \"name\" stands twice" + end);
  EXPECT_EQ(refused(R"({"version":1,"target":{"name":"y","task":"regression","mean":[0,0],)"
                    R"("deviation":[1,1]},"columns":[]})"),
            start + "the target's columns are not as many as its outputs" + end);
  EXPECT_EQ(refused(R"({"version":1,"target":{"name":"y","task":"classification","classes":["a"]},)"
                    R"("array":{"shape":[1000000,1000000],"shift":[0],"scale":[1]}})"),
            start + "the shape is out of range" + end);
}

TEST(WriteFile, LeavesTheOldFileWhenItCannotWrite) {
  const TemporaryFolder folder;
  const std::string path = folder.write("a.txt", "old");
  write_file(path, "new");
  EXPECT_EQ(read_file(path), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "no temporary file is left";
  EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("no/b.txt"), "x"); }, folder),
            "no/b.txt: cannot be written: No such file or directory");
  std::filesystem::create_directory(folder.file("c"));
  EXPECT_EQ(message_of<DataError>([&] { write_file(folder.file("c"), "x"); }, folder),
            "c: cannot be written: Is a directory");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 2);
  EXPECT_EQ(message_of<DataError>([&] { read_file(folder.file("c")); }, folder),
            "c: is a folder; name a file in it");
  EXPECT_THAT(message_of<DataError>([&] { read_file(folder.file("no/b.txt")); }, folder),
              testing::StartsWith("no/b.txt: there is no folder "));
}

TEST(Suggest, CountsEdits) {
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3);
  EXPECT_EQ(edit_distance("", "abc"), 3);
  EXPECT_EQ(edit_distance("sepcies", "species"), 1) << "neighbours swapped";
  EXPECT_EQ(edit_distance("Age", "age"), 0);
}

TEST(Suggest, NamesTheNearestOrTheKnown) {
  const std::vector<std::string> names = {"species", "island", "sex"};
  EXPECT_EQ(suggestion("sepcies", names), "did you mean \"species\"?");
  EXPECT_EQ(suggestion("weight", names), "known are \"species\", \"island\", \"sex\"");
  EXPECT_EQ(suggestion("weight", {}), "there are none");
  EXPECT_EQ(suggestion("zzz", std::vector<std::string>(14, "aaaaaa")).substr(120),
            "\"aaaaaa\" and 2 more");
}

}  // namespace
}  // namespace chainrule::data
