// Processes that train one model together, each a rank. What Chainrule needs of them is one
// function; chainrule/mpi.h has it over MPI, and anybody may bring another.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace chainrule {

// The ranks from 0 to size() - 1, as one of them sees them. All of them call the same functions of
// the library in the same order. Threads: it is used by one at a time, and by the one that trains
// alone unless may_change_threads() says otherwise.
class Communicator {
 public:
  virtual ~Communicator() = default;

  virtual int rank() const = 0;                         // of this process
  virtual int size() const = 0;                         // ranks in all
  virtual int on_this_machine() const { return 1; }     // ranks, this one included
  virtual std::string place() const { return "here"; }  // "node7", for messages

  // Sends to a rank and receives from it at the same time; either may be empty. The other one calls
  // exchange with this rank and as many bytes the other way round. Messages between two ranks
  // arrive in the order in which they were sent. Throws DataError if the other one is gone.
  virtual void exchange(int with, std::span<const std::byte> send,
                        std::span<std::byte> receive) = 0;

  // Whether that one thread at a time may be another one from call to call. Then large sums travel
  // while gradients are computed.
  virtual bool may_change_threads() const { return false; }

  // Memory that all ranks see: so many bytes, zeros at first, at the start of a page. It is there
  // until the last rank has let go of it. Null on all of them where they have none in common, as on
  // several machines: then numbers travel by exchange alone. All ranks call it.
  virtual std::shared_ptr<std::byte> shared_memory(std::size_t /*bytes*/) { return nullptr; }
};

// Where a rank's time went in a training, in seconds: on its shards, updates, scores and, of rank
// 0, the record; waiting in each step for the slowest rank to come that far; exchanging sums.
struct RankTime {
  std::string place{};
  double computing = 0, waiting = 0, exchanging = 0;
};

}  // namespace chainrule
