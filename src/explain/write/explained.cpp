// A page as its reader asked for it, and as a structure.
#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/page/exercise.h"
#include "explain/write/story.h"

namespace chainrule::page {
namespace {

std::string written(const Page& page, const Story& story, const ExplainOptions& options) {
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
      return page.is_of_run ? write_story_json(story) : write_json(page);
  }
  throw InternalError("a page has no writer of this format");
}

}  // namespace

void require_digits(const ExplainOptions& options) {
  if (options.digits < 1 || options.digits > 17)
    throw UsageError(fmt::format("{} digits: a number has 1 to 17 decimals here", options.digits));
  if (options.significant < 0 || options.significant > 17)
    throw UsageError(
        fmt::format("{} significant digits: a number has 1 to 17 here", options.significant));
}

Explanation explained(const Page& whole, const ExplainOptions& options) {
  const Page page = options.exercise ? exercise_of(whole, *options.exercise) : whole;
  Explanation explanation{.story = story_of(page, options),
                          .passed = page.verdict.passed,
                          .max_relative_error = page.verdict.max_relative_error};
  explanation.page = written(page, explanation.story, options);
  return explanation;
}

}  // namespace chainrule::page
