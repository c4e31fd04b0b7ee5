// chainrule_bench: step times of Chainrule and of its peers.
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>

#include <fmt/format.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "child.h"
#include "data.h"
#include "memory.h"
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

struct Arguments {
  StepOptions steps;
  bool lists_calls = false, measures_data = false, measures_memory = false;
  std::string json_file, scaling_file, mnist;
};

void describe(CLI::App& app, Arguments& given) {
  StepOptions& steps = given.steps;
  app.add_option("--threads", steps.threads, "the most threads; each side has its best setting");
  app.add_flag("--quick", steps.quick, "shorter rounds, fewer of them");
  app.add_option("--only", steps.only, "workloads whose name contains this");
  app.add_flag("--alone", steps.alone, "without the peers, as for a profiler");
  app.add_option("--without", steps.without, "a compiler pass: ours without it takes part too");
  app.add_flag_callback(
      "--cpu-time", [&] { steps.clock = Clock::cpu; },
      "count processor time: for one thread on a machine that others use too");
  app.add_option("--json", given.json_file, "also write the results here");
  app.add_option("--mnist", given.mnist, "folder with the four files of MNIST")
      ->envname("CHAINRULE_MNIST");
  app.add_flag("--calls", given.lists_calls, "instead: the time of each kernel call of our step");
  app.add_flag("--data", given.measures_data,
               "instead: reading, fit() beside the bare step, the program's start");
  app.add_option("--scaling", given.scaling_file,
                 "instead: how the cost grows with batch, width and depth, written here");
  app.add_flag("--memory", given.measures_memory, "instead: the most memory that training takes");
}

bool does_mnist(const Arguments& given) {
  return !given.mnist.empty() && !given.steps.alone && Child::exists(libtorch_program) &&
         std::string("MNIST").find(given.steps.only) != std::string::npos;
}

// Prints the tables; returns what --json writes.
nlohmann::json compare(const Arguments& given) {
  if (!given.steps.alone) describe_libtorch();
  const std::vector<StepResult> steps = measure_steps(given.steps);
  nlohmann::json json = to_json(steps);
  if (!steps.empty()) fmt::print("{}\n", table(steps));
  if (!does_mnist(given)) return json;
  const MnistResult result = measure_mnist({.folder = given.mnist,
                                            .threads = given.steps.threads,
                                            .quick = given.steps.quick,
                                            .clock = given.steps.clock});
  json.push_back(to_json(result));
  fmt::print("{}\n", table(result));
  return json;
}

void write(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text).flush()) throw std::runtime_error("cannot write " + path);
}

int run(int count, char** arguments) {
  CLI::App app("Times training steps beside other engines");
  Arguments given;
  describe(app, given);
  CLI11_PARSE(app, count, arguments);
  const StepOptions& steps = given.steps;
  if (steps.clock == Clock::cpu && steps.threads > 1)
    throw std::runtime_error("--cpu-time adds up all threads; it says nothing for more than one");
  if (given.lists_calls) {
    fmt::print("{}", call_table(steps));
  } else if (given.measures_data) {
    fmt::print("{}",
               data_table({.mnist = given.mnist, .quick = steps.quick, .clock = steps.clock}));
  } else if (given.measures_memory) {
    fmt::print("{}", memory_table(steps.only, steps.threads));
  } else if (!given.scaling_file.empty()) {
    write(given.scaling_file, scaling_blocks(steps));
  } else {
    const nlohmann::json json = compare(given);
    if (!given.json_file.empty()) write(given.json_file, json.dump(2) + '\n');
  }
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
