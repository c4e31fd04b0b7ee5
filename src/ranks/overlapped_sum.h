// Sums over ranks by messages that travel while the numbers behind them are still computed.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "ranks/all_reduce.h"

namespace chainrule {

// An array in few large pieces, from its end to its beginning, as a backward pass makes gradients.
// A thread of its own sums them up over the ranks, in this order on all of them, each as soon as it
// is there. The sums are those of AllReduce.
class OverlappedSum {
 public:
  // `parts`: how many numbers the arrays have that lie behind each other in it; a piece is whole
  // arrays. Null where there would be one piece. Where exchanges may not come from another thread,
  // or the system gives none, all of them wait for the end, in the same pieces.
  static std::unique_ptr<OverlappedSum> of(Communicator& ranks, std::span<float> numbers,
                                           std::span<const std::int64_t> parts);
  ~OverlappedSum();
  OverlappedSum(const OverlappedSum&) = delete;
  OverlappedSum& operator=(const OverlappedSum&) = delete;

  std::size_t pieces() const { return firsts_.size(); }
  std::size_t piece_of(std::size_t part) const { return piece_of_[part]; }

  // The first so many pieces are there, and are not touched before finish is back.
  void start(std::size_t pieces);
  // All of them are. Returns when all have their sums. Throws what exchange has thrown.
  void finish();

 private:
  OverlappedSum(Communicator& ranks, std::span<float> numbers, std::span<const std::int64_t> parts);
  void work();
  void sum(std::size_t piece);

  AllReduce over_ranks_;
  std::span<float> numbers_;
  std::vector<std::size_t> firsts_;    // where pieces begin; each ends where the one before begins
  std::vector<std::size_t> piece_of_;  // by part
  std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t ready_ = 0, summed_ = 0;  // pieces
  bool is_over_ = false;
  std::exception_ptr failure_;
  std::vector<std::thread> thread_;
};

}  // namespace chainrule
