// Answers to an exercise, in the browser: the same decisions as diagnosed() makes, in the same
// order.
#include <array>

#include <nlohmann/json.hpp>

#include "explain/write/html.h"

namespace chainrule::page {
namespace {

struct Answer {
  Mistake mistake;
  std::string_view name;
  Phrase words;
};
constexpr std::array answers{Answer{Mistake::none, "none", Phrase::answer_right},
                             Answer{Mistake::sign, "sign", Phrase::answer_sign},
                             Answer{Mistake::factor, "factor", Phrase::answer_factor},
                             Answer{Mistake::term, "term", Phrase::answer_term},
                             Answer{Mistake::derivative, "derivative", Phrase::answer_derivative},
                             Answer{Mistake::rounding, "rounding", Phrase::answer_rounding},
                             Answer{Mistake::other, "other", Phrase::answer_other}};

// Neither < nor & may occur here: the page is XML.
constexpr std::string_view javascript = R"js(
for (const input of document.querySelectorAll("input[data-right]")) {
  const right = Number(input.dataset.right), digits = Number(input.dataset.digits);
  const meets = (answer, value) => {
    const printed = Math.abs(value) >= 10 ** (3 - digits) ? 0.505 * 10 ** -digits : 0;
    return Math.max(1e-4 * Math.abs(value), printed) >= Math.abs(answer - value);
  };
  const diagnosed = (answer) => {
    if (meets(answer, right)) return "none";
    const met = JSON.parse(input.dataset.wrong).filter(([value]) => meets(answer, value));
    const distance = ([value]) => Math.abs(answer - value);
    if (met.length > 0) return met.reduce((a, b) => (distance(a) > distance(b) ? b : a))[1];
    return 0.02 * Math.abs(right) >= Math.abs(answer - right) ? "rounding" : "other";
  };
  input.addEventListener("change", () => {
    const text = input.value.trim().replace("\u2212", "-").replace(",", ".");
    const output = input.parentElement.nextElementSibling;
    const answer = text === "" ? NaN : Number(text);
    const found = Number.isFinite(answer) ? diagnosed(answer) : "no number";
    output.value = text === "" ? "" : messages[found];
    output.className = found === "none" ? "right" : "wrong";
  });
}
)js";

}  // namespace

std::string_view name_of(Mistake mistake) {
  return answers.at(static_cast<std::size_t>(mistake)).name;
}

std::string exercise_script(Language language) {
  nlohmann::ordered_json messages;
  for (const Answer& answer : answers)
    messages[std::string(answer.name)] = phrase(answer.words, language);
  messages["no number"] = phrase(Phrase::exercise_no_number, language);
  return "const messages = " + messages.dump() + ";" + std::string(javascript);
}

}  // namespace chainrule::page
