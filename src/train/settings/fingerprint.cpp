#include <fmt/format.h>
#include <zlib.h>

#include "data/stored_rows.h"
#include "train/settings/setup.h"

namespace chainrule {
namespace {

class Checksum {
 public:
  template <class T>
  void add(const std::vector<T>& values) {
    if (values.empty()) return;  // without bytes to read, zlib starts anew
    const auto* bytes = reinterpret_cast<const Bytef*>(values.data());
    sum_ = crc32_z(sum_, bytes, values.size() * sizeof(T));
  }
  void add(const std::string& text) {
    sum_ = crc32_z(sum_, reinterpret_cast<const Bytef*>(text.c_str()), text.size() + 1);
  }
  void add(const data::Array& array) {
    add(array.shape.to_string());
    if (array.stored) {
      const data::StoredRows::Sum own = array.stored->sum();
      sum_ = crc32_combine(sum_, own.crc, own.bytes);
    }
    std::visit([&](const auto& values) { add(values); }, array.values);
    for (const std::string& word : array.words) add(word);
  }
  void add(const data::Examples& examples) {
    add(examples.features);
    if (examples.targets) add(*examples.targets);
  }
  void add(const data::Rows& rows) {
    std::visit([&](const auto& kind) { add(kind); }, rows);
  }
  void add(const data::Table& table) {
    for (const data::Column& column : table.columns) {
      add(column.name);
      add(column.numbers);
      add(column.codes);
      for (const std::string& category : column.categories) add(category);
    }
  }
  std::string text() const { return fmt::format("crc32 {:08x}", sum_); }

 private:
  uLong sum_ = crc32(0, nullptr, 0);
};

}  // namespace

std::string fingerprint(const data::Source& source) {
  Checksum checksum;
  checksum.add(source.main);
  for (const auto* part : {&source.test, &source.validation})
    if (*part) checksum.add(**part);
  return checksum.text();
}

}  // namespace chainrule
