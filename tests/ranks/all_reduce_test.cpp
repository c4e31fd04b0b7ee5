// Sums over ranks: the order of their additions, and what is sent for them.
#include "ranks/all_reduce.h"

#include <bit>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "ranks/overlapped_sum.h"
#include "ranks/rank_times.h"
#include "ranks/shared_team.h"
#include "ranks/thread_ranks.h"

namespace chainrule {
namespace {

// What each rank begins with: numbers of very different sizes, so that another order would show.
std::vector<std::vector<float>> numbers_of(int ranks, std::size_t count) {
  std::mt19937 random(7);
  std::vector<std::vector<float>> all;
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<float>& numbers = all.emplace_back();
    for (std::size_t i = 0; i < count; ++i)
      numbers.push_back(
          std::ldexp(static_cast<float>(random()) - 2e9F, static_cast<int>(random() % 40)));
  }
  return all;
}

// By the tree's definition, number by number.
float tree_sum(const std::vector<std::vector<float>>& all, std::size_t i, std::size_t first,
               std::size_t last) {
  if (last - first == 1) return all[first][i];
  std::size_t left = 1;
  while (2 * left < last - first) left *= 2;
  return tree_sum(all, i, first, first + left) + tree_sum(all, i, first + left, last);
}

TEST(AllReduce, AddsAlongTheTreeOnEveryRank) {
  for (const int ranks : {1, 2, 3, 4, 5, 6, 7, 8, 11, 16})
    for (const std::size_t count : {1U, 7U, 2048U, 2049U, 5001U}) {
      SCOPED_TRACE(fmt::format("{} numbers on {} ranks", count, ranks));
      const auto given = numbers_of(ranks, count);
      auto summed = given;
      ThreadRanks(ranks).run([&](Communicator& self) {
        AllReduce(self).sum(summed[static_cast<std::size_t>(self.rank())]);
      });
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(
            std::bit_cast<std::uint32_t>(summed[0][i]),
            std::bit_cast<std::uint32_t>(tree_sum(given, i, 0, static_cast<std::size_t>(ranks))));
      for (const auto& of_rank : summed) ASSERT_EQ(of_rank, summed[0]);
    }
}

// The same from memory that the ranks share, step after step, and nothing is sent.
TEST(SharedSum, GivesThreadsTheSumsOfTheTreeAndSendsNothing) {
  for (const int ranks : {2, 3, 4, 5, 7, 8, 11})
    for (const std::size_t count : {1U, 40U, 5001U}) {
      SCOPED_TRACE(fmt::format("{} numbers on {} ranks", count, ranks));
      const auto given = numbers_of(ranks, count);
      std::vector<std::vector<float>> summed(static_cast<std::size_t>(ranks));
      ThreadRanks all(ranks);
      all.run([&](Communicator& self) {
        const auto rank = static_cast<std::size_t>(self.rank());
        const auto size = static_cast<std::int64_t>(count);
        const auto shared = SharedSum::of(self, {16, size});
        for (const float factor : {3.0F, 1.0F}) {
          for (std::size_t i = 0; i < count; ++i) shared->own()[16 + i] = factor * given[rank][i];
          shared->sum();
          const auto sums = shared->sums().subspan(16, count);
          summed[rank].assign(sums.begin(), sums.end());
        }
      });
      for (std::size_t i = 0; i < count; ++i)
        ASSERT_EQ(
            std::bit_cast<std::uint32_t>(summed[0][i]),
            std::bit_cast<std::uint32_t>(tree_sum(given, i, 0, static_cast<std::size_t>(ranks))));
      for (const auto& of_rank : summed) ASSERT_EQ(of_rank, summed[0]);
      for (const ThreadRanks::Traffic& sent : all.traffic()) EXPECT_EQ(sent.messages, 0);
    }
}

TEST(SharedSum, IsNotThereWhereNoMemoryIsShared) {
  ThreadRanks(2, ThreadRanks::Memory::apart).run([&](Communicator& self) {
    EXPECT_EQ(SharedSum::of(self, {16}), nullptr);
  });
}

TEST(Share, IsOfWholeCacheLinesAndLeavesNothingOut) {
  for (const std::int64_t numbers : {0, 1, 16, 17, 100, 5000})
    for (const int of : {1, 2, 3, 8}) {
      std::int64_t at = 0;
      for (int index = 0; index < of; ++index) {
        const Share share{index, of};
        EXPECT_EQ(share.begin(numbers), at);
        EXPECT_TRUE(at % 16 == 0 || at == numbers);
        at = share.end(numbers);
      }
      EXPECT_EQ(at, numbers);
    }
}

// The least for recursive halving and doubling: every number but a rank's own share leaves it once
// on the way to its sum, and once on the way back.
TEST(AllReduce, SendsNoMoreThanItsAlgorithmHasTo) {
  for (const int ranks : {2, 4, 8, 16}) {
    const std::size_t count = 4096;
    auto numbers = numbers_of(ranks, count);
    ThreadRanks all(ranks);
    all.run([&](Communicator& self) {
      AllReduce(self).sum(numbers[static_cast<std::size_t>(self.rank())]);
    });
    const int rounds = std::countr_zero(static_cast<unsigned>(ranks));
    for (const ThreadRanks::Traffic& sent : all.traffic()) {
      EXPECT_EQ(sent.messages, 2 * rounds) << ranks;
      EXPECT_EQ(sent.bytes, 2 * 4 * static_cast<int>(count) * (ranks - 1) / ranks) << ranks;
    }
  }
}

// Of a small network all numbers go at once: a message for each bit of the ranks' numbers.
TEST(AllReduce, SendsFewNumbersAtOnce) {
  auto numbers = numbers_of(8, 100);
  ThreadRanks all(8);
  all.run([&](Communicator& self) {
    AllReduce(self).sum(numbers[static_cast<std::size_t>(self.rank())]);
  });
  for (const ThreadRanks::Traffic& sent : all.traffic()) {
    EXPECT_EQ(sent.messages, 3);
    EXPECT_EQ(sent.bytes, 3 * 400);
  }
}

// Three arrays in pieces, started at will: the same sums, step after step.
TEST(OverlappedSum, GivesThreadsTheSumsOfTheTreeWheneverItsPiecesAreThere) {
  const std::vector<std::int64_t> parts{16, 200000, 150000, 16, 140000};
  const std::size_t count = 490032;
  for (const int ranks : {2, 3, 4}) {
    const auto given = numbers_of(ranks, count);
    auto summed = given;
    ThreadRanks(ranks).run([&](Communicator& self) {
      const auto rank = static_cast<std::size_t>(self.rank());
      std::vector<float>& own = summed[rank];
      const auto sum = OverlappedSum::of(self, own, parts);
      ASSERT_NE(sum, nullptr);
      ASSERT_EQ(sum->pieces(), 3U);
      EXPECT_EQ(sum->piece_of(4), 0U);
      EXPECT_EQ(sum->piece_of(2), 1U);
      EXPECT_EQ(sum->piece_of(0), 2U);
      for (std::size_t step = 0; step < 4; ++step) {
        std::ranges::copy(given[rank], own.begin());
        for (std::size_t piece = 0; piece < (step + rank) % 4; ++piece) sum->start(piece);
        sum->finish();
      }
    });
    for (std::size_t i = 0; i < count; i += 97)
      ASSERT_EQ(
          std::bit_cast<std::uint32_t>(summed[0][i]),
          std::bit_cast<std::uint32_t>(tree_sum(given, i, 0, static_cast<std::size_t>(ranks))));
    for (const auto& of_rank : summed) ASSERT_EQ(of_rank, summed[0]);
  }
}

std::string ranges(int ranks, std::int64_t shards) {
  std::string text;
  for (int rank = 0; rank < ranks; ++rank) {
    const RankShards own = shards_of(rank, ranks, shards);
    text += fmt::format(" {}-{}", own.first, own.last);
  }
  return text;
}

TEST(RankShards, AreAlignedSubtrees) {
  EXPECT_EQ(ranges(1, 16), " 0-16");
  EXPECT_EQ(ranges(4, 16), " 0-4 4-8 8-12 12-16");
  EXPECT_EQ(ranges(3, 16), " 0-8 8-16 16-16") << "the third has nothing to do";
  EXPECT_EQ(ranges(3, 12), " 0-4 4-8 8-12");
  EXPECT_EQ(ranges(2, 5), " 0-4 4-5");
  EXPECT_EQ(ranges(4, 2), " 0-1 1-2 2-2 2-2");
  EXPECT_EQ(ranks_at_work(3, 16), 2);
  EXPECT_EQ(ranks_at_work(3, 12), 3);
}

TEST(Nothing, AddsNothingToAnyNumber) {
  for (const float number : {0.0F, -0.0F, 1.5F, -3e-39F})
    EXPECT_EQ(std::bit_cast<std::uint32_t>(number + nothing), std::bit_cast<std::uint32_t>(number));
}

// Two steps: the ranks compute 1 and 4 s, then 3 and 2 s; a sum takes what is waited, and 0.5 s.
TEST(RankTimes, TellWaitingFromExchange) {
  std::vector<RankTime> times;
  ThreadRanks(2).run([&](Communicator& self) {
    RankTimes own;
    own.add(self.rank() == 0 ? 1 : 4, self.rank() == 0 ? 3.5 : 0.5);
    own.add(self.rank() == 0 ? 3 : 2, self.rank() == 0 ? 0.5 : 1.5);
    const auto gathered = own.gathered(self);
    if (self.rank() == 0) times = gathered;
  });
  ASSERT_EQ(times.size(), 2U);
  EXPECT_EQ(times[1].place, "thread1");
  EXPECT_EQ(times[0].computing, 4);
  EXPECT_EQ(times[0].waiting, 3);
  EXPECT_EQ(times[0].exchanging, 1);
  EXPECT_EQ(times[1].computing, 6);
  EXPECT_EQ(times[1].waiting, 1);
  EXPECT_EQ(times[1].exchanging, 1);
}

}  // namespace
}  // namespace chainrule
