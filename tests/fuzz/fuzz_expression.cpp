// An expression as TOML: what is accepted has symbols that are all different, and can be worked.
#include <set>

#include "explain/expression/expression_page.h"
#include "target.h"

using namespace chainrule;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const page::ExpressionFile file = page::parse_expression(text, "fuzz.toml");
    const std::set<std::string> different(file.symbols.begin(), file.symbols.end());
    claim(different.size() == file.symbols.size());
    claim(different.contains(file.result));
    if (file.statements.size() <= 20 && text.size() < 2000)
      claim(!page::expression_page(file, "", 1).sections.empty());
  });
}
