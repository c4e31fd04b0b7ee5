// A whole run folder in which any file is damaged, and all that can be done with it.
#include "run_target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  const std::vector<std::string> names = small_run().names();
  const std::string& name = names[bytes[0] % names.size()];
  return with_damage(
      name, std::string_view(reinterpret_cast<const char*>(bytes) + 1, size - 1),
      [](const SmallRun& run) { Run::open(run.folder(), {.threads = 1}).verify(); },
      [](const SmallRun& run) { SavedRun::open(run.folder()).predict(run.data()); },
      [](const SmallRun& run) { report(run.folder(), Language::en, {.threads = 1}); },
      [&](const SmallRun& run) {
        // A changed configuration may ask for a training of any length.
        if (name != "config.toml") resume_run(run.cut(), {.threads = 1});
      });
}
