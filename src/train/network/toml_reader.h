// Reading TOML with errors that point at the place. Included by the few files that read TOML only,
// since the parser's header is heavy.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "chainrule/tensor.h"
#include "train/network/toml_scan.h"

namespace chainrule {

// What the parser takes for granted does not hold: the text is no TOML.
struct TomlAssertion {};
[[noreturn]] inline void fail_toml_assertion() { throw TomlAssertion(); }

}  // namespace chainrule

// The parser's assertions hold for TOML, not for every text: [2020-01-01 1] breaks one. A Debug
// build would abort, and an optimiser may believe what they say. So they are checked in every
// build, and become an error of the text. (The header switches them off where NDEBUG is defined.)
#pragma push_macro("NDEBUG")
#undef NDEBUG
#define TOML_ASSERT(condition) \
  ((condition) ? static_cast<void>(0) : chainrule::fail_toml_assertion())
#include <toml++/toml.h>
#pragma pop_macro("NDEBUG")

namespace chainrule {

class TomlReader {
 public:
  explicit TomlReader(std::string file) : file_(std::move(file)) {}

  toml::table parse(std::string_view text) const {
    if (const auto fault = fault_in_toml(text))
      throw DataError({file_, fault->line, fault->column},
                      fmt::format("this is no TOML that can be read: {}", fault->what));
    try {
      return toml::parse(text, file_);
    } catch (const TomlAssertion&) {
      throw DataError({file_}, "this is no TOML: a value or a key in it is not finished; mend it");
    } catch (const toml::parse_error& error) {
      fail(error.source(), fmt::format("this is no TOML: {}; mend the line", error.description()));
    }
  }

  [[noreturn]] void fail(const toml::source_region& at, const std::string& what) const {
    throw DataError({file_, at.begin.line, at.begin.column}, what);
  }
  [[noreturn]] void fail(const toml::node& at, const std::string& what) const {
    fail(at.source(), what);
  }

  // Throws unless every key is known; `where` is "[loss]", say.
  void require_known(const toml::table& table, std::string_view where,
                     const std::vector<std::string>& known) const {
    for (const auto& [key, value] : table)
      if (std::find(known.begin(), known.end(), key.str()) == known.end())
        fail(key.source(), fmt::format("{} has no key \"{}\"; {}", where, key.str(),
                                       suggestion(key.str(), known)));
  }

  // The key's value, which must be there; `hint` is what to write.
  const toml::node& required(const toml::table& table, std::string_view key, std::string_view where,
                             std::string_view hint) const {
    if (const auto* node = table.get(key)) return *node;
    fail(table, fmt::format("{} has no {}; add {}", where, key, hint));
  }

  // Runs what may refuse a value with a UsageError, and says where the value stands.
  template <class F>
  auto placed(const toml::node& at, F f) const {
    try {
      return f();
    } catch (const UsageError& error) {
      fail(at, error.what());
    }
  }

  const toml::table& table(const toml::node& node, std::string_view what) const {
    if (const auto* found = node.as_table()) return *found;
    fail(node, fmt::format("{} is a {}; write it as a table, [{}]", what, kind(node), what));
  }

  const toml::array& array(const toml::node& node, std::string_view what) const {
    if (const auto* found = node.as_array()) return *found;
    fail(node, fmt::format("{} is {}; give a list in brackets, such as [0.1, 0.2]", what,
                           described(node)));
  }

  std::string word(const toml::node& node, std::string_view what) const {
    if (const auto found = node.value_exact<std::string>()) return *found;
    fail(node, fmt::format("{} is {}; give a word in quotes", what, described(node)));
  }

  bool truth(const toml::node& node, std::string_view what) const {
    if (const auto found = node.value_exact<bool>()) return *found;
    fail(node, fmt::format("{} is {}; give true or false", what, described(node)));
  }

  double number(const toml::node& node, std::string_view what) const {
    const auto found = node.is_number() ? node.value<double>() : std::nullopt;
    if (!found) fail(node, fmt::format("{} is {}; give a number", what, described(node)));
    if (!std::isfinite(*found))
      fail(node, fmt::format("{} is {}; give a finite number", what, *found));
    return *found;
  }

  std::int64_t integer(const toml::node& node, std::string_view what, std::int64_t low,
                       std::int64_t high) const {
    const auto found = node.value_exact<std::int64_t>();
    if (!found) fail(node, fmt::format("{} is {}; give a whole number", what, described(node)));
    if (*found < low || *found > high)
      fail(node, fmt::format("{} = {}; it must be from {} to {}", what, *found, low, high));
    return *found;
  }

  std::vector<double> numbers(const toml::node& node, std::string_view what) const {
    std::vector<double> values;
    for (const toml::node& element : array(node, what))
      values.push_back(number(element, fmt::format("number {} of {}", values.size() + 1, what)));
    return values;
  }

  std::vector<std::int64_t> integers(const toml::node& node, std::string_view what,
                                     std::int64_t low, std::int64_t high) const {
    std::vector<std::int64_t> values;
    for (const toml::node& element : array(node, what))
      values.push_back(integer(element, what, low, high));
    return values;
  }

  // A number of features, or the extents of a picture.
  Shape row(const toml::node& node, std::string_view key, std::int64_t most) const {
    if (!node.is_array()) return Shape{integer(node, key, 1, most)};
    const std::vector<std::int64_t> extents = integers(node, key, 1, most);
    if (extents.empty() || extents.size() > 3)
      fail(node, fmt::format("{} has {} extents; give a number of features, such as 784, "
                             "or [channels, height, width], such as [1, 28, 28]",
                             key, extents.size()));
    return placed(node, [&] { return Shape(extents); });
  }

  static std::string_view kind(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::table:
        return "table";
      case toml::node_type::array:
        return "list";
      case toml::node_type::string:
        return "text";
      case toml::node_type::boolean:
        return "truth value";
      case toml::node_type::integer:
      case toml::node_type::floating_point:
        return "number";
      default:
        return "date or time";
    }
  }

 private:
  // What stands there: the value itself if it is short to say.
  static std::string described(const toml::node& node) {
    if (const auto text = node.value_exact<std::string>())
      if (text->size() <= 40) return fmt::format("\"{}\"", *text);
    if (const auto truth = node.value_exact<bool>()) return *truth ? "true" : "false";
    if (const auto number = node.is_number() ? node.value<double>() : std::nullopt)
      return fmt::format("{}", *number);
    return fmt::format("a {}", kind(node));
  }

  std::string file_;
};

}  // namespace chainrule
