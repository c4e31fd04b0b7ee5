// An expression in letters: as plain text or as LaTeX, by the operations' own notation.
#include <cmath>

#include <fmt/format.h>

#include "explain/formula/formula.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

std::string written(const Expression& e, const Pen& pen, bool leading);

std::string_view pattern_of(const Op& op, bool latex) {
  return latex ? op.notation.latex : op.notation.text;
}

int binding_of(const Expression& e, const Pen& pen) {
  if (e.quantity() != nullptr) return pen.quantity(*e.quantity()).binding;
  if (e.op() == nullptr) return write_constant(e.constant(), pen.latex).binding;
  return pattern_of(*e.op(), pen.latex).empty() ? 4 : e.op()->notation.binding;
}

// A sign may only lead: a × (-b).
std::string signed_text(std::string text, bool leading) {
  return text[0] == '-' && !leading ? "(" + text + ")" : text;
}

// An operand in its place: in brackets unless it holds together tightly enough. `first`: the
// formula begins with it; `leading`: that is at the beginning of the whole or of a bracket.
std::string placed(const Expression& operand, const Notation& notation, const Pen& pen, bool first,
                   bool last, bool leading) {
  const int binding = binding_of(operand, pen);
  const bool loose = binding < notation.binding ||
                     (binding == notation.binding &&
                      ((last && !first && notation.tight_right) || notation.binding == 3));
  if (loose) return "(" + written(operand, pen, true) + ")";
  return written(operand, pen, first && leading);
}

// Fills {0}, {1}, ... In LaTeX, {{0}} stands for an operand that its braces hold together.
std::string filled(std::string_view pattern, const Expression& e, const Pen& pen, bool leading) {
  std::string text;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool slot = pattern[i] == '{' && i + 2 < pattern.size() && pattern[i + 2] == '}' &&
                      pattern[i + 1] >= '0' && pattern[i + 1] <= '9';
    if (!slot) {
      text += pattern[i];
      continue;
    }
    const auto which = static_cast<std::size_t>(pattern[i + 1] - '0');
    const bool braced =
        i > 0 && pattern[i - 1] == '{' && i + 3 < pattern.size() && pattern[i + 3] == '}';
    if (braced || e.op()->notation.binding == 4) {
      text += written(e.operands().at(which), pen, true);
      for (std::size_t more = 2; which == 1 && e.op()->arity == 2 && more < e.operands().size();
           ++more)
        text += ", " + written(e.operands()[more], pen, true);  // max(a, b, c)
    } else {
      text += placed(e.operands().at(which), e.op()->notation, pen, i == 0,
                     which + 1 == e.operands().size(), leading);
    }
    i += 2;
  }
  return text;
}

// a + b - c + ...: any number of terms.
std::string written_sum(const Expression& e, const Pen& pen, bool leading) {
  std::string text = placed(e.operands()[0], e.op()->notation, pen, true, false, leading);
  for (std::size_t i = 1; i < e.operands().size(); ++i) {
    const Expression& term = e.operands()[i];
    const bool taken_away = term.op() == &negate_op;
    text += taken_away ? " - " : " + ";
    text += placed(taken_away ? term.operands()[0] : term,
                   (taken_away ? subtract_op : add_op).notation, pen, false, true, false);
  }
  return text;
}

// name(a, b): for operations without a notation of their own.
std::string call(const Expression& e, const Pen& pen) {
  std::string text, name;
  for (const char c : e.op()->name) name += pen.latex && c == '_' ? "\\_" : std::string(1, c);
  for (const Expression& operand : e.operands())
    text += (text.empty() ? "" : ", ") + written(operand, pen, true);
  return pen.latex ? fmt::format("\\operatorname{{{}}}({})", name, text)
                   : fmt::format("{}({})", name, text);
}

std::string written(const Expression& e, const Pen& pen, bool leading) {
  if (e.quantity() != nullptr) return signed_text(pen.quantity(*e.quantity()).text, leading);
  if (e.op() == nullptr) return signed_text(write_constant(e.constant(), pen.latex).text, leading);
  if (e.op() == &add_op) return written_sum(e, pen, leading);
  const std::string_view pattern = pattern_of(*e.op(), pen.latex);
  if (pattern.empty()) return call(e, pen);
  const bool sign = pattern[0] == '-' && !leading;
  const std::string text = filled(pattern, e, pen, leading || sign);
  return sign ? "(" + text + ")" : text;
}

// Two digits less than a double has: 1 - 0.999 is 0.001.
std::string shortest(double number, bool latex) {
  std::string text = fmt::format("{:.15g}", number);
  const auto e = text.find('e');
  if (latex && e != std::string::npos)
    return fmt::format("{} \\times 10^{{{}}}", text.substr(0, e), std::stoi(text.substr(e + 1)));
  return text;
}

}  // namespace

Piece write_constant(double constant, bool latex) {
  const int sign_binding = constant < 0 ? 2 : 4;
  const std::string decimal = shortest(constant, latex);
  // A fraction is recognised by what it is: k/n to the last bit or two.
  for (int n = 2; n <= 1000 && (decimal.size() > 12 || constant == 0.5); ++n) {
    const double k = std::round(constant * n);
    if (k == 0 || std::abs(constant * n - k) > 4e-16 * std::abs(k)) continue;
    if (latex) return {fmt::format("\\frac{{{}}}{{{}}}", k, n), 2};
    return {fmt::format("{}/{}", k, n), 2};
  }
  return {decimal, sign_binding};
}

bool is_short(double number) { return fmt::formatted_size("{}", number) <= 8; }

std::string write(const Expression& expression, const Pen& pen) {
  return written(expression, pen, true);
}

}  // namespace chainrule::page
