// NPY bytes: an array that is accepted has as many values as its shape says, and strings are places
// among the words.
#include <cmath>

#include "data/arrays.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const Array array = parse_npy(text, "fuzz");
    const auto count = std::visit([](const auto& values) { return values.size(); }, array.values);
    claim(static_cast<std::int64_t>(count) == array.shape.size());
    const auto words = static_cast<double>(array.words.size());
    for (std::int64_t i = 0; words > 0 && i < array.shape.size(); ++i)
      claim(std::isnan(array.at(i)) || (array.at(i) >= 0 && array.at(i) < words));
    if (array.rows() > 0) claim(array.rows() * array.width() == array.shape.size());
  });
}
