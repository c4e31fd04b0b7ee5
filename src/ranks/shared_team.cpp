#include "ranks/shared_team.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <numeric>
#include <thread>

#include "base/pause.h"
#include "ranks/all_reduce.h"

namespace chainrule {
namespace {

constexpr std::int64_t line_floats = 16;  // of a cache line

// In front of the numbers: each counter in a cache line of its own.
constexpr std::size_t arrived_place = 0, round_place = 64, numbers_place = 128;

// Sums are made of so many numbers at a time, which stay in the first-level cache.
constexpr std::int64_t block_floats = 1024;

// Polls as long as a step's usual differences between ranks last; then lets others run, who may be
// the ones that are waited for; and of a long pause, as while a file is written, sleeps the most.
template <class Ready>
void wait_until(Ready ready) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::microseconds polling{50}, yielding{5000}, nap{50};
  const auto start = Clock::now();
  while (true) {
    for (int i = 0; i < 32; ++i) {
      if (ready()) return;
      pause_briefly();
    }
    const auto waited = Clock::now() - start;
    if (waited > yielding)
      std::this_thread::sleep_for(nap);
    else if (waited > polling)
      std::this_thread::yield();
  }
}

}  // namespace

std::unique_ptr<SharedTeam> SharedTeam::of(Communicator& ranks, std::int64_t numbers) {
  const auto bytes = static_cast<std::size_t>(numbers) * sizeof(float);
  std::shared_ptr<std::byte> memory = ranks.shared_memory(numbers_place + bytes);
  if (memory == nullptr) return nullptr;
  return std::unique_ptr<SharedTeam>(new SharedTeam(ranks, std::move(memory), numbers));
}

SharedTeam::SharedTeam(const Communicator& ranks, std::shared_ptr<std::byte> memory,
                       std::int64_t numbers)
    : memory_(std::move(memory)),
      // NOLINTBEGIN(cppcoreguidelines-pro-type-reinterpret-cast): zeros of whatever type
      arrived_(reinterpret_cast<std::uint32_t*>(memory_.get() + arrived_place)),
      round_(reinterpret_cast<std::uint32_t*>(memory_.get() + round_place)),
      numbers_(reinterpret_cast<float*>(memory_.get() + numbers_place),
               static_cast<std::size_t>(numbers)),
      // NOLINTEND(cppcoreguidelines-pro-type-reinterpret-cast)
      share_{ranks.rank(), ranks.size()} {}

// The last one to come begins the next round. Only atomics without a lock work between processes.
void SharedTeam::wait() {
  static_assert(std::atomic_ref<std::uint32_t>::is_always_lock_free);
  const std::atomic_ref arrived(*arrived_), round(*round_);
  const std::uint32_t own = round.load(std::memory_order_acquire);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 ==
      static_cast<std::uint32_t>(share_.of)) {
    arrived.store(0, std::memory_order_relaxed);
    round.store(own + 1, std::memory_order_release);
    return;
  }
  wait_until([&] { return round.load(std::memory_order_acquire) != own; });
}

std::unique_ptr<SharedSum> SharedSum::of(Communicator& ranks, std::vector<std::int64_t> parts) {
  std::int64_t size = std::reduce(parts.begin(), parts.end(), std::int64_t{0});
  size = (size + line_floats - 1) / line_floats * line_floats;
  std::unique_ptr<SharedTeam> team = SharedTeam::of(ranks, (ranks.size() + 1) * size);
  if (team == nullptr) return nullptr;
  return std::unique_ptr<SharedSum>(new SharedSum(std::move(team), std::move(parts), size));
}

SharedSum::SharedSum(std::unique_ptr<SharedTeam> team, std::vector<std::int64_t> parts,
                     std::int64_t size)
    : team_(std::move(team)), parts_(std::move(parts)), size_(size) {}

std::span<float> SharedSum::numbers_of(int rank) const {
  return team_->numbers().subspan(static_cast<std::size_t>(rank * size_),
                                  static_cast<std::size_t>(size_));
}

std::span<float> SharedSum::own() const { return numbers_of(team_->share().index); }
std::span<float> SharedSum::sums() const { return numbers_of(team_->share().of); }

void SharedSum::sum() {
  team_->wait();
  const Share share = team_->share();
  std::int64_t first = 0;
  for (const std::int64_t part : parts_) {
    const std::int64_t end = share.end(part);
    for (std::int64_t at = share.begin(part); at < end; at += block_floats)
      add_up(0, share.of, first + at,
             sums().subspan(static_cast<std::size_t>(first + at),
                            static_cast<std::size_t>(std::min(block_floats, end - at))));
    first += part;
  }
  team_->wait();
}

// Along the tree, one branch and the other.
void SharedSum::add_up(int first, int count, std::int64_t at, std::span<float> to) const {
  const auto of_rank = [&](int rank) {
    return numbers_of(rank).subspan(static_cast<std::size_t>(at), to.size());
  };
  if (count == 1) {
    std::ranges::copy(of_rank(first), to.begin());
    return;
  }
  if (count == 2) {
    const std::span<const float> left = of_rank(first), right = of_rank(first + 1);
    for (std::size_t i = 0; i < to.size(); ++i) to[i] = left[i] + right[i];
    return;
  }
  const auto half = static_cast<int>(first_branch(count));
  alignas(64) std::array<float, static_cast<std::size_t>(block_floats)>
      rest;  // NOLINT: written first
  const std::span<float> right(rest.data(), to.size());
  add_up(first, half, at, to);
  add_up(first + half, count - half, at, right);
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += right[i];
}

}  // namespace chainrule
