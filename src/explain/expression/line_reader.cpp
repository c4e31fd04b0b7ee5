#include "explain/expression/line_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/suggest.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

struct Function {
  std::string_view name;
  const Op* op;
  std::size_t operands;
};
constexpr std::array functions{Function{"relu", &relu_op, 1},
                               Function{"sigmoid", &sigmoid_op, 1},
                               Function{"tanh", &tanh_op, 1},
                               Function{"exp", &exp_op, 1},
                               Function{"ln", &log_op, 1},
                               Function{"log", &log_op, 1},
                               Function{"sqrt", &sqrt_op, 1},
                               Function{"abs", &abs_op, 1},
                               Function{"softplus", &softplus_op, 1},
                               Function{"silu", &silu_op, 1},
                               Function{"gelu", &gelu_op, 1},
                               Function{"max", &maximum_op, 2},
                               Function{"min", &minimum_op, 2}};
constexpr std::string_view softmax_name = "softmax";

// Words that pages have a meaning of their own for.
constexpr std::array<std::string_view, 3> taken{"rate", "step", "path"};

// What is deeper, or longer, deserves names for its parts.
constexpr int most_open = 100, most_operations = 1000;

bool is_name_begin(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit_sign(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_begin(c) || is_digit_sign(c) || c == '_'; }

const Function* find_function(std::string_view name) {
  const auto found = std::ranges::find(functions, name, &Function::name);
  return found == functions.end() ? nullptr : &*found;
}

std::vector<std::string> function_names() {
  std::vector<std::string> names{std::string(softmax_name)};
  for (const Function& function : functions) names.emplace_back(function.name);
  return names;
}

// Why the name cannot be one of a value; empty if it can.
std::string objection(std::string_view name) {
  if (name.empty() || !is_name_begin(name[0]) || !std::ranges::all_of(name, is_name_part))
    return fmt::format(
        "\"{}\" can be no name; begin it with a letter, and go on with letters, "
        "digits and _",
        name);
  if (name == softmax_name || find_function(name) != nullptr)
    return fmt::format("\"{}\" is a function; give the value another name", name);
  if (std::ranges::find(taken, name) != taken.end())
    return fmt::format(
        "\"{0}\" has a meaning of its own on the page; give the value another "
        "name, such as \"{0}1\"",
        name);
  return "";
}

class Parser {
 public:
  Parser(std::string_view text, const FilePlace& place, const LineReader& known)
      : text_(text), place_(place), known_(known) {}

  struct Read {
    std::vector<std::string> targets;
    Expression formula;
  };
  Read line() {
    Read read;
    do read.targets.push_back(target());
    while (accept(','));
    skip_blanks();
    const std::size_t sign_at = at_;
    const char sign = at_ < text_.size() ? text_[at_] : '\0';
    if (sign != '\0' && std::string_view("+-*/").find(sign) != std::string_view::npos) ++at_;
    if (!accept('='))
      fail_at(sign_at, fmt::format("behind {} stands no \"=\"; write {} = ...", read.targets.back(),
                                   read.targets.back()));
    if (read.targets.size() > 1)
      read.formula = softmax(read.targets.size());
    else
      read.formula = sum();
    if (sign != '=') read.formula = changed(sign, read, sign_at);
    skip_blanks();
    if (at_ < text_.size()) fail_here(leftover());
    return read;
  }

 private:
  [[noreturn]] void fail_at(std::size_t at, const std::string& what) const {
    throw DataError({place_.file, place_.line, place_.column + static_cast<std::int64_t>(at)},
                    what);
  }
  [[noreturn]] void fail_here(const std::string& what) const { fail_at(at_, what); }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }
  bool accept(char c) {
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  std::string next_name() {
    skip_blanks();
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_name_part(text_[at_])) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  // What stands behind a whole formula.
  std::string leftover() const {
    const char c = text_[at_];
    if (c == ')') return "this bracket closes none; leave it out";
    if (is_name_part(c) || c == '(' || c == '.')
      return "a sign is missing before this; write *, +, - or / between values";
    if (c == ',') return "only softmax and max take several values; leave the comma out";
    return strange(c);
  }
  static std::string strange(char c) {
    const auto code = static_cast<unsigned char>(c);
    if (code < 0x20 || code >= 0x7F)
      return "this is no sign of a formula; write names, numbers, + - * / ^ and brackets";
    return fmt::format(
        "\"{}\" is no sign of a formula; write names, numbers, + - * / ^ and brackets", c);
  }

  std::string target() {
    skip_blanks();
    const std::size_t begin = at_;
    std::string name = next_name();
    if (name.empty())
      fail_here("a line begins with the name of the value that it makes, as in q = x + y");
    if (const std::string why = objection(name); !why.empty()) fail_at(begin, why);
    return name;
  }

  // c += e is c = c + e.
  Expression changed(char sign, const Read& read, std::size_t at) const {
    const std::string& name = read.targets[0];
    const std::string symbol = known_.symbol_of(name);
    if (read.targets.size() > 1 || symbol.empty())
      fail_at(at, fmt::format("{} has no value yet that could change; write {} = ...", name, name));
    const Op& op = sign == '+'   ? add_op
                   : sign == '-' ? subtract_op
                   : sign == '*' ? multiply_op
                                 : divide_op;
    return {op, {Expression(Quantity{.symbol = symbol}), read.formula}};
  }

  Expression sum() {
    Expression result = product();
    while (true) {
      if (accept('+'))
        result = operation(add_op, {result, product()});
      else if (accept('-'))
        result = operation(subtract_op, {result, product()});
      else
        return result;
    }
  }

  Expression product() {
    Expression result = factor();
    while (true) {
      skip_blanks();
      if (text_.substr(at_).starts_with("**")) return result;
      if (accept('*'))
        result = operation(multiply_op, {result, factor()});
      else if (accept('/'))
        result = operation(divide_op, {result, factor()});
      else
        return result;
    }
  }

  // -a^2 is -(a^2).
  Expression factor() {
    const Opened opened(*this);
    if (!accept('-')) return power();
    Expression of = factor();
    return of.is_constant() ? Expression(-of.constant()) : operation(negate_op, {of});
  }

  Expression power() {
    Expression base = atom();
    skip_blanks();
    const bool stars = text_.substr(at_).starts_with("**");
    if (!stars && !accept('^')) return base;
    if (stars) at_ += 2;
    return operation(power_op, {base, factor()});
  }

  Expression atom() {
    skip_blanks();
    if (at_ == text_.size())
      fail_here("the line ends where a value is missing; write a name, a number or a bracket");
    const char c = text_[at_];
    if (is_digit_sign(c) || c == '.') return number();
    if (is_name_begin(c)) return name_or_call();
    const std::size_t begin = at_;
    if (!accept('('))
      fail_here(std::string_view("+*/^=),").find(c) == std::string_view::npos
                    ? strange(c)
                    : fmt::format("a value is missing before \"{}\"; write a name, a number or a "
                                  "bracket",
                                  c));
    Expression inside = sum();
    close(begin);
    return inside;
  }

  void close(std::size_t opened_at) {
    skip_blanks();
    if (accept(')')) return;
    if (at_ < text_.size() && text_[at_] != ',') fail_here(leftover());
    fail_at(opened_at, "this bracket is not closed; add )");
  }

  Expression number() {
    double value = 0;
    const auto [end, error] =
        std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc() || !std::isfinite(value))
      fail_here("this is no number that can be computed with; write one such as 0.5 or 2e-3");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  Expression name_or_call() {
    const std::size_t begin = at_;
    const std::string name = next_name();
    skip_blanks();
    const bool calls = at_ < text_.size() && text_[at_] == '(';
    if (!calls) return value(name, begin);
    if (name == softmax_name)
      fail_at(begin,
              "softmax makes as many values as it takes; give it a line of its own with a name "
              "for each, as in p1, p2 = softmax(z1, z2)");
    const Function* function = find_function(name);
    if (function == nullptr)
      fail_at(begin, known_.symbol_of(name).empty()
                         ? fmt::format("there is no function \"{}\"; {}", name,
                                       suggestion(name, function_names()))
                         : fmt::format("{0} is a value, not a function; write {0} * (...)", name));
    std::vector<Expression> operands = arguments();
    if (operands.size() != function->operands)
      fail_at(begin, fmt::format("{} takes {} value{}, but has {}", name, function->operands,
                                 function->operands == 1 ? "" : "s", operands.size()));
    return operation(*function->op, std::move(operands));
  }

  Expression value(const std::string& name, std::size_t at) const {
    const std::string symbol = known_.symbol_of(name);
    if (!symbol.empty()) return Expression(Quantity{.symbol = symbol});
    if (name == softmax_name || find_function(name) != nullptr)
      fail_at(at, fmt::format("{0} is a function; give it a value, as in {0}(x)", name));
    fail_at(at,
            fmt::format(
                "there is no value \"{}\" yet; give it under given, or in a line "
                "before this one{}",
                name, known_.names().empty() ? "" : " (" + suggestion(name, known_.names()) + ")"));
  }

  // (a, b, ...)
  std::vector<Expression> arguments() {
    const std::size_t begin = at_;
    accept('(');
    std::vector<Expression> all;
    do all.push_back(sum());
    while (accept(','));
    close(begin);
    return all;
  }

  Expression softmax(std::size_t count) {
    skip_blanks();
    const std::size_t begin = at_;
    if (next_name() != softmax_name)
      fail_at(begin,
              "only softmax makes several values at once, as in p1, p2 = softmax(z1, z2); write a "
              "line for each value");
    skip_blanks();
    if (at_ == text_.size() || text_[at_] != '(')
      fail_here("behind softmax stands no bracket; write softmax(z1, z2)");
    std::vector<Expression> operands = arguments();
    if (operands.size() != count)
      fail_at(begin, fmt::format("softmax of {} values makes {}, but there are {} names; give as "
                                 "many",
                                 operands.size(), operands.size(), count));
    return {softmax_op, std::move(operands)};
  }

  Expression operation(const Op& op, std::vector<Expression> operands) {
    if (++operations_ > most_operations)
      fail_here(
          fmt::format("the line has more than {} operations; give a part of it a name of its "
                      "own",
                      most_operations));
    return {op, std::move(operands)};
  }

  // Counts how deep the formula is at this place.
  class Opened {
   public:
    explicit Opened(Parser& parser) : parser_(parser) {
      if (++parser_.open_ > most_open)
        parser_.fail_here(
            fmt::format("the formula is more than {} deep; give a part of it a name "
                        "of its own",
                        most_open));
    }
    ~Opened() { --parser_.open_; }
    Opened(const Opened&) = delete;
    Opened& operator=(const Opened&) = delete;

   private:
    Parser& parser_;
  };

  std::string_view text_;
  FilePlace place_;
  const LineReader& known_;
  std::size_t at_ = 0;
  int open_ = 0, operations_ = 0;
};

}  // namespace

void LineReader::give(const std::string& name) {
  if (const std::string why = objection(name); !why.empty()) throw UsageError(why);
  assign(name);
}

Statement LineReader::read(std::string_view text, const FilePlace& place) {
  Parser::Read read = Parser(text, place, *this).line();
  Statement statement{.made = {}, .formula = std::move(read.formula)};
  for (const std::string& name : read.targets) statement.made.push_back(assign(name));
  return statement;
}

std::string LineReader::symbol_of(const std::string& name) const {
  const auto found = versions_.find(name);
  if (found == versions_.end()) return "";
  return name + std::string(static_cast<std::size_t>(found->second), '\'');
}

std::string LineReader::assign(const std::string& name) {
  const auto [found, is_new] = versions_.try_emplace(name, 0);
  if (is_new)
    names_.push_back(name);
  else
    ++found->second;
  return symbol_of(name);
}

}  // namespace chainrule::page
