#include "ranks/overlapped_sum.h"

#include <algorithm>

#include "base/threads.h"

namespace chainrule {
namespace {

// 512 KiB: on a line of 10 Gb/s about as long as ten messages without content.
constexpr std::size_t fewest_in_a_piece = std::size_t{1} << 17;

}  // namespace

OverlappedSum::OverlappedSum(Communicator& ranks, std::span<float> numbers,
                             std::span<const std::int64_t> parts)
    : over_ranks_(ranks), numbers_(numbers), piece_of_(parts.size()) {
  std::size_t first = numbers.size(), last = first;
  for (std::size_t part = parts.size(); part-- > 0;) {
    first -= static_cast<std::size_t>(parts[part]);
    piece_of_[part] = firsts_.size();
    // What is left before it is a piece of that size, too.
    if (part > 0 && std::min(last - first, first) < fewest_in_a_piece) continue;
    firsts_.push_back(first);
    last = first;
  }
}

std::unique_ptr<OverlappedSum> OverlappedSum::of(Communicator& ranks, std::span<float> numbers,
                                                 std::span<const std::int64_t> parts) {
  std::unique_ptr<OverlappedSum> sum(new OverlappedSum(ranks, numbers, parts));
  if (sum->pieces() < 2) return nullptr;
  if (ranks.may_change_threads()) add_thread(sum->thread_, [own = sum.get()] { own->work(); });
  return sum;
}

OverlappedSum::~OverlappedSum() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : thread_) thread.join();
}

void OverlappedSum::start(std::size_t pieces) {
  {
    const std::lock_guard lock(mutex_);
    if (pieces <= ready_) return;
    ready_ = pieces;
  }
  changed_.notify_all();
}

void OverlappedSum::sum(std::size_t piece) {
  const std::size_t end = piece == 0 ? numbers_.size() : firsts_[piece - 1];
  over_ranks_.sum(numbers_.subspan(firsts_[piece], end - firsts_[piece]));
}

void OverlappedSum::finish() {
  if (thread_.empty()) {
    for (std::size_t piece = 0; piece < pieces(); ++piece) sum(piece);
    ready_ = 0;
    return;
  }
  start(pieces());
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return summed_ == pieces() || failure_ != nullptr; });
  ready_ = summed_ = 0;
  if (failure_ != nullptr) std::rethrow_exception(failure_);
}

void OverlappedSum::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return is_over_ || (summed_ < ready_ && failure_ == nullptr); });
    if (is_over_) return;
    const std::size_t piece = summed_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      sum(piece);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failure_ = failure;
    ++summed_;
    changed_.notify_all();
  }
}

}  // namespace chainrule
