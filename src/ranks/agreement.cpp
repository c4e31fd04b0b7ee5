#include "ranks/agreement.h"

#include <vector>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule {
namespace {

// Words and places are sent in so many bytes, zeros behind them.
constexpr std::size_t longest = 256;

std::string in_place(std::string text) {
  text.resize(longest);
  return text;
}

// What all ranks say, and where they are: two texts of each. Rank 0 hears it, the others nothing.
std::vector<std::string> heard(Communicator& ranks, const std::string& words) {
  std::string said = in_place(words) + in_place(ranks.place());
  std::vector<std::string> all;
  if (ranks.rank() > 0) ranks.exchange(0, std::as_bytes(std::span(said)), {});
  for (int rank = 0; ranks.rank() == 0 && rank < ranks.size(); ++rank) {
    if (rank > 0) ranks.exchange(rank, {}, std::as_writable_bytes(std::span(said)));
    all.emplace_back(said.c_str());
    all.emplace_back(said.c_str() + longest);
  }
  return all;
}

// What rank 0 answers to this one, of an answer for each of them.
std::string answer_to_this(Communicator& ranks, const std::vector<std::string>& answers) {
  std::string answer = in_place(ranks.rank() == 0 ? answers[0] : "");
  if (ranks.rank() > 0) ranks.exchange(0, {}, std::as_writable_bytes(std::span(answer)));
  for (std::size_t rank = 1; rank < answers.size(); ++rank) {
    const std::string theirs = in_place(answers[rank]);
    ranks.exchange(static_cast<int>(rank), std::as_bytes(std::span(theirs)), {});
  }
  return answer.c_str();
}

void refuse_everywhere(Communicator& ranks, const std::string& fault) {
  const std::vector<std::string> same(
      ranks.rank() == 0 ? static_cast<std::size_t>(ranks.size()) : 0, fault);
  const std::string verdict = answer_to_this(ranks, same);
  if (!verdict.empty()) throw DataError({}, verdict);
}

}  // namespace

void require_agreement(Communicator& ranks, const std::string& what, const std::string& words) {
  const std::vector<std::string> all = heard(ranks, words);
  std::string fault;
  for (std::size_t at = 2; at < all.size() && fault.empty(); at += 2)
    if (all[at] != all[0])
      fault = fmt::format("rank {} on {} has another {} than rank 0 on {}: {}, not {}", at / 2,
                          all[at + 1], what, all[1], all[at], all[0]);
  refuse_everywhere(ranks, fault);
}

void require_success(Communicator& ranks, const std::string& failure) {
  const std::vector<std::string> all = heard(ranks, failure);
  std::string fault;
  for (std::size_t at = 0; at < all.size() && fault.empty(); at += 2)
    if (!all[at].empty()) fault = fmt::format("rank {} on {}: {}", at / 2, all[at + 1], all[at]);
  refuse_everywhere(ranks, fault);
}

bool is_first_to_say(Communicator& ranks, const std::string& words) {
  const std::vector<std::string> all = heard(ranks, words);
  std::vector<std::string> answers;
  for (std::size_t at = 0; at < all.size(); at += 2) {
    bool is_first = true;
    for (std::size_t before = 0; before < at; before += 2)
      is_first = is_first && all[before] != all[at];
    answers.emplace_back(is_first ? "yes" : "");
  }
  return !answer_to_this(ranks, answers).empty();
}

}  // namespace chainrule
