// safetensors bytes: what is accepted is written and read again alike.
#include "data/safetensors.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const std::string written = format_tensors(parse_tensors(text, "fuzz"));
    claim(format_tensors(parse_tensors(written, "again")) == written);
  });
}
