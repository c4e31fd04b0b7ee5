#include "base/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/aligned.h"
#include "chainrule/error.h"

namespace chainrule {
namespace {

class EveryPoolSize : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(ThreadPool, EveryPoolSize, testing::Values(1, 2, 3, 4));

TEST_P(EveryPoolSize, RunsEveryChunkExactlyOnce) {
  ThreadPool pool(GetParam());
  EXPECT_EQ(pool.size(), GetParam());
  for (const std::int64_t chunks : {0, 1, 2, 3, 5, 64, 1000}) {
    std::vector<int> runs(static_cast<std::size_t>(chunks), 0);
    pool.parallel_for(chunks, [&](std::int64_t chunk, int worker) {
      ASSERT_GE(worker, 0);
      ASSERT_LT(worker, GetParam());
      ++runs[static_cast<std::size_t>(chunk)];  // unguarded: two runs would be a race too
    });
    for (const int count : runs) EXPECT_EQ(count, 1);
  }
}

TEST_P(EveryPoolSize, NeverRunsTwoChunksOnOneWorkerAtOnce) {
  ThreadPool pool(GetParam());
  std::vector<std::int64_t> scratch(static_cast<std::size_t>(GetParam()), 0);
  pool.parallel_for(500, [&](std::int64_t chunk, int worker) {
    scratch[static_cast<std::size_t>(worker)] += chunk;
  });
  std::int64_t sum = 0;
  for (const std::int64_t part : scratch) sum += part;
  EXPECT_EQ(sum, 500 * 499 / 2);
}

TEST_P(EveryPoolSize, KeepsManyShortLoopsApart) {
  ThreadPool pool(GetParam());
  std::vector<std::int64_t> at(3);
  for (std::int64_t loop = 0; loop < 20'000; ++loop) {
    const std::int64_t chunks = 1 + loop % 3;
    pool.parallel_for(chunks, [&at, loop](std::int64_t chunk, int) {
      at[static_cast<std::size_t>(chunk)] = loop;
    });
    for (std::int64_t i = 0; i < chunks; ++i) ASSERT_EQ(at[static_cast<std::size_t>(i)], loop);
  }
}

TEST_P(EveryPoolSize, WakesWorkersThatHaveGoneToSleep) {
  ThreadPool pool(GetParam());
  std::atomic<int> runs = 0;
  for (int loop = 0; loop < 5; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    pool.parallel_for(8, [&](std::int64_t, int) { ++runs; });
  }
  EXPECT_EQ(runs, 40);
}

TEST_P(EveryPoolSize, HandsExceptionsToTheCallerAndGoesOn) {
  ThreadPool pool(GetParam());
  EXPECT_THROW(pool.parallel_for(100,
                                 [](std::int64_t chunk, int) {
                                   if (chunk % 10 == 7) throw std::runtime_error("chunk");
                                 }),
               std::runtime_error);
  std::atomic<int> runs = 0;
  pool.parallel_for(100, [&](std::int64_t, int) { ++runs; });
  EXPECT_EQ(runs, 100);
}

TEST(ThreadPool, RefusesImpossibleSizes) {
  EXPECT_THROW(ThreadPool(0), UsageError);
  EXPECT_THROW(ThreadPool(-3), UsageError);
}

// As on a machine whose limit of threads is reached.
struct FewThreads {
  explicit FewThreads(int most) { limit_added_threads(most); }
  ~FewThreads() { limit_added_threads(-1); }
};

TEST(ThreadPool, GoesOnWithTheThreadsThatTheSystemStarts) {
  for (const int most : {0, 1, 2}) {
    const FewThreads few(most);
    ThreadPool pool(4);
    EXPECT_EQ(pool.size(), most + 1);
    std::atomic<int> runs = 0;
    pool.parallel_for(100, [&](std::int64_t, int worker) {
      EXPECT_LE(worker, most);
      ++runs;
    });
    EXPECT_EQ(runs, 100);
  }
  EXPECT_EQ(ThreadPool(3).size(), 3);
}

TEST(AlignedBuffer, StartsOnACacheLineFullOfZeros) {
  for (const std::size_t size : {1, 7, 64, 1000}) {
    AlignedBuffer<float> buffer(size);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % 64, 0u);
    ASSERT_EQ(buffer.size(), size);
    for (const float value : buffer) EXPECT_EQ(value, 0.0f);
  }
  EXPECT_TRUE(AlignedBuffer<double>().empty());
}

TEST(AlignedBuffer, StartsOnAHugePageIfItHasRoomForOne) {
  AlignedBuffer<float> buffer((3 << 19) + 1);  // three of 2 MiB, and a number
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % (1 << 21), 0u);
  for (const float value : buffer) ASSERT_EQ(value, 0.0f);
  buffer.end()[-1] = 5;
  const AlignedBuffer<float> moved = std::move(buffer);
  EXPECT_EQ(moved.end()[-1], 5.0f);
  EXPECT_THROW(AlignedBuffer<float>{std::size_t{1} << 62}, std::bad_alloc);
}

TEST(AlignedBuffer, MovesItsMemory) {
  AlignedBuffer<float> first(8);
  first[3] = 5;
  const float* const memory = first.data();
  AlignedBuffer<float> second(std::move(first));
  EXPECT_EQ(second.data(), memory);
  first = std::move(second);
  EXPECT_EQ(first.data(), memory);
  EXPECT_EQ(first[3], 5.0f);
  EXPECT_TRUE(second.empty());
}

}  // namespace
}  // namespace chainrule
