// A run's checkpoint: what is loaded has the bits that the step had.
#include "run_target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return with_damage(
      SmallRun::checkpoint(SmallRun::middle),
      std::string_view(reinterpret_cast<const char*>(bytes), size),
      [](const SmallRun& run) { run.replay(); },
      [](const SmallRun& run) { resume_run(run.cut(), {.threads = 1}); });
}
