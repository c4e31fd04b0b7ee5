// Packed bytes of every kind: what comes out is within its bounds, and is itself where nothing is
// packed in it.
#include <algorithm>

#include "base/packed.h"
#include "target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const std::string out = unpacked(std::string(text), "fuzz");
    claim(out.size() <= std::max(100 * text.size(), std::size_t{256} << 20));
    claim(unpacked(out, "fuzz") == out);
  });
}
