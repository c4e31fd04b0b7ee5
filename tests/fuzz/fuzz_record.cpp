// A run's record.csv: replaying never shows a step that the run did not take.
#include "run_target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return with_damage(
      "record.csv", std::string_view(reinterpret_cast<const char*>(bytes), size),
      [](const SmallRun& run) { run.replay(); },
      [](const SmallRun& run) { resume_run(run.cut(), {.threads = 1}); });
}
