// Ranks of one machine that work on memory which all of them see.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/share.h"
#include "chainrule/communicator.h"

namespace chainrule {

// A block of memory that the ranks share, and what they wait at for each other.
class SharedTeam {
 public:
  // So many numbers, zeros at first; null where the ranks share no memory. All ranks call it.
  static std::unique_ptr<SharedTeam> of(Communicator& ranks, std::int64_t numbers);

  std::span<float> numbers() const { return numbers_; }
  Share share() const { return share_; }

  // Until all ranks have come here: what they wrote before is seen by all of them afterwards.
  void wait();

 private:
  SharedTeam(const Communicator& ranks, std::shared_ptr<std::byte> memory, std::int64_t numbers);

  std::shared_ptr<std::byte> memory_;
  std::uint32_t *arrived_, *round_;  // in that memory
  std::span<float> numbers_;
  Share share_;
};

// The sums over the ranks, number by number along the tree of AllReduce, with the same bits, but
// read where each rank has written its own: nothing is sent.
class SharedSum {
 public:
  // `parts`: how many of the numbers each array among them has; shares are those of the arrays.
  // Null where the ranks share no memory. All ranks call it.
  static std::unique_ptr<SharedSum> of(Communicator& ranks, std::vector<std::int64_t> parts);

  std::span<float> own() const;   // this rank's numbers, zeros at first
  std::span<float> sums() const;  // of all ranks, since the last sum()
  // When all ranks have written their own. Behind it each may write the next ones; the sums stay
  // until all have called it again.
  void sum();

 private:
  SharedSum(std::unique_ptr<SharedTeam> team, std::vector<std::int64_t> parts, std::int64_t size);
  std::span<float> numbers_of(int rank) const;  // the sums behind those of the last one
  void add_up(int first, int count, std::int64_t at, std::span<float> to) const;

  std::unique_ptr<SharedTeam> team_;
  std::vector<std::int64_t> parts_;
  std::int64_t size_;
};

}  // namespace chainrule
