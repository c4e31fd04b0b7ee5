// Builds the page from the traced step, section by section.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "explain/formula/elements.h"
#include "explain/formula/formula.h"
#include "explain/formula/rounding.h"
#include "explain/page/kept.h"
#include "explain/step/update_rule.h"
#include "explain/worked/notation.h"
#include "explain/worked/worked_step.h"

namespace chainrule::page {

class Builder {
 public:
  // `row`, from 1, is that of a batch, whose page this one is a part of; 0: the page is its own.
  Builder(const TrainingStep& step, std::string asked, Tamper tamper, Feeds from = {},
          std::int64_t row = 0);
  Page build();
  Page build_matrix();
  Page build_summary();
  bool is_long() const;              // a page of thousands of lines
  std::vector<Quantity> in_short();  // the error, the outputs and what is trained
  const Names& names() const { return names_; }
  Feeds next() { return traced_.next(); }

 private:
  using Quantities = std::vector<Quantity>;

  // Names (names.cpp): every quantity of the network gets its symbol.
  void name_everything();
  Quantities named(const std::string& letter, std::int64_t first, Value node, bool given);

  // Forward propagation and errors (forward.cpp).
  Section network_section();
  Section forward_section();
  void define_activation(Section& section, const Layer& layer, std::set<std::string_view>& defined);
  std::vector<Group> neuron_lines(std::size_t layer);
  Section errors_section();
  void split_errors();
  State state(const ValuesOf& values) const;

  // Backpropagation (backward.cpp).
  Section step_section(std::size_t layer);
  void step_introduction(Section& section, std::size_t layer) const;
  void chains_from_output(Section& section);
  void chains_from_next_layer(Section& section, std::size_t layer);
  Quantity derivative_at_h(Group& group, std::size_t layer, std::size_t unit);
  void chain_to_z(Group& group, std::size_t layer, std::size_t unit, Quantity dE_dh);
  void whole_layer_chains(Section& section, std::size_t layer, const Quantities& dE_dh);
  void parameter_lines(Section& section, std::size_t layer, std::size_t unit);
  void parameter_group(Section& section, std::size_t parameter, std::size_t element,
                       Line last_factor, Quantities chain);
  void add_rule(std::vector<Block>& blocks);
  void add_updates(Section& section, std::size_t layer);
  std::vector<RuleLine> lines_of_update(std::size_t parameter, std::size_t element);
  std::string memory(const Memory& memory, std::size_t parameter, std::size_t element) const;
  void shared_bias_lines(Section& section, std::size_t layer);
  Quantity after(const std::string& symbol, Value next, std::size_t element);  // the step
  std::size_t place_of(Value parameter) const;
  const std::string& output_symbol(std::size_t unit) const;

  // Several examples (batch.cpp).
  Page build_batch();
  void divide_rows();  // a step for each
  std::vector<Builder> rows(const Feeds& from) const;
  static Expression mean_error(const std::vector<Builder>& rows);
  void note_states(std::vector<Builder>& before);
  void add_row(Builder& row);
  Section batch_section(const std::vector<Builder>& rows);

  Section summary_layers();  // summary.cpp

  // The page in matrix form (matrix_form.cpp).
  struct MatrixNames {
    std::string z, h, weight, bias, delta, dE_dh;
  };
  void name_matrices();
  Section matrix_network();
  Section matrix_forward();
  Section matrix_errors(std::vector<Builder>& rows);
  Section matrix_step(std::size_t layer);
  void add_delta(std::vector<Block>& blocks, std::size_t layer, const Quantities& dE_dh);
  void add_gradient(std::vector<Block>& blocks, std::size_t layer, std::size_t parameter);
  void add_matrix_update(std::vector<Block>& blocks, std::size_t parameter);
  std::vector<Expression> tidied(Value node);
  Quantities derivatives_of(Value node, const std::string& of, const Quantities& by);

  // Its lines (matrix_lines.cpp). What has a row for each example is shown with a column for each.
  std::string matrix_symbol(const char* kind, std::size_t layer) const;
  std::string of_examples(std::string letter) const;
  Matrix matrix(const std::string& symbol, const Quantities& numbers, Value node,
                bool per_example) const;
  std::optional<Expression> lifted(const std::vector<Expression>& formulas, const Matrix& like,
                                   bool per_example);
  void add_line(std::vector<Block>& blocks, Matrix result, std::optional<Expression> formula = {},
                bool is_proved = false);
  void add_unlifted(std::vector<Block>& blocks, Matrix result,
                    const std::vector<Expression>& formulas, bool per_example,
                    std::optional<Expression> shown);
  void add_lifted(std::vector<Block>& blocks, Matrix result,
                  const std::vector<Expression>& formulas, bool per_example,
                  std::optional<Expression> otherwise = {});

  // The drawing (diagram.cpp).
  Diagram diagram() const;
  bool is_asked(std::optional<std::size_t> parameter, std::int64_t element) const;

  // Update and check (update_check.cpp).
  Section update_section();
  Section check_section();
  Verdict judged();

  // The story of one number (asked.cpp, story.cpp).
  void find_asked();
  void require_trained() const;
  std::string symbol_of(std::string name);
  std::string symbol_of(Element element) const;
  bool is_parameter(const std::string& symbol) const;
  void add_input_gradient();
  void keep_story();
  void require_kept(const std::set<std::string>& kept, const Lines& lines) const;
  void drop_tables();

  // dE_total/dW5 with a value, as a factor that the tests may tamper with.
  Quantity factor(const std::string& of, const std::string& by, double value,
                  bool given = false) const;
  bool wanted(const Quantity& parameter) const;

  const TrainingStep& step_;
  Names names_;            // what its reader calls the page's numbers
  std::string asked_;      // the symbol of the number that the story is of; empty: of all
  std::string parameter_;  // the same if it is a parameter, or a number of its update
  Tamper tamper_;
  Feeds from_;
  std::vector<TrainingStep> row_steps_;  // a batch's, each with one example
  std::int64_t row_;
  std::string total_, suffix_;           // "E_total(2)", "(2)" of the second row
  std::unique_ptr<WorkedStep> step_at_;  // stays where it is
  WorkedStep& traced_;
  Elements formulas_, computed_;  // as books write it, and as it is computed
  Page page_;

  Quantities x_, target_;
  // Of the matrix form: names of matrices by those of their numbers, the matrices by their names,
  // and what the lines showed when they were worked out again.
  Names lifted_;
  std::map<std::string, std::size_t> elements_;  // by a number's name: which of its node it is
  Matrices matrices_;
  std::string x_symbol_;
  std::vector<MatrixNames> layer_names_;
  Verdict lines_;
  std::vector<Quantities> z_, h_;       // by layer; the last layer's h are the outputs o
  std::vector<Quantities> parameters_;  // by parameter
  std::vector<Quantities> gradients_;   // of the loss: the page's products, by parameter
  Quantities probabilities_;
  Quantities errors_;                       // E_o1, ...; then E_total
  std::vector<Expression> error_formulas_;  // of E_o1, ...: as books write them
  std::vector<Expression> error_parts_;     // ... and as they are computed
  bool separable_ = false;                  // each E_oj depends on the output oj alone
  bool has_deltas_ = false;                 // dE/dz has a letter, which chains begin with

  // Gradients whose update is still to be written: where, and of what.
  struct Pending {
    std::size_t block, parameter, element;
  };
  std::vector<Pending> pending_;
  std::vector<RuleLine> updates_;  // those that the engine has a number for
  // The lines that derivatives without one of their own are told on: dE_o1/do1 on dE_total/do1's.
  std::map<std::string, std::string> told_on_;
  std::vector<Quantities> chain_;       // of the layer at hand, by unit: the factors down to z
  Quantities dE_dz_;                    // of the layer at hand, by unit; products of the above
  std::vector<Quantities> last_chain_;  // the same of the layer before (nearer the output)
  Quantities last_dE_dz_;
};

}  // namespace chainrule::page
