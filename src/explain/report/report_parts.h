// The building blocks of a report in HTML.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chainrule/explain.h"

namespace chainrule::page {

using Rows = std::vector<std::vector<std::string>>;
// Where cells lead, by their row and column in Rows: "#cell-0-1".
using Links = std::map<std::pair<std::size_t, std::size_t>, std::string>;

class ReportParts {
 public:
  explicit ReportParts(Language language) : language_(language) {}

  Language language() const { return language_; }
  std::string say(std::string_view en, std::string_view ko) const {
    return std::string(language_ == Language::ko ? ko : en);
  }
  // Text is escaped here, and cut where it is very long; `inside` and `body` are HTML already.
  // Cells that begin like a number are set to the right; the last column may be of commands, set as
  // code.
  enum class Last { words, commands };
  std::string table(const std::string& caption, const std::vector<std::string>& header,
                    const Rows& rows, Last last = Last::words, const Links& links = {}) const;
  std::string section(const std::string& heading, const std::string& inside);
  std::string page(const std::string& title, const std::string& body) const;

 private:
  Language language_;
  int sections_ = 0;
};

}  // namespace chainrule::page
