#include "base/threads.h"

#include <fmt/format.h>

#include <chrono>
#include <limits>
#include <utility>

#include "base/pause.h"
#include "base/standard_arithmetic.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

constexpr std::uint32_t no_chunk_left = std::numeric_limits<std::uint32_t>::max();

std::atomic<int> most_added = -1;

std::uint64_t make_ticket(std::uint32_t job, std::uint32_t chunk) {
  return (static_cast<std::uint64_t>(job) << 32) | chunk;
}

// Polls `ready` for about 30 microseconds, longer than a wake-up through the kernel takes, and
// shorter than anyone minds a core being kept busy. Returns whether it came true.
template <class Ready>
bool spin_until(Ready ready) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::microseconds(30);
  do {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return true;
      pause_briefly();
    }
  } while (Clock::now() < deadline);
  return false;
}

}  // namespace

bool add_thread(std::vector<std::thread>& threads, std::function<void()> body) {
  const int most = most_added.load(std::memory_order_relaxed);
  if (most >= 0 && threads.size() >= static_cast<std::size_t>(most)) return false;
  try {
    threads.emplace_back(std::move(body));
    return true;
  } catch (const std::exception&) {  // a limit of the system, or no memory for its stack
    return false;
  }
}

void limit_added_threads(int most) { most_added.store(most, std::memory_order_relaxed); }

ThreadPool::ThreadPool(int threads) {
  if (threads < 1 || threads > 1024) {
    throw UsageError(
        fmt::format("threads: given {}, expected 1 to 1024; use the number of cores.", threads));
  }
  workers_.reserve(static_cast<std::size_t>(threads - 1));
  for (int worker = 1; worker < threads; ++worker)
    if (!add_thread(workers_, [this, worker] { worker_loop(worker); })) break;
}

ThreadPool::~ThreadPool() {
  stop_.store(true, std::memory_order_relaxed);
  publish(job_.load(std::memory_order_relaxed) + 1);
  for (std::thread& worker : workers_) worker.join();
}

void ThreadPool::publish(std::uint32_t job) {
  job_.store(job, std::memory_order_release);
  job_.notify_all();
}

void ThreadPool::run(std::int64_t chunks, void* body, Call call) {
  if (chunks >= static_cast<std::int64_t>(no_chunk_left)) {
    throw InternalError(fmt::format("parallel_for over {} chunks, at most 2^32 - 2", chunks));
  }
  const std::uint32_t job = job_.load(std::memory_order_relaxed) + 1;
  // Closing the ticket first, then releasing the new fields: a worker that sees a new field also
  // sees the closed ticket, and takes nothing.
  ticket_.store(make_ticket(job, no_chunk_left), std::memory_order_release);
  chunks_.store(static_cast<std::uint32_t>(chunks), std::memory_order_release);
  body_.store(body, std::memory_order_release);
  call_.store(call, std::memory_order_release);
  done_.store(0, std::memory_order_relaxed);
  failed_.store(false, std::memory_order_relaxed);
  ticket_.store(make_ticket(job, 0), std::memory_order_release);
  publish(job);

  take_chunks(job, 0);
  const auto all_done = [&] {
    return done_.load(std::memory_order_acquire) == static_cast<std::uint32_t>(chunks);
  };
  while (!spin_until(all_done)) {
    const std::uint32_t seen = done_.load(std::memory_order_acquire);
    if (seen != static_cast<std::uint32_t>(chunks)) done_.wait(seen, std::memory_order_acquire);
  }
  if (failed_.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(failure_, {}));
}

void ThreadPool::take_chunks(std::uint32_t job, int worker) {
  while (true) {
    std::uint64_t ticket = ticket_.load(std::memory_order_acquire);
    const std::uint32_t chunks = chunks_.load(std::memory_order_acquire);
    void* const body = body_.load(std::memory_order_acquire);
    const Call call = call_.load(std::memory_order_acquire);
    const auto chunk = static_cast<std::uint32_t>(ticket);
    if (static_cast<std::uint32_t>(ticket >> 32) != job || chunk >= chunks) return;
    if (!ticket_.compare_exchange_weak(ticket, ticket + 1, std::memory_order_acq_rel,
                                       std::memory_order_relaxed)) {
      continue;
    }
    if (!failed_.load(std::memory_order_relaxed)) {
      try {
        call(body, chunk, worker);
      } catch (...) {
        if (!failed_.exchange(true, std::memory_order_relaxed)) {
          failure_ = std::current_exception();
        }
      }
    }
    // The caller alone waits on done_, and only for the last chunk.
    if (done_.fetch_add(1, std::memory_order_acq_rel) + 1 == chunks) done_.notify_one();
  }
}

void ThreadPool::worker_loop(int worker) {
  const StandardArithmetic arithmetic;
  std::uint32_t seen = 0;
  while (true) {
    const auto new_job = [&] { return job_.load(std::memory_order_acquire) != seen; };
    if (!spin_until(new_job)) job_.wait(seen, std::memory_order_acquire);
    const std::uint32_t job = job_.load(std::memory_order_acquire);
    if (stop_.load(std::memory_order_relaxed)) return;
    if (job == seen) continue;
    seen = job;
    take_chunks(job, worker);
  }
}

}  // namespace chainrule
