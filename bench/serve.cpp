#include "serve.h"

#include <malloc.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdlib>
#include <exception>
#include <iostream>

#include <fmt/format.h>

namespace chainrule::bench {

int serve(int count, char** arguments, const std::string& version,
          const std::function<Stepper(const Request&)>& make) {
  if (count < 4) {
    std::cerr << "usage: " << arguments[0]
              << " WORKLOAD THREADS wall|cpu[,channels_last] [MNIST-FOLDER]\n";
    return 2;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  std::cout << version << std::endl;
  try {
    const std::string_view how = arguments[3];
    const Setting setting{.threads = std::atoi(arguments[2]),
                          .clock = how.starts_with("cpu") ? Clock::cpu : Clock::wall,
                          .channels_last = how.ends_with(",channels_last")};
    const Stepper stepper = make(
        {.workload = arguments[1], .setting = setting, .mnist = count > 4 ? arguments[4] : ""});
    malloc_trim(0);  // what was drawn is in the engine now
    for (std::int64_t steps; std::cin >> steps;) {
      const Round round = stepper(steps);
      std::cout << fmt::format("{} {}", round.result, round.seconds) << std::endl;
    }
    return 0;
  } catch (const std::exception& error) {
    std::cout << error.what() << std::endl;
    return 1;
  }
}

}  // namespace chainrule::bench
