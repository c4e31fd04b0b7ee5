// Ranks that are threads of this process, with a queue for each pair of them.
#pragma once

#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "chainrule/communicator.h"

namespace chainrule {

class ThreadRanks {
 public:
  // What a rank has sent.
  struct Traffic {
    std::int64_t messages = 0, bytes = 0;
  };

  explicit ThreadRanks(int size) : traffic_(static_cast<std::size_t>(size)), size_(size) {}

  // Calls it on each rank's thread, and throws what the lowest of them throws.
  void run(const std::function<void(Communicator&)>& body) {
    std::vector<std::exception_ptr> failures(static_cast<std::size_t>(size_));
    std::vector<std::thread> threads;
    for (int rank = 0; rank < size_; ++rank)
      threads.emplace_back([&, rank] {
        Rank self(*this, rank);
        try {
          body(self);
        } catch (...) {
          failures[static_cast<std::size_t>(rank)] = std::current_exception();
        }
      });
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& failure : failures)
      if (failure) std::rethrow_exception(failure);
  }

  const std::vector<Traffic>& traffic() const { return traffic_; }

 private:
  class Rank : public Communicator {
   public:
    Rank(ThreadRanks& all, int rank) : all_(all), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return all_.size_; }
    int on_this_machine() const override { return all_.size_; }
    std::string place() const override { return "thread" + std::to_string(rank_); }
    void exchange(int with, std::span<const std::byte> send,
                  std::span<std::byte> receive) override {
      if (!send.empty()) all_.put({rank_, with}, send);
      if (!receive.empty()) all_.take({with, rank_}, receive);
    }

   private:
    ThreadRanks& all_;
    int rank_;
  };

  using Way = std::pair<int, int>;  // from, to

  void put(Way way, std::span<const std::byte> message) {
    const std::lock_guard lock(mutex_);
    queues_[way].emplace_back(message.begin(), message.end());
    Traffic& traffic = traffic_[static_cast<std::size_t>(way.first)];
    ++traffic.messages;
    traffic.bytes += static_cast<std::int64_t>(message.size());
    changed_.notify_all();
  }

  void take(Way way, std::span<std::byte> to) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !queues_[way].empty(); });
    const std::vector<std::byte> message = std::move(queues_[way].front());
    queues_[way].pop_front();
    if (message.size() != to.size()) throw std::logic_error("a message of another size");
    std::memcpy(to.data(), message.data(), message.size());
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Way, std::deque<std::vector<std::byte>>> queues_;
  std::vector<Traffic> traffic_;
  int size_;
};

}  // namespace chainrule
