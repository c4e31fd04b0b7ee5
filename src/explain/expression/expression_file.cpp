#include "explain/expression/expression_file.h"

#include <algorithm>

#include "train/network/optimizer_reader.h"
#include "train/network/toml_reader.h"

namespace chainrule::page {
namespace {

// What is more would make a page that nobody reads.
constexpr std::size_t most_lines = 1000;

class ExpressionReader {
 public:
  ExpressionReader(const TomlReader& toml, std::string_view text, std::string name)
      : toml_(toml), text_(text), name_(std::move(name)) {}

  ExpressionFile read(const toml::table& root) {
    toml_.require_known(root, "a file with [expression]", {"expression", "optimizer", "steps"});
    const toml::table& table = toml_.table(
        toml_.required(root, "expression", "the file", "[expression] with lines = \"f = x * y\""),
        "expression");
    toml_.require_known(table, "[expression]", {"given", "lines", "result", "trained"});
    if (const auto* given = table.get("given")) read_given(toml_.table(*given, "given"));
    const auto* lines = table.get("lines");
    if (lines == nullptr) toml_.fail(table, "[expression] has no lines; add lines = \"f = x * y\"");
    read_lines(*lines);
    read_result(table);
    read_training(root, table);
    return std::move(file_);
  }

 private:
  // In the order in which they stand in the file, which the parser does not keep.
  void read_given(const toml::table& given) {
    std::vector<std::pair<toml::source_position, std::string>> order;
    for (const auto& [key, node] : given)
      order.emplace_back(key.source().begin, std::string(key.str()));
    std::ranges::sort(order, [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [place, name] : order) {
      try {
        lines_.give(name);
      } catch (const UsageError& error) {
        throw DataError({name_, place.line, place.column}, error.what());
      }
      file_.given.push_back(
          {.symbol = name, .value = toml_.number(*given.get(name), name), .given = true});
      file_.symbols.push_back(name);
    }
  }

  void read_lines(const toml::node& node) {
    const std::string text = toml_.word(node, "lines");
    FilePlace place = first_place(node);
    std::string_view rest = text;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      read_line(rest.substr(0, end), place);
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      place = {name_, place.line + 1, 1};
    }
    if (file_.statements.empty())
      toml_.fail(node, "there is no line that makes a value; add one, as in lines = \"f = x * y\"");
  }

  // A comment is as in TOML.
  void read_line(std::string_view line, const FilePlace& place) {
    line = line.substr(0, line.find('#'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos) return;
    if (file_.statements.size() == most_lines)
      throw DataError(
          place, fmt::format("there are more than {} lines; a page works as many", most_lines));
    file_.statements.push_back(lines_.read(line, place));
    const auto& made = file_.statements.back().made;
    file_.symbols.insert(file_.symbols.end(), made.begin(), made.end());
  }

  // Where the text begins that the node's quotes hold: a line break behind three quotes is not in
  // it.
  FilePlace first_place(const toml::node& node) const {
    const toml::source_position begin = node.source().begin;
    std::string_view rest = text_;
    for (std::uint32_t line = 1; line < begin.line; ++line)
      rest.remove_prefix(std::min(rest.find('\n'), rest.size() - 1) + 1);
    rest.remove_prefix(std::min<std::size_t>(begin.column - 1, rest.size()));
    const bool is_long = rest.starts_with("\"\"\"") || rest.starts_with("'''");
    const std::string_view behind =
        rest.substr(std::min<std::size_t>(is_long ? 3 : 1, rest.size()));
    if (is_long && (behind.starts_with('\n') || behind.starts_with("\r\n")))
      return {name_, begin.line + 1, 1};
    return {name_, begin.line, begin.column + (is_long ? 3 : 1)};
  }

  void read_result(const toml::table& table) {
    file_.result = file_.statements.back().made.back();
    const auto* node = table.get("result");
    if (node == nullptr) return;
    const std::string name = toml_.word(*node, "result");
    file_.result = lines_.symbol_of(name);
    if (file_.result.empty() || is_given(file_.result))
      toml_.fail(*node, fmt::format("no line makes a value \"{}\"; {}", name,
                                    suggestion(name, made_names())));
  }

  void read_training(const toml::table& root, const toml::table& table) {
    if (const auto* trained = table.get("trained"))
      for (const toml::node& node : toml_.array(*trained, "trained")) {
        const std::string name = toml_.word(node, "trained");
        if (!is_given(name))
          toml_.fail(node, fmt::format("no value \"{}\" is given that could be trained; {}", name,
                                       suggestion(name, given_names())));
        file_.trained.push_back(name);
      }
    const auto* optimizer = root.get("optimizer");
    if (optimizer != nullptr)
      file_.optimizer = read_optimizer(toml_, toml_.table(*optimizer, "optimizer"));
    if (optimizer == nullptr && !file_.trained.empty())
      toml_.fail(*table.get("trained"),
                 "there is no [optimizer] that trains these; add [optimizer] with type = \"sgd\" "
                 "and learning_rate = 0.1, or leave trained out");
    if (optimizer != nullptr && file_.trained.empty())
      toml_.fail(*optimizer,
                 "no value is trained; say which under [expression], as in trained = "
                 "[\"w\", \"b\"], or leave [optimizer] out");
    const auto* steps = root.get("steps");
    if (steps == nullptr) return;
    file_.steps = toml_.integer(*steps, "steps", 1, most_steps);
    if (optimizer == nullptr && file_.steps > 1)
      toml_.fail(*steps,
                 "nothing changes from step to step without an [optimizer]; add one, with "
                 "trained = [...] under [expression], or leave steps out");
  }

  bool is_given(const std::string& name) const {
    return std::ranges::find(file_.given, name, &Quantity::symbol) != file_.given.end();
  }
  std::vector<std::string> given_names() const {
    std::vector<std::string> names;
    for (const Quantity& quantity : file_.given) names.push_back(quantity.symbol);
    return names;
  }
  std::vector<std::string> made_names() const {
    std::vector<std::string> names;
    for (const std::string& name : lines_.names())
      if (!is_given(lines_.symbol_of(name))) names.push_back(name);
    return names;
  }

  const TomlReader& toml_;
  std::string_view text_;
  std::string name_;
  LineReader lines_;
  ExpressionFile file_;
};

}  // namespace

bool is_expression(std::string_view text) {
  try {
    return TomlReader("").parse(text).contains("expression");
  } catch (const DataError&) {
    return false;  // whoever reads it as a network's file says why
  }
}

ExpressionFile parse_expression(std::string_view text, const std::string& name) {
  const TomlReader toml(name);
  const toml::table root = toml.parse(text);
  return ExpressionReader(toml, text, name).read(root);
}

}  // namespace chainrule::page
