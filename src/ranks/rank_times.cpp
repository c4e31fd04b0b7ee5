#include "ranks/rank_times.h"

#include <algorithm>

namespace chainrule {

void RankTimes::add(double computing, double summing) {
  computing_.push_back(static_cast<float>(computing));
  summing_.push_back(static_cast<float>(summing));
}

std::vector<RankTime> RankTimes::gathered(Communicator& ranks) const {
  constexpr std::size_t longest_place = 256;
  std::string place = ranks.place();
  place.resize(longest_place);
  if (ranks.rank() > 0) {
    ranks.exchange(0, std::as_bytes(std::span(place)), {});
    ranks.exchange(0, std::as_bytes(std::span(computing_)), {});
    ranks.exchange(0, std::as_bytes(std::span(summing_)), {});
    return {};
  }
  struct OfRank {
    std::string place;
    std::vector<float> computing, summing;
  };
  std::vector<OfRank> all{{place, computing_, summing_}};
  for (int rank = 1; rank < ranks.size(); ++rank) {
    OfRank& theirs = all.emplace_back(all.front());  // as many steps
    ranks.exchange(rank, {}, std::as_writable_bytes(std::span(theirs.place)));
    ranks.exchange(rank, {}, std::as_writable_bytes(std::span(theirs.computing)));
    ranks.exchange(rank, {}, std::as_writable_bytes(std::span(theirs.summing)));
  }
  std::vector<RankTime> times;
  for (const OfRank& own : all) {
    RankTime& time = times.emplace_back(RankTime{.place = own.place.c_str()});
    for (std::size_t step = 0; step < own.computing.size(); ++step) {
      double slowest = 0;
      for (const OfRank& any : all)
        slowest = std::max(slowest, static_cast<double>(any.computing[step]));
      const auto computing = static_cast<double>(own.computing[step]);
      const auto summing = static_cast<double>(own.summing[step]);
      const double waiting = std::min(slowest - computing, summing);
      time.computing += computing;
      time.waiting += waiting;
      time.exchanging += summing - waiting;
    }
  }
  return times;
}

}  // namespace chainrule
