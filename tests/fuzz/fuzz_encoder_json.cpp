// An encoder's JSON: what is accepted can be used, and comes back alike.
#include "data/csv.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const Encoder encoder = Encoder::from_json(text, "fuzz");
    const std::string written = encoder.to_json();
    claim(Encoder::from_json(written, "again").to_json() == written);
    encoder.feature_name(0);
    encoder.feature_name(encoder.width() - 1);
    const Table table = parse_csv("x,k,y\n1,red,2\n2,blue,3\n,,4\n", "table.csv");
    const Dataset data = encoder.encode(table);
    std::vector<float> x(static_cast<std::size_t>(data.width())),
        y(static_cast<std::size_t>(data.outputs()));
    for (std::int64_t row = 0; row < 3; ++row) data.gather(std::span(&row, 1), x.data(), y.data());
  });
}
