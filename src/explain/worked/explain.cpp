#include "chainrule/explain.h"

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "explain/expression/expression_page.h"
#include "explain/page/page.h"
#include "train/network/network_file.h"

namespace chainrule {

namespace {

// The step that a file describes; what the file leaves out but the page needs is asked for.
TrainingStep training_step(const NetworkFile& file, const std::string& path) {
  const auto require = [&](bool there, std::string_view table, std::string_view lines) {
    if (!there)
      throw DataError({path},
                      fmt::format("there is no [{}], which the page needs; add {}", table, lines));
  };
  require(!file.examples.empty(), "example", "[example] with input = [...] and target = [...]");
  require(file.loss.has_value(), "loss", "[loss] with type = \"half_squared_error\"");
  require(file.optimizer.has_value(), "optimizer",
          "[optimizer] with type = \"sgd\" and learning_rate = 0.5");
  TrainingStep step{.model = file.model,
                    .loss = *file.loss,
                    .optimizer = *file.optimizer,
                    .seed = file.seed,
                    .input = file.examples[0].input,
                    .target = file.examples[0].target,
                    .steps = file.steps,
                    .notation = file.notation};
  for (std::size_t i = 1; i < file.examples.size(); ++i)
    step.others.push_back({file.examples[i].input, file.examples[i].target});
  return step;
}

}  // namespace

Explanation explain(const TrainingStep& step, const ExplainOptions& options) try {
  page::require_digits(options);
  if (options.exercise && options.form == PageForm::matrix)
    throw UsageError("an exercise leaves single numbers blank; take the scalar form for it");
  TrainingStep named = step;
  if (!options.notation.empty()) named.notation = {{"like", options.notation}};
  const page::Page built = page::page_of_step(named, options.parameter, options.step, options.form,
                                              options.is_full || options.exercise.has_value());
  return page::explained(built, options);
} catch (...) {
  throw_ours();
}

Explanation explain_file(const std::string& path, const ExplainOptions& options) try {
  page::require_digits(options);
  const std::string text = read_file(path);
  if (page::is_expression(text)) {
    if (!options.notation.empty() || options.form != PageForm::scalar)
      throw UsageError(path +
                       ": an expression has its own names and no matrices; leave the "
                       "notation and the form out");
    const page::ExpressionFile file = page::parse_expression(text, path);
    return page::explained(page::expression_page(file, options.parameter, options.step), options);
  }
  const TrainingStep step = training_step(parse_network(text, path), path);
  try {
    page::require_place(step);
  } catch (const UsageError& error) {
    throw DataError({path}, error.what());  // what the file says, not how it was asked
  }
  return explain(step, options);
} catch (...) {
  throw_ours();
}

}  // namespace chainrule
