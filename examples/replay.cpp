// A run is trained, opened again, played to a step in its middle, and asked why a weight changed.
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <stdexcept>

#include "chainrule/chainrule.h"

using namespace chainrule;

int main(int argc, char** argv) {
  try {
    std::string out = (std::filesystem::temp_directory_path() / "chainrule.XXXXXX").string();
    if (mkdtemp(out.data()) == nullptr) throw std::runtime_error("no temporary folder");
    TrainRequest request{.data = argc > 1 ? argv[1] : "data/iris.csv", .out = out};
    request.hidden = std::vector<std::int64_t>{8};
    request.epochs = 20;
    request.seed = 1;
    train_run(request);

    Run run = Run::open(out);
    const std::int64_t step = run.steps() / 2;
    run.go_to(step - 1);
    const double loss = run.advance();  // the step itself
    std::cout << "step " << run.step() << " of " << run.steps() << ": loss " << loss << ", hash "
              << run.hash() << "\n\n";

    // Where the change comes from, and the proof that this is what happened.
    const Explanation story = explain(run, {.quantity = "dense1.weight[3,2]", .step = step});
    std::cout << story.page;
    std::filesystem::remove_all(out);
    return story.passed ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 3;
  }
}
