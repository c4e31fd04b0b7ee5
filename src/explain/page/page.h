// The page before it has a language and a format: built once, read by every renderer.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "chainrule/explain.h"
#include "explain/formula/matrix.h"
#include "explain/page/differences.h"
#include "ops/expression.h"
#include "words/messages.h"

namespace chainrule::page {

// symbol = formula = formula with the numbers put in = value
struct Line {
  Quantity quantity;
  std::optional<Expression> formula{};
};

// What stands in a sentence's places.
struct Figure {
  double value;  // an error or a tolerance: two digits, scientific
};
struct Name {
  std::string
      text;  // the engine's own, such as "adam"; readers' words are said for it if there are
};
struct Given {
  std::string text;  // from the data or the user: a class, a column, a file, what was asked for
};
using Argument =
    std::variant<std::int64_t, Name, Given, Words, Phrase, Quantity, Figure, Expression>;

struct Sentence {
  Phrase phrase;
  std::vector<Argument> arguments{};
};

// a = 1, b = 2, ...
struct Listing {
  Phrase title;
  std::vector<Quantity> quantities;
};

// One row per parameter: before, gradient, after. A row begins with its first number's symbol, or
// with words of the data's.
struct Table {
  std::vector<Phrase> header;
  std::vector<std::vector<Quantity>> rows;
  std::vector<std::string> labels{};  // [rows], or none
  std::vector<Quantity> columns{};    // behind the header's words: columns that are named so
};

// A heading inside a section.
struct Heading {
  Sentence sentence;
};

// Lines that belong together; a blank line goes before and after.
using Group = std::vector<Line>;
using Block = std::variant<Sentence, Heading, Group, Listing, Table, MatrixLine>;

struct Section {
  Sentence title;
  std::vector<Block> blocks;
};

// Up to this, relative, a number is never called wrong; a number in a bad condition is allowed
// more.
inline constexpr double product_tolerance = 1e-12;

// What the page found when it looked at its own numbers.
struct Verdict {
  bool passed = true;
  // The factors' products against the engine's gradients: the error that comes nearest to what is
  // allowed for it, and that.
  double max_relative_error = 0, allowed_error = product_tolerance;
  double difference_error = 0,
         allowed_difference = difference_tolerance;  // ... against differences
  std::int64_t differences = 0;                      // how many parameters the latter were taken of
  std::int64_t kinks = 0;  // of those, at a kink, where there is no derivative

  bool products_agree() const { return max_relative_error <= allowed_error; }
  bool differences_agree() const { return difference_error <= allowed_difference; }
  void note_product(double error, double allowed);
  void note(const Difference& found);
};
struct State {
  std::vector<Quantity> forward;  // z1, h1, ..., o1, ...
  std::vector<Quantity> errors;   // E_o1, ..., E_total
};

// The network as a drawing shows it: columns of neurons, the inputs first. What is lit is the way
// on which one parameter acts on the error.
struct Neuron {
  Quantity output;
  std::optional<Quantity> bias{}, target{};
  bool lit = false;
};
struct Connection {
  std::size_t from = 0, to = 0;  // neurons of the column before, and of this one
  Quantity weight;
  bool lit = false;
};
struct Column {
  Sentence title;
  std::vector<Neuron> neurons;
  std::vector<Connection> connections{};
};
struct Diagram {
  Sentence title;
  std::vector<Sentence> caption;
  std::vector<Column> columns;
};

// What an exercise leaves out, and answers that are wrong in a way that has a name.
enum class Mistake { none, sign, factor, term, derivative, rounding, other };
struct KnownWrong {
  double value;
  Mistake mistake;
};
struct Blank {
  int number = 0;  // from 1
  Quantity solution;
  std::vector<KnownWrong> wrong;
};

struct Page {
  Sentence title;
  std::optional<Diagram> diagram;  // not every page is about one small network
  std::vector<Section> sections;
  State before, after;
  std::vector<Quantity> gradients;                       // of "W1", not "dE_total/dW1"
  std::map<std::string, std::vector<Quantity>> factors;  // by parameter
  std::vector<Quantity> updated;
  Verdict verdict;
  std::vector<Blank> blanks;  // of an exercise
  bool is_of_run = false;     // its JSON is its lines'; a worked step's has names for its numbers
};

// A seam for the tests: changes a factor's value before it is used.
using Tamper = std::function<void(const std::string& symbol, double& value)>;

// Throws UsageError where the page has no place for the step, whatever is asked of the page.
void require_place(const TrainingStep& step);

Page build_page(const TrainingStep& step, const std::string& parameter = "",
                const Tamper& tamper = {}, PageForm form = PageForm::scalar);

// Of a training of several steps: the page of step `number`, or with 0 the table of all where there
// are several and no parameter is asked for. Unless it is_full, one that would have thousands of
// lines is a summary. Throws UsageError.
Page page_of_step(const TrainingStep& step, const std::string& parameter, std::int64_t number,
                  PageForm form = PageForm::scalar, bool is_full = true);

std::string write_text(const Page& page, const ExplainOptions& options);
std::string write_markdown(const Page& page, const ExplainOptions& options);
std::string write_latex(const Page& page, const ExplainOptions& options);
std::string write_html(const Page& page, const ExplainOptions& options);
std::string write_json(const Page& page);
std::string write_story_json(const Story& story);

void require_digits(const ExplainOptions& options);  // throws UsageError

// In the format asked for, and as a structure.
Explanation explained(const Page& page, const ExplainOptions& options);

}  // namespace chainrule::page
