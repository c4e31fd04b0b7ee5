// The LaTeX that the page writes, as MathML Core: one notation per operation serves both.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "explain/write/html.h"

namespace chainrule::page {
namespace {

// What stands on a row: an operator, or something that operators join.
struct Item {
  std::string markup;
  bool is_operator = false;
  bool is_sum = false;    // + or -, between two terms
  std::size_t width = 0;  // in letters, about
};

struct Sign {
  std::string_view command, markup;
};
constexpr std::array named_operators{Sign{"times", "×"}, Sign{"ge", "≥"}, Sign{"le", "≤"},
                                     Sign{"ne", "≠"}, Sign{"odot", "⊙"}};
constexpr std::array greek_letters{
    Sign{"partial", "∂"},    Sign{"sigma", "σ"},  Sign{"eta", "η"},   Sign{"beta", "β"},
    Sign{"varepsilon", "ε"}, Sign{"lambda", "λ"}, Sign{"mu", "μ"},    Sign{"rho", "ρ"},
    Sign{"pi", "π"},         Sign{"alpha", "α"},  Sign{"gamma", "γ"}, Sign{"delta", "δ"},
    Sign{"Delta", "Δ"},      Sign{"top", "⊤"},    Sign{"ldots", "…"}, Sign{"theta", "θ"},
    Sign{"phi", "φ"}};

std::string_view find(const auto& signs, std::string_view command) {
  const auto found = std::ranges::find(signs, command, &Sign::command);
  return found == signs.end() ? std::string_view() : found->markup;
}

bool is_digit(char c) { return (c >= '0' && c <= '9') || c == '.'; }
// The bytes of any character beyond ASCII are letters, too.
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

class Reader {
 public:
  explicit Reader(std::string_view latex) : rest_(latex) {}

  // Up to `end`, which is read over, or to the formula's end.
  std::vector<Item> items(char end = '\0') {
    std::vector<Item> row;
    while (!rest_.empty()) {
      if (rest_[0] == end) {
        rest_.remove_prefix(1);
        break;
      }
      if (in_matrix_ &&
          (rest_[0] == '&' || rest_.starts_with("\\\\") || rest_.starts_with("\\end")))
        break;
      if (rest_[0] == ' ' || rest_[0] == '}')
        rest_.remove_prefix(1);
      else
        row.push_back(with_scripts(nucleus(row.empty() || row.back().is_operator)));
    }
    return row;
  }

 private:
  std::string row(char end, std::size_t& width) {
    std::string markup;
    const std::vector<Item> all = items(end);
    for (const Item& item : all) {
      markup += item.markup;
      width += item.width;
    }
    return all.size() == 1 ? markup : "<mrow>" + markup + "</mrow>";
  }

  bool next_is(char c) const { return !rest_.empty() && rest_[0] == c; }

  // {...} as a row; what is missing is an empty one.
  std::string braced(std::size_t& width) {
    if (!next_is('{')) return "<mrow></mrow>";
    rest_.remove_prefix(1);
    return row('}', width);
  }

  // {...} as letters.
  std::string word() {
    std::string text;
    if (next_is('{')) rest_.remove_prefix(1);
    while (!rest_.empty() && !next_is('}')) {
      if (!next_is('\\')) text += rest_[0];
      rest_.remove_prefix(1);
    }
    if (!rest_.empty()) rest_.remove_prefix(1);
    return text;
  }

  template <class Is>
  std::string run(Is is) {
    const auto length = std::ranges::find_if_not(rest_, is) - rest_.begin();
    std::string text(rest_.substr(0, static_cast<std::size_t>(length)));
    rest_.remove_prefix(text.size());
    return text;
  }

  static Item named(const char* tag, const std::string& text) {
    return {fmt::format("<{0}>{1}</{0}>", tag, html_escaped(text)), false, false, text.size()};
  }

  // Where an operand is expected, a sign belongs to what follows.
  static Item operation(std::string_view sign, bool leading) {
    const bool infix = !leading && (sign == "+" || sign == "−");
    const char* form = sign == "−" && leading ? " form=\"prefix\"" : infix ? " form=\"infix\"" : "";
    return {fmt::format("<mo{}>{}</mo>", form, html_escaped(sign)), true, infix, 2};
  }

  // Brackets and what they hold are one thing, so that a power is of all of it. They grow with
  // fractions only: beside letters, a font's growing brackets stand apart.
  Item bracket(char open, char close) {
    rest_.remove_prefix(1);
    std::size_t width = 2;
    const std::string inside = row(close, width);
    const bool tall = inside.find("<mfrac") != std::string::npos;
    const char* form = tall ? "" : " stretchy=\"false\"";
    return {
        fmt::format("<mrow><mo{0}>{1}</mo>{2}<mo{0}>{3}</mo></mrow>", form, open, inside, close),
        false, false, width};
  }

  Item nucleus(bool leading) {
    const char c = rest_[0];
    if (is_digit(c)) return named("mn", run(is_digit));
    if (is_letter(c)) return applied(named("mi", run(is_letter)));
    if (c == '\\') return command(leading);
    if (c == '(') return bracket('(', ')');
    if (c == '[') return bracket('[', ']');
    if (c == '|') return bracket('|', '|');
    rest_.remove_prefix(1);
    if (c == '{') {
      std::size_t width = 0;
      std::string markup = row('}', width);
      return {std::move(markup), false, false, width};
    }
    return operation(c == '-' ? "−" : std::string_view(&c, 1), leading);
  }

  Item command(bool leading) {
    rest_.remove_prefix(1);
    if (next_is(';') || next_is(',')) {
      rest_.remove_prefix(1);
      return {"<mspace width=\"0.28em\"></mspace>"};
    }
    const std::string name = run(is_letter);
    if (name == "frac") {
      std::size_t above = 0, below = 0;
      const std::string numerator = braced(above);
      return {fmt::format("<mfrac>{}{}</mfrac>", numerator, braced(below)), false, false,
              std::max(above, below)};
    }
    if (name == "sqrt") {
      std::size_t width = 1;
      std::string root = fmt::format("<msqrt>{}</msqrt>", braced(width));
      return {std::move(root), false, false, width};
    }
    if (name == "hat") {
      std::size_t width = 0;
      std::string letter = braced(width);
      return {fmt::format("<mover accent=\"true\">{}<mo>ˆ</mo></mover>", letter), false, false,
              width};
    }
    if (name == "begin") return matrix();
    // Not <mtext>: that counts as space, beside which operators lose theirs.
    if (name == "text" || name == "mathrm") return named("mi", word());
    if (name == "boxed")
      return {"<mrow class=\"blank\"><mn>" + word() + "</mn></mrow>", false, false, 3};
    if (name == "operatorname") return applied(named("mi", word()));
    if (const auto sign = find(named_operators, name); !sign.empty())
      return operation(sign, leading);
    const auto letter = find(greek_letters, name);
    if (name.empty() && !rest_.empty()) {  // \_ and its like
      std::string sign(1, rest_[0]);
      rest_.remove_prefix(1);
      return named("mi", sign);
    }
    return applied(named("mi", letter.empty() ? name : std::string(letter)));
  }

  // \begin{pmatrix} a & b \\ c & d \end{pmatrix}, of which \begin is read over.
  Item matrix() {
    word();
    in_matrix_ = true;  // there are no matrices of matrices
    std::string cells;
    std::size_t width = 2, columns = 0;
    do {
      cells += "<mtr>";
      do {
        columns += 8;
        cells += "<mtd>";
        for (const Item& item : items()) cells += item.markup;
        cells += "</mtd>";
      } while (skipped("&"));
      cells += "</mtr>";
    } while (skipped("\\\\"));
    in_matrix_ = false;
    skipped("\\end");
    word();
    return {"<mrow><mo>(</mo><mtable>" + cells + "</mtable><mo>)</mo></mrow>", false, false,
            width + columns};
  }

  bool skipped(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  // f(x): the invisible operator says that this is no product.
  Item applied(Item function) {
    if (!next_is('(')) return function;
    Item bracketed = bracket('(', ')');
    return {fmt::format("<mrow>{}<mo>&#x2061;</mo>{}</mrow>", function.markup, bracketed.markup),
            false, false, function.width + bracketed.width};
  }

  Item with_scripts(Item base) {
    std::string below, above;
    std::size_t below_width = 0, above_width = 0;
    while (next_is('_') || next_is('^') || next_is('\'')) {
      if (next_is('\'')) {
        above += "<mo>′</mo>";
        above_width += 1;
        rest_.remove_prefix(1);
        continue;
      }
      const bool is_sub = next_is('_');
      rest_.remove_prefix(1);
      std::string& script = is_sub ? below : above;
      std::size_t& width = is_sub ? below_width : above_width;
      if (next_is('{') || rest_.empty())
        script += braced(width);
      else
        script += nucleus(true).markup;
    }
    if (below.empty() && above.empty()) return base;
    // Primes are scripts beside another: one element each.
    if (above.starts_with("<mo>′")) above = "<mrow>" + above + "</mrow>";
    const char* tag = above.empty() ? "msub" : below.empty() ? "msup" : "msubsup";
    base.markup = fmt::format("<{0}>{1}{2}{3}</{0}>", tag, base.markup, below, above);
    base.width += (std::max(below_width, above_width) + 1) / 2;
    return base;
  }

  std::string_view rest_;
  bool in_matrix_ = false;
};

std::string element(std::string_view inside) {
  return fmt::format("<math><mrow>{}</mrow></math>", inside);
}

}  // namespace

std::string mathml(std::string_view latex) {
  std::string row;
  for (const Item& item : Reader(latex).items()) row += item.markup;
  return element(row);
}

std::string mathml_terms(std::string_view latex) {
  // Half of a phone's line; what is shorter is not worth breaking.
  constexpr std::size_t short_enough = 18;
  const std::vector<Item> items = Reader(latex).items();
  std::size_t width = 0;
  for (const Item& item : items) width += item.width;
  std::string markup = "<span>", piece;
  for (const Item& item : items) {
    if (item.is_operator && width > short_enough && !piece.empty()) {
      markup += element(piece) + (item.is_sum ? "</span><span>" : "");
      piece.clear();
    }
    piece += item.markup;
  }
  return markup + element(piece) + "</span>";
}

}  // namespace chainrule::page
