#include "floor.h"

#include <variant>

namespace chainrule::bench {
namespace {

int arrays_of(const Workload& workload) {
  return std::holds_alternative<SGD>(workload.optimizer) ? 2 : 4;
}

}  // namespace

Floor::Floor(const Workload& workload, int threads)
    : flops_(workload.flops()),
      bytes_((arrays_of(workload) == 4 ? 28.0 : 12.0) * static_cast<double>(workload.parameters())),
      machine_(workload.parameters(), arrays_of(workload), threads) {}

double Floor::measure() {
  const kernels::FloorRates rates = machine_.measure();
  return flops_ * rates.flop + bytes_ * rates.byte;
}

}  // namespace chainrule::bench
