// A run's metrics.csv, as the report reads it and a training that goes on.
#include "run_target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return with_damage(
      "metrics.csv", std::string_view(reinterpret_cast<const char*>(bytes), size),
      [](const SmallRun& run) { report(run.folder(), Language::en, {.threads = 1}); },
      [](const SmallRun& run) { resume_run(run.cut(), {.threads = 1}); });
}
