// chainrule_bench: step times of Chainrule and of its peers.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "child.h"
#include "mnist.h"
#include "steps.h"

namespace chainrule::bench {
namespace {

nlohmann::json to_json(const std::vector<StepResult>& results) {
  nlohmann::json list = nlohmann::json::array();
  for (const StepResult& result : results) {
    nlohmann::json peers = nlohmann::json::object(), speedup = nlohmann::json::object();
    for (const auto& [name, seconds] : result.peers) {
      peers[name] = 1e6 * seconds;
      speedup[name] = seconds / result.own;
    }
    list.push_back({{"workload", result.workload},
                    {"threads", result.threads},
                    {"ours_us", 1e6 * result.own},
                    {"floor_us", 1e6 * result.floor},
                    {"ratio_to_floor", result.own / result.floor},
                    {"peers", peers},
                    {"speedup", speedup}});
  }
  return list;
}

nlohmann::json to_json(const MnistResult& result) {
  return {{"workload", fmt::format("MNIST, {} epochs", result.epochs)},
          {"threads", result.threads},
          {"ours_us", 1e6 * result.own_seconds},
          {"peers", {{"libtorch", 1e6 * result.libtorch_seconds}}},
          {"speedup", {{"libtorch", result.libtorch_seconds / result.own_seconds}}},
          {"accuracy", {{"ours", result.own_accuracy}, {"libtorch", result.libtorch_accuracy}}}};
}

void describe_libtorch() {
  if (!Child::exists(libtorch_program)) {
    fmt::print("LibTorch is left out: libtorch-dev was not there when this was built.\n\n");
    return;
  }
  const std::string version = Child(libtorch_program, {"2-2-2", "1", "wall"}).version();
  fmt::print("{}\n\n", version);
  if (version.find("openblas") == std::string::npos)
    fmt::print("This is not OpenBLAS: LibTorch may be many times slower than it can be.\n\n");
}

int run(int count, char** arguments) {
  StepOptions options;
  bool counts_cpu = false, lists_calls = false;
  std::string json_file;
  MnistOptions mnist;
  CLI::App app("Times training steps beside other engines");
  app.add_option("--threads", options.threads, "the most threads; each side has its best setting");
  app.add_flag("--quick", options.quick, "shorter rounds, fewer of them");
  app.add_option("--only", options.only, "workloads whose name contains this");
  app.add_flag("--alone", options.alone, "without the peers, as for a profiler");
  app.add_option("--without", options.without, "a compiler pass: ours without it takes part too");
  app.add_flag("--calls", lists_calls, "ours only: the time of each kernel call of a step");
  app.add_flag("--cpu-time", counts_cpu,
               "count processor time: for one thread on a machine that others use too");
  app.add_option("--json", json_file, "also write the results here");
  app.add_option("--mnist", mnist.folder, "folder with the four files of MNIST")
      ->envname("CHAINRULE_MNIST");
  CLI11_PARSE(app, count, arguments);
  options.clock = counts_cpu ? Clock::cpu : Clock::wall;
  if (counts_cpu && options.threads > 1)
    throw std::runtime_error("--cpu-time adds up all threads; it says nothing for more than one");

  if (lists_calls) {
    fmt::print("{}", call_table(options));
    return 0;
  }
  if (!options.alone) describe_libtorch();
  const std::vector<StepResult> steps = measure_steps(options);
  nlohmann::json json = to_json(steps);
  if (!steps.empty()) fmt::print("{}\n", table(steps));
  if (!mnist.folder.empty() && !options.alone && Child::exists(libtorch_program) &&
      std::string("MNIST").find(options.only) != std::string::npos) {
    mnist.threads = options.threads;
    mnist.quick = options.quick;
    mnist.clock = options.clock;
    const MnistResult result = measure_mnist(mnist);
    json.push_back(to_json(result));
    fmt::print("{}\n", table(result));
  }
  if (json_file.empty()) return 0;
  std::ofstream file(json_file);
  if (!(file << json.dump(2) << '\n').flush())
    throw std::runtime_error("cannot write " + json_file);
  return 0;
}

}  // namespace
}  // namespace chainrule::bench

int main(int count, char** arguments) {
  try {
    return chainrule::bench::run(count, arguments);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "chainrule_bench: %s\n", error.what());
    return 1;
  }
}
