#include "mnist.h"

#include <cstdio>
#include <vector>

#include <fmt/format.h>

#include "libtorch.h"

namespace chainrule::bench {
namespace {

constexpr std::uint64_t seed = 1;

Images in_memory(const data::Part& part) {
  Images images;
  images.features = Tensor({part.size(), part.data->width()});
  std::vector<float> targets(static_cast<std::size_t>(part.size() * part.data->outputs()));
  part.data->gather(part.rows, images.features.values.data(), targets.data());
  for (const std::int64_t row : part.rows) images.classes.push_back(part.data->class_of(row));
  return images;
}

Model model_for(const Workload& workload, int threads) {
  return {workload.network(), workload.loss, workload.inputs(),
          ModelOptions{.seed = seed, .threads = threads}};
}

Problem start_of(const Workload& workload) {
  Problem start{.workload = workload};
  const auto weights = model_for(workload, 1).weights();
  for (std::size_t i = 1; i < workload.widths.size(); ++i) {
    start.weights.push_back(weights.at(fmt::format("dense{}.weight", i)));
    start.biases.push_back(weights.at(fmt::format("dense{}.bias", i)));
  }
  return start;
}

FitResult own_fit(const FitPlan& plan, const data::Prepared& data, int threads) {
  Model model = model_for(plan.start.workload, threads);
  const data::Part none{.data = data.train.data, .rows = {}};
  const double begin = now(plan.clock);
  fit(model, plan.start.workload.optimizer, data.train, none, data.encoder.target(),
      {.epochs = plan.epochs,
       .batch_size = plan.start.workload.batch,
       .seed = plan.seed,
       .schedule = plan.schedule});
  const double seconds = now(plan.clock) - begin;
  return {seconds, evaluate(model, data.test, data.encoder.target()).accuracy};
}

}  // namespace

MnistResult measure_mnist(const MnistOptions& options) {
  const data::Prepared data = data::prepare(options.folder, {.split = {.validation = 0.1}});
  const Images train = in_memory(data.train), test = in_memory(data.test);
  const Workload workload{.name = "MNIST",
                          .widths = {data.train.data->width(), 128, data.train.data->outputs()},
                          .hidden = nn::relu,
                          .last = nn::softmax,
                          .loss = {"cross_entropy"},
                          .optimizer = AdamW{.learning_rate = 3e-3},
                          .batch = 64};
  const FitPlan plan{.start = start_of(workload),
                     .schedule = {.shape = Schedule::Shape::cosine},
                     .epochs = options.quick ? 1 : 5,
                     .seed = seed,
                     .clock = options.clock};
  std::vector<double> own_seconds, libtorch_seconds;
  MnistResult result{.epochs = static_cast<int>(plan.epochs), .threads = options.threads};
  for (int round = 0; round < (options.quick ? 1 : 3); ++round) {
    std::fprintf(stderr, "training on MNIST, round %d\n", round + 1);
    const FitResult own = own_fit(plan, data, options.threads);
    const FitResult theirs = libtorch_fit(plan, train, test, options.threads);
    own_seconds.push_back(own.seconds);
    libtorch_seconds.push_back(theirs.seconds);
    result.own_accuracy = own.accuracy;
    result.libtorch_accuracy = theirs.accuracy;
  }
  result.own_seconds = median(own_seconds);
  result.libtorch_seconds = median(libtorch_seconds);
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
