#include "chainrule/explain.h"

#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/error.h"
#include "explain/page/page.h"
#include "train/network/network_file.h"

namespace chainrule {

std::string page::write(const Page& page, const ExplainOptions& options) {
  switch (options.format) {
    case PageFormat::text:
      return write_text(page, options);
    case PageFormat::markdown:
      return write_markdown(page, options);
    case PageFormat::latex:
      return write_latex(page, options);
    case PageFormat::html:
      return write_html(page, options);
    case PageFormat::json:
      return page.is_of_run ? write_story_json(page, options) : write_json(page);
  }
  throw InternalError("a page has no writer of this format");
}

void page::require_digits(const ExplainOptions& options) {
  if (options.digits < 1 || options.digits > 17)
    throw UsageError(fmt::format("{} digits: a number has 1 to 17 decimals here", options.digits));
}

namespace {

// The step that a file describes; what the file leaves out but the page needs is asked for.
TrainingStep training_step(const NetworkFile& file, const std::string& path) {
  const auto require = [&](bool there, std::string_view table, std::string_view lines) {
    if (!there)
      throw DataError({path},
                      fmt::format("there is no [{}], which the page needs; add {}", table, lines));
  };
  require(file.example.has_value(), "example", "[example] with input = [...] and target = [...]");
  require(file.loss.has_value(), "loss", "[loss] with type = \"half_squared_error\"");
  require(file.optimizer.has_value(), "optimizer",
          "[optimizer] with type = \"sgd\" and learning_rate = 0.5");
  return {.model = file.model,
          .loss = *file.loss,
          .optimizer = *file.optimizer,
          .seed = file.seed,
          .input = file.example->input,
          .target = file.example->target};
}

}  // namespace

Explanation explain(const TrainingStep& step, const ExplainOptions& options) try {
  page::require_digits(options);
  const page::Page built = page::build_page(step, options.parameter);
  Explanation explanation{.passed = built.verdict.passed,
                          .max_relative_error = built.verdict.max_relative_error};
  explanation.page = page::write(built, options);
  return explanation;
} catch (...) {
  throw_ours();
}

Explanation explain_file(const std::string& path, const ExplainOptions& options) try {
  const TrainingStep step = training_step(read_network_file(path), path);
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
