// A network as TOML: what is accepted is written and read back as the same network.
#include "target.h"
#include "train/network/network_file.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const std::string written = to_toml(parse_network(text, "fuzz.toml"));
    claim(to_toml(parse_network(written, "again.toml")) == written);
  });
}
