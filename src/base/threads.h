// Threads, as many as the system gives; and a fixed team of them for loops of independent chunks.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <type_traits>
#include <vector>

namespace chainrule {

// Appends a thread that runs `body`; false where the system starts no more.
bool add_thread(std::vector<std::thread>& threads, std::function<void()> body);

// For tests: no list of threads grows longer than this, as if the system gave no more. Negative: as
// many as it gives.
void limit_added_threads(int most);

// parallel_for(chunks, f) calls f(chunk, worker) once for every chunk in [0, chunks), with
// worker in [0, size()); the caller is worker 0. Chunks are handed out as workers come free, so
// which worker runs a chunk is a matter of chance: f must write results that depend on the chunk
// alone, and use the worker index for scratch memory only.
//
// A late worker is never waited for: the caller takes chunks too, and returns as soon as every
// chunk that somebody has begun is done. The first exception thrown by f is rethrown to the
// caller, chunks not begun by then are skipped. A call allocates nothing. Calls may not be nested,
// nor come from several threads at once.
class ThreadPool {
 public:
  // Starts threads - 1 workers; >= 1, else UsageError. Where the system starts no more threads the
  // team is smaller: see size().
  explicit ThreadPool(int threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int size() const { return static_cast<int>(workers_.size()) + 1; }

  template <class F>
  void parallel_for(std::int64_t chunks, F&& f) {
    if (workers_.empty() || chunks <= 1) {
      for (std::int64_t chunk = 0; chunk < chunks; ++chunk) f(chunk, 0);
      return;
    }
    using Body = std::remove_reference_t<F>;
    run(chunks, const_cast<void*>(static_cast<const void*>(&f)),
        [](void* body, std::int64_t chunk, int worker) {
          (*static_cast<Body*>(body))(chunk, worker);
        });
  }

 private:
  using Call = void (*)(void* body, std::int64_t chunk, int worker);

  void run(std::int64_t chunks, void* body, Call call);
  void take_chunks(std::uint32_t job, int worker);
  void worker_loop(int worker);
  void publish(std::uint32_t job);

  // The ticket: job number in the high half, next chunk in the low half. Taking a chunk is one
  // compare-and-swap on it, which fails if the job is over; so a worker that wakes late can
  // neither run a chunk of a finished job nor mix up two jobs.
  std::atomic<std::uint64_t> ticket_{0};
  std::atomic<std::uint32_t> chunks_{0};
  std::atomic<void*> body_{nullptr};
  std::atomic<Call> call_{nullptr};
  alignas(64) std::atomic<std::uint32_t> done_{0};  // chunks of this job that are finished
  alignas(64) std::atomic<std::uint32_t> job_{0};   // workers wait for this to change
  std::atomic<bool> stop_{false};
  std::atomic<bool> failed_{false};
  std::exception_ptr failure_;  // written by whoever set failed_, read after the last chunk
  std::vector<std::thread> workers_;
};

}  // namespace chainrule
