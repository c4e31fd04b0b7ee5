// Handwritten digits from a CSV file: read, split, train, and score on rows never seen.
#include <cstdio>

#include "chainrule/chainrule.h"

using namespace chainrule;

int main(int argc, char** argv) {
  try {
    const data::Prepared digits = data::prepare(argc > 1 ? argv[1] : "data/digits.csv");
    const data::TargetEncoding& target = digits.encoder.target();
    Model model({nn::Dense{64, nn::relu}, nn::Dense{target.outputs()}}, loss_named("cross_entropy"),
                digits.encoder.width(), {.seed = 1});
    const FitOptions options{.epochs = 20,
                             .batch_size = 32,
                             .schedule = {.shape = Schedule::Shape::cosine},
                             .on_progress = [](const Progress& now) {
                               std::printf("epoch %2d: loss %.4f\n", static_cast<int>(now.epoch),
                                           now.train_loss);
                               return true;
                             }};
    fit(model, AdamW{.learning_rate = 3e-3}, digits.train, digits.validation, target, options);
    const Scores scores = evaluate(model, digits.test, target);
    std::printf("accuracy on %d test rows: %.1f%%\n", static_cast<int>(scores.rows),
                100 * scores.accuracy);
    return scores.accuracy > 0.9 ? 0 : 1;
  } catch (const DataError& error) {  // "digits.csv:17:3: ..."
    std::fprintf(stderr, "%s\n", error.what());
    return 3;
  }
}
