// chainrule_bench_own: our engine in a process of its own, to see its memory and its instructions.
#include "serve.h"

int main(int count, char** arguments) {
  using namespace chainrule::bench;
  return serve(count, arguments, "Chainrule", [](const Request& request) {
    return own().make(draw(workload_named(request.workload)), request.setting);
  });
}
