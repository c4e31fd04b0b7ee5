// A pocket calculator for what a page prints: numbers, the four operations, powers and the few
// functions that pages name. It knows nothing of the engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace chainrule {

// A number as it was printed, and half a unit of its last digit; 0 where the form says that it was
// not rounded.
struct PrintedNumber {
  double value = 0, half_unit = 0;
};

class Calculator {
 public:
  // `is_rounded` tells from a number's text whether it is a rounded one.
  Calculator(std::string_view text, std::function<bool(std::string_view)> is_rounded)
      : text_(text), is_rounded_(std::move(is_rounded)) {}

  // Throws std::runtime_error where the text is no formula of numbers.
  double value() {
    at_ = 0;
    count_ = 0;
    const double result = sum();
    if (at_ != text_.size()) fail("more is left");
    return result;
  }
  // How far the value may be off, since the numbers in the text were rounded before they were
  // printed: what half a unit of each does to it, added up.
  double uncertainty() {
    const double here = value();
    double total = 0;
    const std::vector<PrintedNumber> numbers = numbers_;
    for (std::size_t k = 0; k < numbers.size(); ++k) {
      if (numbers[k].half_unit == 0) continue;
      double away = 0;
      for (const double sign : {-1.0, 1.0}) {
        moved_ = k;
        move_ = sign * numbers[k].half_unit;
        away = std::max(away, std::abs(value() - here));
      }
      total += std::isnan(away) ? HUGE_VAL : away;
    }
    moved_ = no_number;
    return total;
  }
  const std::vector<PrintedNumber>& numbers() const { return numbers_; }

 private:
  static constexpr std::size_t no_number = static_cast<std::size_t>(-1);

  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error(what + " at \"" + std::string(text_.substr(at_)) + "\"");
  }
  void skip_spaces() {
    while (at_ < text_.size() && text_[at_] == ' ') ++at_;
  }
  bool take(std::string_view sign) {
    skip_spaces();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  void need(std::string_view sign) {
    if (!take(sign)) fail("no " + std::string(sign));
  }

  double sum() {
    double result = product();
    while (true) {
      if (take("+"))
        result += product();
      else if (take("-"))
        result -= product();
      else
        return result;
    }
  }
  double product() {
    double result = signed_power();
    while (true) {
      if (take("×"))
        result *= signed_power();
      else if (take("/"))
        result /= signed_power();
      else
        return result;
    }
  }
  double signed_power() { return take("-") ? -signed_power() : power(); }
  double power() {
    const double base = atom();
    return take("^") ? std::pow(base, signed_atom()) : base;
  }
  double signed_atom() { return take("-") ? -signed_atom() : atom(); }

  double atom() {
    skip_spaces();
    if (take("(")) return bracket();
    if (take("[")) return condition("]");
    if (take("√(")) return std::sqrt(closed());
    if (take("|")) {
      const double inside = sum();
      need("|");
      return std::abs(inside);
    }
    if (take("e^")) return std::exp(signed_atom());
    if (take("inf")) return HUGE_VAL;
    if (take("nan")) return std::nan("");
    if (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0)
      return number();
    return function();
  }
  double closed() {
    const double inside = sum();
    need(")");
    return inside;
  }
  // (a), or (c ? a : b).
  double bracket() {
    const double first = sum();
    if (!take("?")) {
      need(")");
      return first;
    }
    const double yes = sum();
    need(":");
    const double no = closed();
    return first != 0 ? yes : no;
  }
  double condition(std::string_view end) {
    const double left = sum();
    for (const char* sign : {">=", "<=", "==", "!=", ">", "<"}) {
      if (!take(sign)) continue;
      const std::string op = sign;
      const double right = sum();
      need(end);
      return op == ">="   ? left >= right
             : op == "<=" ? left <= right
             : op == "==" ? left == right
             : op == "!=" ? left != right
             : op == ">"  ? left > right
                          : left < right;
    }
    fail("no comparison");
  }

  double number() {
    std::size_t end = at_;
    const auto digits = [&] {
      while (end < text_.size() &&
             (std::isdigit(static_cast<unsigned char>(text_[end])) != 0 || text_[end] == '.'))
        ++end;
    };
    digits();
    const bool has_exponent = end + 1 < text_.size() && text_[end] == 'e' &&
                              (text_[end + 1] == '-' || text_[end + 1] == '+');
    const std::size_t mantissa_end = end;
    if (has_exponent) {
      end += 2;
      digits();
    }
    const std::string word(text_.substr(at_, end - at_));
    const std::string mantissa(text_.substr(at_, mantissa_end - at_));
    at_ = end;
    PrintedNumber read{std::stod(word), 0};
    if (is_rounded_(word)) {
      const auto point = mantissa.find('.');
      const double decimals =
          point == std::string::npos ? 0 : static_cast<double>(mantissa.size() - point - 1);
      const double exponent = has_exponent ? std::stod(word.substr(mantissa.size() + 1)) : 0;
      read.half_unit = 0.5 * std::pow(10.0, exponent - decimals);
    }
    const std::size_t place = count_++;
    if (numbers_.size() <= place) numbers_.push_back(read);
    return read.value + (place == moved_ ? move_ : 0);
  }

  double function() {
    std::size_t end = at_;
    while (end < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[end])) != 0 ||
                                  text_[end] == '_' || text_[end] == '.'))
      ++end;
    const std::string name(text_.substr(at_, end - at_));
    at_ = end;
    need("(");
    std::vector<double> x{sum()};
    while (take(",")) x.push_back(sum());
    need(")");
    return applied(name, x);
  }
  double applied(const std::string& name, const std::vector<double>& x) const {
    const double a = x[0];
    if (name == "ln") return std::log(a);
    if (name == "max") return *std::ranges::max_element(x);
    if (name == "min") return *std::ranges::min_element(x);
    if (name == "cos") return std::cos(a);
    if (name == "tanh") return std::tanh(a);
    if (name == "erf") return std::erf(a);
    if (name == "sign") return (a > 0) - (a < 0);
    if (name == "sigmoid") return 1 / (1 + std::exp(-a));
    if (name == "relu") return std::max(a, 0.0);
    if (name == "leaky_relu") return a > 0 ? a : 0.01 * a;
    if (name == "elu") return a > 0 ? a : std::exp(a) - 1;
    if (name == "gelu") return a * (1 + std::erf(a / std::sqrt(2.0))) / 2;
    if (name == "silu") return a / (1 + std::exp(-a));
    if (name == "softplus") return std::log1p(std::exp(-std::abs(a))) + std::max(a, 0.0);
    fail("no function " + name);
  }

  std::string_view text_;
  std::function<bool(std::string_view)> is_rounded_;
  std::size_t at_ = 0, count_ = 0, moved_ = no_number;
  double move_ = 0;
  std::vector<PrintedNumber> numbers_;
};

}  // namespace chainrule
