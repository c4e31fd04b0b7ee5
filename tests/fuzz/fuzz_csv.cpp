// CSV text, and all that is done with a table until it is batches.
#include <cmath>
#include <vector>

#include "data/csv.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const Source source{parse_csv(text, "fuzz.csv"), {}};
    const Table& table = std::get<Table>(source.main);
    claim(table.lines.size() == table.rows);
    for (const Column& column : table.columns)
      claim(static_cast<std::int64_t>(column.numbers.size() + column.codes.size()) == table.rows);
    const Target target = decide_target(source);
    const Split split = split_rows(target);
    const Encoder encoder = Encoder::fit(source, target, split.train);
    claim(Encoder::from_json(encoder.to_json(), "fuzz").to_json() == encoder.to_json());
    const Dataset data = encoder.encode(table);
    std::vector<float> x(static_cast<std::size_t>(data.width())),
        y(static_cast<std::size_t>(data.outputs()));
    for (const std::int64_t row : split.train) {
      data.gather(std::span(&row, 1), x.data(), y.data());
      for (const float value : x) claim(std::isfinite(value));
      for (const float value : y) claim(std::isfinite(value));
    }
  });
}
