// The building blocks of a report in HTML.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "words/messages.h"

namespace chainrule::page {

using Rows = std::vector<std::vector<std::string>>;
// Where cells lead, by their row and column in Rows: "#cell-0-1".
using Links = std::map<std::pair<std::size_t, std::size_t>, std::string>;

// What text becomes is escaped here, and cut where it is a very long name; `inside` and `body` are
// HTML already.
class ReportParts {
 public:
  // `program` and `folder`, the run's, are what commands to copy are made of.
  ReportParts(Language language, std::string_view program, const std::string& folder);

  Language language() const { return language_; }
  const std::string& program() const { return program_; }
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return said(which, language_, arguments...);
  }

  // "chainrule explain runs/1 loss": text, for a shell; `more` is for it already.
  std::string command(std::string_view name, std::string_view more = "") const;
  std::string command_on(std::string_view name, const std::string& path) const;  // of another path
  static std::string code(const std::string& command);

  // Paragraphs: a sentence, and a sentence with the command that shows more.
  std::string paragraph(const std::string& text) const;
  std::string paragraph(const std::string& text, const std::string& command) const;

  // Where a number comes from: folded, until a link to "#id" leads there.
  std::string story(const std::string& id, const std::string& title,
                    const std::string& inside) const;

  // Cells that begin like a number are set to the right; the last column may be of commands.
  enum class Last { words, commands };
  std::string table(const std::string& caption, const std::vector<std::string>& header,
                    const Rows& rows, Last last = Last::words, const Links& links = {}) const;
  std::string section(const std::string& heading, const std::string& inside);
  std::string page(const std::string& title, const std::string& body) const;

 private:
  Language language_;
  std::string program_, folder_;
  int sections_ = 0;
};

// What writes a section: sentences, alone or as paragraphs.
class SectionWriter {
 protected:
  explicit SectionWriter(ReportParts& parts) : parts_(parts) {}
  template <class... Args>
  std::string say(Phrase which, const Args&... arguments) const {
    return parts_.say(which, arguments...);
  }
  template <class... Args>
  std::string tell(Phrase which, const Args&... arguments) const {
    return parts_.paragraph(say(which, arguments...));
  }

  ReportParts& parts_;
};

// Each number of the column, or of the row, leads to the story; of the row its first word, too.
void link_column(Links& links, const Rows& rows, std::size_t column, const std::string& id);
void link_row(Links& links, const Rows& rows, std::size_t row, const std::string& id);

}  // namespace chainrule::page
