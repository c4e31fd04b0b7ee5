// Ranks that are threads of this process, with a queue for each pair of them.
#pragma once

#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
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

  enum class Memory { shared, apart };
  explicit ThreadRanks(int size, Memory memory = Memory::shared)
      : traffic_(static_cast<std::size_t>(size)), size_(size), memory_(memory) {}

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
    bool may_change_threads() const override { return true; }
    void exchange(int with, std::span<const std::byte> send,
                  std::span<std::byte> receive) override {
      if (!send.empty()) all_.put({rank_, with}, send);
      if (!receive.empty()) all_.take({with, rank_}, receive);
    }
    std::shared_ptr<std::byte> shared_memory(std::size_t bytes) override {
      return all_.memory_ == Memory::apart ? nullptr : all_.block(blocks_++, bytes);
    }

   private:
    ThreadRanks& all_;
    int rank_;
    std::size_t blocks_ = 0;  // of shared memory that it has asked for
  };

  using Way = std::pair<int, int>;  // from, to

  // The same on each rank that asks for the same one.
  std::shared_ptr<std::byte> block(std::size_t which, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    if (which == blocks_.size()) {
      constexpr std::align_val_t page{4096};
      auto* const memory = static_cast<std::byte*>(::operator new(bytes, page));
      std::memset(memory, 0, bytes);
      blocks_.emplace_back(memory, [](std::byte* own) { ::operator delete(own, page); });
    }
    return blocks_.at(which);
  }

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
  std::vector<std::shared_ptr<std::byte>> blocks_;
  int size_;
  Memory memory_;
};

}  // namespace chainrule
