// Where the ranks' time goes, step by step.
#pragma once

#include <vector>

#include "chainrule/communicator.h"

namespace chainrule {

class RankTimes {
 public:
  // What this rank took from the last sum over the ranks to the next, and then that sum, in
  // seconds.
  void add(double computing, double summing);

  // Of each rank, on rank 0: in every step the ranks wait until the slowest has its sum to
  // exchange, and what is left of the time that the sum takes is exchange. The other ranks send
  // theirs and get none.
  std::vector<RankTime> gathered(Communicator& ranks) const;

 private:
  std::vector<float> computing_, summing_;  // by step
};

}  // namespace chainrule
