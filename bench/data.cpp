#include "data.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>

#include <fmt/format.h>

#include "chainrule/run.h"
#include "mnist.h"
#include "peer.h"

namespace chainrule::bench {
namespace {

namespace fs = std::filesystem;

// A file that goes away with it.
struct TemporaryFile {
  explicit TemporaryFile(const std::string& text)
      : path(fs::temp_directory_path() / fmt::format("chainrule-bench-{}.csv", getpid())) {
    std::ofstream file(path);
    if (!(file << text).flush()) throw std::runtime_error("cannot write " + path.string());
  }
  ~TemporaryFile() {
    std::error_code ignored;
    fs::remove(path, ignored);
  }
  fs::path path;
};

double uniform(std::mt19937& random) { return static_cast<double>(random()) / 4294967296.0; }

// Twenty columns such as -0.482913.
std::string csv_of_numbers(std::size_t bytes) {
  std::mt19937 random(1);
  std::string text;
  for (int c = 0; c < 20; ++c) text += fmt::format("{}x{}", c ? "," : "", c);
  while (text.size() < bytes)
    for (int c = 0; c < 20; ++c)
      text += fmt::format("{}{:.6f}", c ? "," : "\n", 2 * uniform(random) - 1);
  return text + '\n';
}

// A whole number, a price, all digits of a double, words, words in quotes, and gaps.
std::string csv_of_everything(std::size_t bytes) {
  constexpr const char* cities[] = {"Aarhus", "Bremen", "Cork", "Delft", "Esbjerg", "Faro"};
  constexpr const char* kinds[] = {"\"flat, small\"", "\"flat, large\"", "house"};
  std::mt19937 random(1);
  std::string text = "number,price,exact,city,kind,gaps";
  while (text.size() < bytes) {
    text += fmt::format("\n{},{:.2f},{},{},{},", random() % 100000, 1000 * uniform(random),
                        uniform(random), cities[random() % 6], kinds[random() % 3]);
    if (random() % 4 != 0) text += fmt::format("{:.1f}", uniform(random));
  }
  return text + '\n';
}

double megabytes_per_second(const std::string& text, const DataOptions& options) {
  const TemporaryFile file(text);
  std::vector<double> seconds;
  for (int round = 0; round < (options.quick ? 3 : 7); ++round) {
    const double begin = now(options.clock);
    const data::Source source = data::open(file.path.string());
    seconds.push_back(now(options.clock) - begin);
  }
  return 1e-6 * static_cast<double>(text.size()) / median(seconds);
}

// The rate of steps in fit() over the rate of the same step alone.
double share_of_bare_step(const DataOptions& options) {
  const FitPlan plan = mnist_plan(options.mnist);
  const Workload& workload = plan.start.workload;
  const Setting setting{.clock = options.clock};
  const Stepper step = own().make(draw(workload), setting);
  const auto steps =
      static_cast<double>((plan.data.train.size() + workload.batch - 1) / workload.batch);
  std::vector<double> shares;
  const std::int64_t epochs = options.quick ? 1 : 5;
  for (int round = 0; round < (options.quick ? 1 : 3); ++round) {
    const double bare = step(500).seconds / 500;
    const double whole =
        own_fit(plan, setting, epochs).seconds / (static_cast<double>(epochs) * steps);
    shares.push_back(bare / whole);
  }
  return median(shares);
}

// What a run's recording adds to its training, as a share: fit() alone and train_run() on the same
// data with the same settings, by turns before and after it, since whichever comes second is
// slower.
double recording_cost(const DataOptions& options) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("chainrule-bench-{}", getpid());
  std::vector<double> costs;
  for (int round = 0; round < (options.quick ? 1 : 14); ++round) {
    TrainRequest request;
    request.data = options.mnist;
    request.out = (folder / fmt::format("{}", round)).string();
    request.hidden = {128};
    request.epochs = options.quick ? 1 : 5;
    request.threads = 1;
    double alone = 0;
    const auto fit_alone = [&](const RunPlan& plan) {
      const RunConfig& config = plan.config;
      Model model(config.network, config.loss, config.row, plan.model.options());
      alone = fit(model, config.optimizer, plan.data.train, plan.data.validation,
                  plan.data.encoder.target(), config.fit)
                  .seconds;
    };
    RunObserver observer;
    if (round % 2 == 0)
      observer.on_plan = fit_alone;
    else
      observer.on_saved = [&](const RunPlan& plan, const RunResult&) { fit_alone(plan); };
    const double recorded = train_run(request, observer).history.seconds;
    costs.push_back(recorded / alone - 1);
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  return median(costs);
}

double seconds_to_start() {
  const fs::path here = fs::canonical("/proc/self/exe").parent_path();
  std::string program = (here.parent_path() / "chainrule").string(), argument = "--version";
  char* arguments[] = {program.data(), argument.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<double> seconds;
  for (int round = 0; round < 21; ++round) {
    pid_t child = 0;
    int status = 0;
    const double begin = now(Clock::wall);
    if (posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ) != 0 ||
        waitpid(child, &status, 0) != child || status != 0)
      throw std::runtime_error("cannot run " + program);
    seconds.push_back(now(Clock::wall) - begin);
  }
  posix_spawn_file_actions_destroy(&actions);
  return median(seconds);
}

}  // namespace

std::string data_table(const DataOptions& options) {
  const std::size_t bytes = options.quick ? 5'000'000 : 50'000'000;
  std::string text = "| what | measured | goal |\n|---|---|---|\n";
  text += fmt::format("| CSV of numbers, {} MB | {:.0f} MB/s | 150 |\n", bytes / 1'000'000,
                      megabytes_per_second(csv_of_numbers(bytes), options));
  text += fmt::format("| CSV of numbers, words and gaps, {} MB | {:.0f} MB/s | 150 |\n",
                      bytes / 1'000'000, megabytes_per_second(csv_of_everything(bytes), options));
  if (!options.mnist.empty())
    text += fmt::format("| fit() on MNIST, of the bare step's rate | {:.1f}% | 90% |\n",
                        100 * share_of_bare_step(options));
  if (!options.mnist.empty())
    text += fmt::format("| recording MNIST, of the training's time | {:.1f}% | 1.5% |\n",
                        100 * recording_cost(options));
  text += fmt::format("| chainrule --version | {:.2f} ms | 10 ms |\n", 1e3 * seconds_to_start());
  return text;
}

}  // namespace chainrule::bench
