#include "images.h"

namespace chainrule::bench {
namespace {

constexpr std::uint64_t seed = 1;

Problem start_of(const Workload& workload) {
  return {.workload = workload, .start = model_for(workload, 1).weights()};
}

}  // namespace

Images in_memory(const data::Part& part) {
  Images images;
  images.features = Tensor({part.size(), part.data->width()});
  std::vector<float> targets(static_cast<std::size_t>(part.size() * part.data->outputs()));
  part.data->gather(part.rows, images.features.values.data(), targets.data());
  for (const std::int64_t row : part.rows) images.classes.push_back(part.data->class_of(row));
  return images;
}

Model model_for(const Workload& workload, int threads) {
  return {workload.network(), workload.loss, workload.row(),
          ModelOptions{.seed = seed, .threads = threads}};
}

FitPlan mnist_plan(const std::string& folder) {
  data::Prepared data = data::prepare(folder, {.split = {.validation = 0.1}});
  const Workload workload{.name = "MNIST",
                          .widths = {data.train.data->width(), 128, data.train.data->outputs()},
                          .hidden = nn::relu,
                          .last = nn::softmax,
                          .loss = {"cross_entropy"},
                          .optimizer = AdamW{.learning_rate = 3e-3},
                          .batch = 64};
  return {.data = std::move(data),
          .start = start_of(workload),
          .schedule = {.shape = Schedule::Shape::cosine},
          .seed = seed};
}

}  // namespace chainrule::bench
