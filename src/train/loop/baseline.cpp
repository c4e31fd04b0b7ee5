#include "train/loop/baseline.h"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "train/loop/scores.h"
#include "train/loop/steps.h"

namespace chainrule {

namespace {

// Of a table with texts each bag is linear in the words that are there; ids are no numbers.
nn::Sequential linear_network(const data::Encoder& encoder) {
  const std::int64_t outputs = encoder.target().outputs();
  const nn::Layer dense = nn::Dense{.units = outputs, .init = nn::Init::zeros};
  const std::vector<data::TextFeatures> texts = encoder.text_features();
  if (texts.empty()) return {dense};
  nn::Sequential network;
  std::vector<std::int64_t> others;
  std::vector<std::string> parts;
  std::int64_t next = 0;
  for (const data::TextFeatures& text : texts) {
    for (; next < text.first; ++next) others.push_back(next);
    next += text.slots;
    parts.push_back(fmt::format("text{}", parts.size() + 1));
    network.layers.push_back(nn::Layer(nn::Pick{text.features()}).from({"input"}));
    network.layers.push_back(
        nn::Layer(nn::EmbeddingBag{.entries = text.buckets + 1, .size = outputs})
            .named(parts.back()));
  }
  for (; next < encoder.width(); ++next) others.push_back(next);
  if (!others.empty()) {
    network.layers.push_back(nn::Layer(nn::Pick{others}).from({"input"}));
    network.layers.push_back(dense.named("others"));
    parts.emplace_back("others");
  }
  if (parts.size() > 1) network.layers.push_back(nn::Layer(nn::Add{}).from(parts));
  return network;
}

// Where members see rows of their own, a model alone counts each as often as they do on average.
data::Part seen_by_one(const data::Part& train) {
  const std::int64_t members = train.data->weights_per_row();
  if (members == 1) return train;
  std::vector<float> weights(static_cast<std::size_t>(train.data->rows()));
  for (std::size_t row = 0; row < weights.size(); ++row) {
    double sum = 0;
    for (std::int64_t member = 0; member < members; ++member)
      sum += static_cast<double>(train.data->row_weight(static_cast<std::int64_t>(row), member));
    weights[row] = static_cast<float>(sum / static_cast<double>(members));
  }
  auto data = std::make_shared<data::Dataset>(*train.data);
  data->set_row_weights(std::move(weights));
  return {.data = std::move(data), .rows = train.rows};
}

}  // namespace

Scores linear_scores(const RunConfig& config, const data::Encoder& encoder, const data::Part& train,
                     const data::Part& part) {
  const data::TargetEncoding& target = encoder.target();
  if (part.rows.empty() || !target.quantiles.empty()) return {};
  const bool is_classes = target.task == data::Task::classification;
  const nn::Sequential network = linear_network(encoder);
  Model model(network, loss_named(is_classes ? "cross_entropy" : "mean_squared_error"),
              part.data->width(), {.seed = config.seed, .threads = config.threads});
  // The problem is convex: some hundred steps of a falling size come close to its optimum.
  constexpr std::int64_t enough_steps = 600;
  FitOptions options{.batch_size = std::min<std::int64_t>(train.size(), 256),
                     .seed = config.seed,
                     .schedule = {.shape = Schedule::Shape::cosine},
                     .keep_best = false};
  const std::int64_t per_epoch = steps_per_epoch(train.size(), options);
  options.epochs = (enough_steps + per_epoch - 1) / per_epoch;
  const Optimizer adam = AdamW{.learning_rate = 0.03, .weight_decay = 0.01};
  fit(model, adam, seen_by_one(train), {}, target, options);
  return judge(model, part, target).scores;
}

}  // namespace chainrule
