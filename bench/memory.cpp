#include "memory.h"

#include <fmt/format.h>

#include "child.h"

namespace chainrule::bench {
namespace {

// While it trains: what drawing the weights took before is not counted.
double peak_of(const std::string& program, const Workload& workload, int threads) {
  Child child(program, {workload.name, std::to_string(threads), "wall"});
  child.run(1);
  child.forget_peak();
  child.run(2);
  return child.peak_bytes();
}

}  // namespace

std::string memory_table(const std::string& only, int threads) {
  std::string text =
      "| workload | weights and what Adam keeps, MB | ours, MB | libtorch, MB | ours / libtorch "
      "|\n|---|---|---|---|---|\n";
  for (const Workload& workload : workloads()) {
    if (workload.name.find(only) == std::string::npos) continue;
    const int kept = std::holds_alternative<SGD>(workload.optimizer) ? 1 : 3;
    const double own = peak_of(own_program, workload, threads);
    text += fmt::format("| {} | {:.1f} | {:.1f} |", workload.name,
                        4e-6 * static_cast<double>(kept * workload.parameters()), 1e-6 * own);
    if (Child::exists(libtorch_program)) {
      const double other = peak_of(libtorch_program, workload, threads);
      text += fmt::format(" {:.1f} | {:.2f} |\n", 1e-6 * other, own / other);
    } else {
      text += " | |\n";
    }
  }
  return text;
}

}  // namespace chainrule::bench
