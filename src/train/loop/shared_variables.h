// The variables that a step updates, where the ranks share memory: there is one of each, of which
// every rank updates its share.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "chainrule/program.h"
#include "ranks/shared_team.h"

namespace chainrule {

class SharedVariables {
 public:
  // Of the graph of an update, by whose programs the session has them. Null where the ranks share
  // no memory, and where the update cannot be divided or is of so few numbers that it does not pay.
  // All ranks call it. The session must outlive it.
  static std::unique_ptr<SharedVariables> of(Communicator& ranks, Session& session,
                                             const Graph& update);
  ~SharedVariables();  // the session has them then
  SharedVariables(const SharedVariables&) = delete;
  SharedVariables& operator=(const SharedVariables&) = delete;

  const GivenMemory& memory() const { return memory_; }
  Share share() const { return team_->share(); }

  // Before a step and behind it, on all ranks; the session's own are those of a step as soon as
  // somebody asks for them.
  void begin_step();
  void end_step();
  // Somebody has written to the session's own, the same on all ranks.
  void were_changed() { are_taken_ = false; }

 private:
  SharedVariables(Session& session, std::unique_ptr<SharedTeam> team, const Graph& update);

  Session& session_;
  std::unique_ptr<SharedTeam> team_;
  GivenMemory memory_;
  bool are_taken_ = false;  // from the session
};

}  // namespace chainrule
