// The parts of the HTML page. All of it is well-formed XML too.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "explain/page/page.h"
#include "explain/write/escape.h"

namespace chainrule::page {

// A formula of the page as MathML: the LaTeX that notation.h and write.h give, read into elements.
// A command that it does not know becomes a word; nothing is lost and nothing throws.
std::string mathml(std::string_view latex);

// The same as a row of terms, each a <span>: a long formula comes as several <math> elements, so
// that a line can break between terms and, where one alone is too long, before its products'
// operators; browsers do not break inside of <math>.
std::string mathml_terms(std::string_view latex);

// The network as an SVG element, named and described for those who do not see it.
std::string svg(const Diagram& diagram, const ExplainOptions& options);

// What an exercise's page does with answers: as page/exercise.h says. JavaScript that is XML too.
std::string exercise_script(Language language);
std::string_view name_of(Mistake mistake);  // in the page's attributes

// The whole document; title and body are HTML already.
std::string html_document(const std::string& title, Language language, const std::string& body);

// The page's CSS: colours, measures, light and dark, paper.
extern const std::string_view stylesheet;

}  // namespace chainrule::page
