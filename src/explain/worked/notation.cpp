#include "explain/worked/notation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <variant>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"

namespace chainrule::page {
namespace {

struct Pattern {
  std::string_view kind, text;
};
// Every kind of number; the first notation has a pattern for each.
constexpr std::array tutorial_patterns{Pattern{"input", "x{n}"},
                                       Pattern{"target", "target_o{n}"},
                                       Pattern{"pre_activation", "z{n}"},
                                       Pattern{"hidden", "h{n}"},
                                       Pattern{"output", "o{n}"},
                                       Pattern{"probability", "p{n}"},
                                       Pattern{"weight", "W{n}"},
                                       Pattern{"bias", "b{n}"},
                                       Pattern{"output_error", "E_o{n}"},
                                       Pattern{"error", "E_total"},
                                       Pattern{"delta", ""},
                                       Pattern{"learning_rate", ""}};
constexpr std::array mazur_patterns{
    Pattern{"input", "i{n}"},        Pattern{"pre_activation", "net_{unit}"},
    Pattern{"hidden", "out_{unit}"}, Pattern{"output", "out_{unit}"},
    Pattern{"weight", "w{n}"},       Pattern{"learning_rate", "eta"}};
constexpr std::array nielsen_patterns{Pattern{"input", "x_{j}"},
                                      Pattern{"target", "y_{j}"},
                                      Pattern{"hidden", "a^{l+1}_{j}"},
                                      Pattern{"pre_activation", "z^{l+1}_{j}"},
                                      Pattern{"output", "a^{l+1}_{j}"},
                                      Pattern{"probability", "p_{j}"},
                                      Pattern{"bias", "b^{l+1}_{j}"},
                                      Pattern{"weight", "w^{l+1}_{j}{k}"},
                                      Pattern{"error", "C"},
                                      Pattern{"output_error", "C_{j}"},
                                      Pattern{"learning_rate", "eta"},
                                      Pattern{"delta", "delta^{l+1}_{j}"}};
constexpr std::array matrix_patterns{Pattern{"input", "x_{j}"},
                                     Pattern{"target", "t_{j}"},
                                     Pattern{"hidden", "h^[{l}]_{j}"},
                                     Pattern{"pre_activation", "z^[{l}]_{j}"},
                                     Pattern{"output", "o_{j}"},
                                     Pattern{"probability", "p_{j}"},
                                     Pattern{"bias", "b^[{l}]_{j}"},
                                     Pattern{"weight", "W^[{l}]_{j}{k}"},
                                     Pattern{"error", "E"},
                                     Pattern{"output_error", "E_{j}"},
                                     Pattern{"learning_rate", "eta"},
                                     Pattern{"delta", "delta^[{l}]_{j}"}};

struct Preset {
  std::string_view name;
  std::span<const Pattern> patterns;
};
constexpr std::array<Preset, 4> presets{{{"tutorial", tutorial_patterns},
                                         {"mazur", mazur_patterns},
                                         {"nielsen", nielsen_patterns},
                                         {"matrix", matrix_patterns}}};

std::vector<std::string> names_in(const auto& list, auto member) {
  std::vector<std::string> names;
  names.reserve(list.size());
  for (const auto& each : list) names.emplace_back(each.*member);
  return names;
}

const Preset& preset_named(const std::string& name) {
  const auto found = std::ranges::find(presets, name, &Preset::name);
  if (found == presets.end())
    throw UsageError(fmt::format("notation \"{}\": {}", name,
                                 suggestion(name, names_in(presets, &Preset::name))));
  return *found;
}

using Places = std::map<std::string, std::string>;

std::string filled(const std::string& kind, const std::string& pattern, const Places& places) {
  std::string text;
  bool behind_place = false, behind_long = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '{') {
      behind_place = false;
      text += pattern[i];
      continue;
    }
    const std::size_t end = std::min(pattern.find('}', i), pattern.size());
    const std::string name = pattern.substr(i + 1, end - i - 1);
    const auto place = places.find(name);
    if (place == places.end()) {
      std::string known;
      for (const auto& [each, value] : places) known += fmt::format(" {{{}}}", each);
      throw UsageError(fmt::format("notation of {}: \"{}\" has {{{}}}; there are{}", kind, pattern,
                                   name, known));
    }
    const bool is_long = place->second.size() > 1;
    // 1, 11 and 11, 1 would look the same.
    if (behind_place && (behind_long || is_long)) text += ',';
    text += place->second;
    behind_place = true;
    behind_long = is_long;
    i = end;
  }
  return text;
}

void require_readable(const std::string& kind, const std::string& pattern) {
  const auto is_plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_^[],{}+").find(static_cast<char>(c)) != std::string_view::npos;
  };
  if (pattern.empty() || std::isalpha(static_cast<unsigned char>(pattern[0])) == 0 ||
      !std::ranges::all_of(pattern, is_plain))
    throw UsageError(fmt::format(
        "notation of {}: \"{}\" is no name; begin with a letter of a to z or a Greek one's name, "
        "then digits, _ for what stands below, ^ above, and places such as {{n}}",
        kind, pattern));
}

// Throws UsageError.
class Naming {
 public:
  Naming(const TrainingStep& step, Names& names) : step_(step), names_(names) {}

  void name(const std::string& own, const std::string& kind, const Places& places) {
    std::string pattern = symbol_pattern(step_, kind);
    if (pattern.empty()) return;
    require_readable(kind, pattern);
    const bool many = kind != "error" && kind != "learning_rate";
    if (many && pattern.find('{') == std::string::npos) pattern += "{n}";
    std::string another = filled(kind, pattern, places);
    if (const auto [found, is_new] = taken_.try_emplace(another, own); !is_new)
      throw UsageError(fmt::format("notation of {}: {} and {} would both be {}; name them apart",
                                   kind, found->second, own, another));
    if (another != own) names_[own] = std::move(another);
  }

 private:
  const TrainingStep& step_;
  Names& names_;
  Names taken_;  // by the new name
};

bool is_number_of_row(std::string_view text) {
  return text.size() > 2 && text.front() == '(' && text.back() == ')' &&
         std::ranges::all_of(text.substr(1, text.size() - 2),
                             [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string symbol_pattern(const TrainingStep& step, std::string_view kind) {
  const auto known = [](const std::string& word) {
    return word == "like" ||
           std::ranges::find(tutorial_patterns, word, &Pattern::kind) != tutorial_patterns.end();
  };
  for (const auto& [word, pattern] : step.notation)
    if (!known(word))
      throw UsageError(fmt::format("notation has no \"{}\"; {}", word,
                                   suggestion(word, names_in(tutorial_patterns, &Pattern::kind))));
  if (const auto own = step.notation.find(std::string(kind)); own != step.notation.end())
    return own->second;
  const auto like = step.notation.find("like");
  const Preset& preset = like == step.notation.end() ? presets[0] : preset_named(like->second);
  for (const std::span<const Pattern> patterns :
       {preset.patterns, std::span<const Pattern>(tutorial_patterns)})
    if (const auto found = std::ranges::find(patterns, kind, &Pattern::kind);
        found != patterns.end())
      return std::string(found->text);
  throw InternalError(fmt::format("no notation has {}", kind));
}

std::string letter_of(const TrainingStep& step, std::string_view kind) {
  const std::string pattern = symbol_pattern(step, kind);
  return pattern.substr(0, pattern.find_first_of("{_^"));
}

Names names_of(const TrainingStep& step, const WorkedStep& traced) {
  Names names;
  if (step.notation.empty()) return names;
  Naming naming(step, names);
  const auto number = [](std::int64_t from_zero) { return fmt::format("{}", from_zero + 1); };
  const auto plain = [&](const char* kind, const std::string& letter, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i)
      naming.name(letter + number(i), kind,
                  {{"n", number(i)}, {"j", number(i)}, {"unit", "o" + number(i)}});
  };
  const std::int64_t outputs = traced.layers.back().units();
  plain("input", "x", traced.layers[0].inputs());
  plain("target", "target_o", outputs);
  plain("output_error", "E_o", outputs);
  if (traced.probabilities) plain("probability", "p", outputs);
  naming.name("E_total", "error", {});
  naming.name("rate", "learning_rate", {});
  for (std::size_t l = 0; l < traced.layers.size(); ++l) {
    const Layer& layer = traced.layers[l];
    const bool last = l + 1 == traced.layers.size();
    const auto at = static_cast<std::int64_t>(l);
    const auto places = [&](std::int64_t j, std::int64_t n) {
      const std::string unit = last ? "o" + number(j) : "h" + number(layer.first_hidden + j);
      return Places{{"n", number(n)},
                    {"j", number(j)},
                    {"l", number(at)},
                    {"l+1", number(at + 1)},
                    {"unit", unit}};
    };
    for (std::int64_t j = 0; j < layer.units(); ++j) {
      const std::string z = "z" + number(layer.first_neuron + j);
      naming.name(z, "pre_activation", places(j, layer.first_neuron + j));
      naming.name("dE_total/d" + z, "delta", places(j, layer.first_neuron + j));
      const std::int64_t n = last ? j : layer.first_hidden + j;
      naming.name((last ? "o" : "h") + number(n), last ? "output" : "hidden", places(j, n));
      for (std::int64_t k = 0; k < layer.inputs(); ++k) {
        const std::int64_t w = layer.first_weight + j * layer.inputs() + k;
        Places of_weight = places(j, w);
        of_weight["k"] = number(k);
        naming.name("W" + number(w), "weight", of_weight);
      }
    }
    for (std::int64_t j = 0; layer.bias && j < layer.bias.dim(0); ++j)
      naming.name("b" + number(layer.first_bias + j), "bias", places(j, layer.first_bias + j));
  }
  // What is said of any sum, and of other optimizers' rates.
  names["z"] = letter_of(step, "pre_activation");
  if (const std::string rate = symbol_pattern(step, "learning_rate"); !rate.empty())
    names["eta"] = rate;
  return names;
}

std::string renamed(const std::string& symbol, const Names& names) {
  if (const auto found = names.find(symbol); found != names.end()) return found->second;
  if (symbol.ends_with('+')) return renamed(symbol.substr(0, symbol.size() - 1), names) + "+";
  if (const auto over = symbol.find("/d"); symbol.starts_with('d') && over != std::string::npos) {
    std::string of = symbol.substr(1, over - 1), by = symbol.substr(over + 2), row;
    // A row's: dE_total(2)/dz3(2) is delta3(2) where dE_total/dz3 is delta3.
    if (const auto open = by.rfind('('); open != std::string::npos && of.ends_with(by.substr(open)))
      row = by.substr(open);
    const auto whole = names.find("d" + of.substr(0, of.size() - row.size()) + "/d" +
                                  by.substr(0, by.size() - row.size()));
    if (whole != names.end()) return whole->second + row;
    return "d" + renamed(of, names) + "/d" + renamed(by, names);
  }
  if (const auto open = symbol.rfind('(');
      open != std::string::npos && is_number_of_row(std::string_view(symbol).substr(open)))
    return renamed(symbol.substr(0, open), names) + symbol.substr(open);
  for (const std::string_view letter :
       {"g_", "m_", "v_", "sum_", "mhat_", "vhat_", "eta_", "lambda_", "average_"})
    if (symbol.starts_with(letter))
      return std::string(letter) + renamed(symbol.substr(letter.size()), names);
  return symbol;
}

Expression renamed(const Expression& e, const Names& names) {
  if (e.quantity() != nullptr) {
    Quantity quantity = *e.quantity();
    quantity.symbol = renamed(quantity.symbol, names);
    return Expression(std::move(quantity));
  }
  if (e.op() == nullptr) return e;
  std::vector<Expression> operands;
  operands.reserve(e.operands().size());
  for (const Expression& operand : e.operands()) operands.push_back(renamed(operand, names));
  return {*e.op(), std::move(operands), e.attributes()};
}

namespace {

class Renaming {
 public:
  explicit Renaming(const Names& names) : names_(names) {}

  void operator()(Quantity& quantity) const { quantity.symbol = renamed(quantity.symbol, names_); }
  void operator()(std::vector<Quantity>& quantities) const {
    for (Quantity& quantity : quantities) (*this)(quantity);
  }
  void operator()(Sentence& sentence) const {
    for (Argument& argument : sentence.arguments) {
      if (auto* quantity = std::get_if<Quantity>(&argument)) (*this)(*quantity);
      if (auto* formula = std::get_if<Expression>(&argument)) *formula = renamed(*formula, names_);
    }
  }
  void operator()(Heading& heading) const { (*this)(heading.sentence); }
  void operator()(Listing& listing) const { (*this)(listing.quantities); }
  void operator()(Group& group) const {
    for (Line& line : group) {
      (*this)(line.quantity);
      if (line.formula) line.formula = renamed(*line.formula, names_);
    }
  }
  void operator()(Table& table) const {
    for (std::vector<Quantity>& row : table.rows) (*this)(row);
    (*this)(table.columns);
  }
  // Its matrices have the notation's names from the start.
  void operator()(MatrixLine& line) const { (*this)(line.result.numbers); }
  void operator()(Diagram& diagram) const {
    for (Sentence& words : diagram.caption) (*this)(words);
    for (Column& column : diagram.columns) {
      for (Neuron& neuron : column.neurons) {
        (*this)(neuron.output);
        if (neuron.bias) (*this)(*neuron.bias);
        if (neuron.target) (*this)(*neuron.target);
      }
      for (Connection& connection : column.connections) (*this)(connection.weight);
    }
  }

 private:
  const Names& names_;
};

}  // namespace

void rename(Page& page, const Names& names) {
  if (names.empty()) return;
  const Renaming by_names(names);
  by_names(page.title);
  if (page.diagram) by_names(*page.diagram);
  for (Section& section : page.sections) {
    by_names(section.title);
    for (Block& block : section.blocks) std::visit(by_names, block);
  }
  for (State* state : {&page.before, &page.after}) {
    by_names(state->forward);
    by_names(state->errors);
  }
  by_names(page.gradients);
  by_names(page.updated);
  std::map<std::string, std::vector<Quantity>> factors;
  for (auto& [parameter, list] : page.factors) {
    by_names(list);
    factors[renamed(parameter, names)] = std::move(list);
  }
  page.factors = std::move(factors);
}

Names reversed(const Names& names) {
  Names back;
  for (const auto& [own, another] : names)
    if (own != "z" && own != "eta") back[another] = own;
  return back;
}

}  // namespace chainrule::page
