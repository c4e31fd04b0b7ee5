#include "train/loop/shared_variables.h"

#include <algorithm>

#include "compile/divide.h"
#include "compile/draft.h"

namespace chainrule {
namespace {

// An update of fewer numbers takes no longer than ranks wait for each other.
constexpr std::int64_t fewest_numbers = 1 << 14;

std::int64_t numbers_of(const Graph& graph, const Update& update) {
  return round_up(graph.node(update.variable).shape.size());
}

}  // namespace

std::unique_ptr<SharedVariables> SharedVariables::of(Communicator& ranks, Session& session,
                                                     const Graph& update) {
  std::int64_t numbers = 0;
  for (const Update& one : update.updates()) numbers += numbers_of(update, one);
  if (ranks.size() == 1 || numbers < fewest_numbers || !can_divide_updates(compile(update)))
    return nullptr;
  std::unique_ptr<SharedTeam> team = SharedTeam::of(ranks, numbers);
  if (team == nullptr) return nullptr;
  return std::unique_ptr<SharedVariables>(new SharedVariables(session, std::move(team), update));
}

SharedVariables::SharedVariables(Session& session, std::unique_ptr<SharedTeam> team,
                                 const Graph& update)
    : session_(session), team_(std::move(team)) {
  std::size_t at = 0;
  for (const Update& one : update.updates()) {
    const Node& variable = update.node(one.variable);
    memory_[variable.name] =
        team_->numbers().subspan(at, static_cast<std::size_t>(variable.shape.size()));
    at += static_cast<std::size_t>(numbers_of(update, one));
  }
}

SharedVariables::~SharedVariables() { session_.fetch(); }

// Each rank brings its share of what all of them have.
void SharedVariables::begin_step() {
  if (are_taken_) return;
  session_.fetch();
  team_->wait();
  for (const auto& [name, numbers] : memory_) {
    const auto size = static_cast<std::int64_t>(numbers.size());
    const std::span<const float> own = session_.values(name);
    std::copy(own.begin() + share().begin(size), own.begin() + share().end(size),
              numbers.begin() + share().begin(size));
  }
  team_->wait();
  are_taken_ = true;
}

void SharedVariables::end_step() {
  team_->wait();
  session_.fetch_on_demand([this] {
    for (const auto& [name, numbers] : memory_)
      std::ranges::copy(numbers, session_.values(name).begin());
  });
}

}  // namespace chainrule
