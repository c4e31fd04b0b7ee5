// The golden trainings alone, for processors and compilers that the tests do not run on.
// Usage: chainrule_golden [--level baseline|avx2|avx512] [--skip PASS] [--deny-code]
//                         [--only PART_OF_A_NAME] [--print]
// Exit code 1 if a hash is not the one that is written down. --print writes the list anew.
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "golden/deny_code.h"
#include "golden/golden.h"
#include "kernels/dispatch.h"

namespace {

using namespace chainrule;

void limit_to(const std::string& name) {
  for (const kernels::SimdLevel level : kernels::available_simd())
    if (kernels::simd_name(level) == name) return kernels::limit_simd(level);
  fmt::print(stderr, "this processor has no {}\n", name);
  std::exit(2);
}

}  // namespace

int main(int count, char** arguments) {
  golden::Way way;
  std::string only;
  bool prints = false;
  for (int i = 1; i < count; ++i) {
    const std::string argument = arguments[i];
    if (argument == "--print")
      prints = true;
    else if (argument == "--deny-code")
      golden::deny_code();
    else if (argument == "--level" && i + 1 < count)
      limit_to(arguments[++i]);
    else if (argument == "--skip" && i + 1 < count)
      way.skip.insert(arguments[++i]);
    else if (argument == "--only" && i + 1 < count)
      only = arguments[++i];
    else {
      fmt::print(stderr, "{}: unknown; see the top of tests/golden/main.cpp\n", argument);
      return 2;
    }
  }
  int differing = 0, total = 0;
  for (const golden::Training& training : golden::trainings()) {
    if (training.name.find(only) == std::string::npos) continue;
    const std::string hash = training.hash(way);
    if (prints) fmt::print("    {{\"{}\", \"{}\"}},\n", training.name, hash);
    ++total;
    if (prints || hash == golden::expected(training.name)) continue;
    ++differing;
    fmt::print("{}: {}, not {}\n", training.name, hash, golden::expected(training.name));
  }
  if (!prints)
    fmt::print("{}: {} of {} hashes as written down\n", kernels::simd_name(), total - differing,
               total);
  return differing > 0 ? 1 : 0;
}
