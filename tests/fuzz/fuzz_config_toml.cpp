// A run's config.toml, which is read twice: the data and the training, and the network.
#include "target.h"
#include "train/network/network_file.h"
#include "train/settings/config.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const TrainRequest request = parse_config(text, "config.toml");
    claim(request.epochs && *request.epochs >= 1 && request.batch_size && *request.batch_size >= 1);
    const std::string written = to_toml(parse_network(text, "config.toml", config_tables));
    claim(to_toml(parse_network(written, "again.toml")) == written);
  });
}
