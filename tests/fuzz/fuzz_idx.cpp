// IDX bytes: an array that is accepted has as many values as its shape says.
#include "data/arrays.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const Array array = parse_idx(text, "fuzz");
    const auto count = std::visit([](const auto& values) { return values.size(); }, array.values);
    claim(static_cast<std::int64_t>(count) == array.shape.size());
    if (array.rows() > 0) claim(array.rows() * array.width() == array.shape.size());
  });
}
