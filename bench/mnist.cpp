#include "mnist.h"

#include <cstdio>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "child.h"

namespace chainrule::bench {

Round own_fit(const FitPlan& plan, const Setting& setting, std::int64_t epochs) {
  const Workload& workload = plan.start.workload;
  Model model = model_for(workload, setting.threads);
  const data::Prepared& data = plan.data;
  const data::Part none{.data = data.train.data, .rows = {}};
  const double begin = now(setting.clock);
  fit(model, workload.optimizer, data.train, none, data.encoder.target(),
      {.epochs = epochs,
       .batch_size = workload.batch,
       .seed = plan.seed,
       .schedule = plan.schedule});
  const double seconds = now(setting.clock) - begin;
  return {evaluate(model, data.test, data.encoder.target()).accuracy, seconds};
}

namespace {

struct Runner {
  Stepper fit;
  std::vector<double> seconds{};
  double accuracy = 0;
};

Runner& best_of(std::vector<Runner>& runners) {
  return *std::ranges::min_element(runners, {},
                                   [](const Runner& runner) { return median(runner.seconds); });
}

}  // namespace

MnistResult measure_mnist(const MnistOptions& options) {
  const FitPlan plan = mnist_plan(options.folder);
  std::vector<Runner> own, theirs;
  for (int count = 1; count <= options.threads; count *= 2) {
    own.push_back({[&plan, setting = Setting{count, options.clock}](std::int64_t epochs) {
      return own_fit(plan, setting, epochs);
    }});
    for (const bool spins : count > 1 ? std::vector{false, true} : std::vector{false}) {
      const std::string clock = options.clock == Clock::cpu ? "cpu" : "wall";
      const auto child = std::make_shared<Child>(
          libtorch_program,
          std::vector<std::string>{"MNIST", std::to_string(count), clock, options.folder}, spins);
      theirs.push_back({[child](std::int64_t epochs) { return child->run(epochs); }});
    }
  }
  MnistResult result{.epochs = options.quick ? 1 : 5, .threads = options.threads};
  for (int round = 0; round < (options.quick ? 1 : 3); ++round) {
    std::fprintf(stderr, "training on MNIST, round %d\n", round + 1);
    for (std::vector<Runner>* side : {&own, &theirs})
      for (Runner& runner : *side) {
        const Round fit = runner.fit(result.epochs);
        runner.seconds.push_back(fit.seconds);
        runner.accuracy = fit.result;
      }
  }
  result.own_seconds = median(best_of(own).seconds);
  result.own_accuracy = best_of(own).accuracy;
  result.libtorch_seconds = median(best_of(theirs).seconds);
  result.libtorch_accuracy = best_of(theirs).accuracy;
  return result;
}

std::string table(const MnistResult& result) {
  return fmt::format(
      "| MNIST, 784-128-10, {} epochs, {} thread(s) | seconds | test accuracy |\n|---|---|---|\n"
      "| chainrule | {:.3f} | {:.2f}% |\n| libtorch | {:.3f} | {:.2f}% |\n| speed-up | {:.2f} | "
      "|\n",
      result.epochs, result.threads, result.own_seconds, 100 * result.own_accuracy,
      result.libtorch_seconds, 100 * result.libtorch_accuracy,
      result.libtorch_seconds / result.own_seconds);
}

}  // namespace chainrule::bench
