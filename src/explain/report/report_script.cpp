#include "explain/report/report_script.h"

#include <nlohmann/json.hpp>

#include "words/messages.h"

namespace chainrule::page {
namespace {

// Neither < nor & may occur here: the page is XML. Where the clipboard is refused, the command is
// selected, so that the keyboard copies it.
constexpr std::string_view report_javascript = R"js(
const told = document.createElement("p");
told.className = "spoken";
told.setAttribute("role", "status");
document.querySelector("main").append(told);
for (const code of document.querySelectorAll("code.command")) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = words.copy;
  button.setAttribute("aria-label", words.copy + ": " + code.textContent);
  button.addEventListener("click", async () => {
    getSelection().selectAllChildren(code);
    let copied = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      copied = document.execCommand("copy");
    }
    button.textContent = copied ? words.copied : words.copy;
    told.textContent = copied ? words.copied : "";
  });
  code.after(" ", button);
}
const unfold = () => {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const story = target === null ? null : target.closest("details");
  if (story === null) return;
  story.open = true;
  story.scrollIntoView({ block: "nearest" });
};
addEventListener("hashchange", unfold);
unfold();
)js";

}  // namespace

std::string report_script(Language language) {
  const nlohmann::ordered_json words{{"copy", phrase(Phrase::copy_command, language)},
                                     {"copied", phrase(Phrase::command_copied, language)}};
  return "const words = " + words.dump() + ";" + std::string(report_javascript);
}

}  // namespace chainrule::page
