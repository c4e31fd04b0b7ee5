// One line of an expression: "q = (x + y) * z". What it says is a formula of quantities, which
// are the values made or given before it.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/error.h"
#include "ops/expression.h"

namespace chainrule::page {

// A line as read. Its quantities have symbols and no values yet.
struct Statement {
  std::vector<std::string> made;  // the symbols of the values that it makes; softmax makes many
  // Their formula; of softmax, the operands are all that it is taken over.
  Expression formula;
};

// Reads lines one after the other. A name that is assigned again is another value: c, c', c''.
class LineReader {
 public:
  // Throws UsageError for what can be no name.
  void give(const std::string& name);
  // `place` is where the text begins. Throws DataError there: what cannot be read, or uses what no
  // line before it makes.
  Statement read(std::string_view text, const FilePlace& place);

  // The symbol that the name stands for now; empty if there is no such value.
  std::string symbol_of(const std::string& name) const;
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::string assign(const std::string& name);

  std::map<std::string, int> versions_;  // by name: how often it was assigned again
  std::vector<std::string> names_;       // in the order in which they were made
};

}  // namespace chainrule::page
