// What ranks tell each other beside sums.
#include "ranks/agreement.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "ranks/broadcast.h"
#include "ranks/thread_ranks.h"

namespace chainrule {
namespace {

TEST(Agreement, NamesTheRankThatHasOtherWords) {
  for (const int odd : {1, 3}) {
    std::vector<std::string> said(4);
    ThreadRanks(4).run([&](Communicator& self) {
      try {
        require_agreement(self, "colour", self.rank() == odd ? "blue" : "red");
      } catch (const DataError& error) {
        said[static_cast<std::size_t>(self.rank())] = error.what();
      }
    });
    for (const std::string& words : said)
      EXPECT_EQ(words, fmt::format("rank {0} on thread{0} has another colour than rank 0 on "
                                   "thread0: blue, not red",
                                   odd));
  }
  EXPECT_NO_THROW(
      ThreadRanks(3).run([](Communicator& self) { require_agreement(self, "colour", "red"); }));
}

TEST(Success, IsRefusedOnAllRanksByTheFirstFailure) {
  std::vector<std::string> said(4);
  ThreadRanks(4).run([&](Communicator& self) {
    try {
      require_success(self, self.rank() < 2 ? "" : fmt::format("x{} is missing", self.rank()));
    } catch (const DataError& error) {
      said[static_cast<std::size_t>(self.rank())] = error.what();
    }
  });
  EXPECT_THAT(said, testing::Each("rank 2 on thread2: x2 is missing"));
  EXPECT_NO_THROW(ThreadRanks(3).run([](Communicator& self) { require_success(self, ""); }));
}

TEST(FirstToSay, IsTheLowestRankOfEachWord) {
  const std::vector<std::string> words{"a", "b", "a", "b", "c"};
  std::vector<int> first(5, -1);
  ThreadRanks(5).run([&](Communicator& self) {
    const auto rank = static_cast<std::size_t>(self.rank());
    first[rank] = is_first_to_say(self, words[rank]) ? 1 : 0;
  });
  EXPECT_THAT(first, testing::ElementsAre(1, 1, 0, 0, 1));
}

TEST(Broadcast, GivesAllRanksWhatRankZeroHas) {
  for (int ranks = 1; ranks <= 9; ++ranks) {
    SCOPED_TRACE(ranks);
    ThreadRanks all(ranks);
    std::vector<std::vector<std::string>> texts(9);
    std::vector<std::vector<float>> numbers(9);
    std::vector<std::string> names(9, "other");
    texts[0] = {"a", "", "ccc"};
    numbers[0] = {1.5F, -0.0F};
    names[0] = "";
    all.run([&](Communicator& self) {
      const auto rank = static_cast<std::size_t>(self.rank());
      const Broadcast broadcast(self);
      EXPECT_EQ(broadcast.is_source(), rank == 0);
      broadcast(texts[rank]);
      broadcast(numbers[rank]);
      broadcast(names[rank]);
    });
    for (std::size_t rank = 0; rank < static_cast<std::size_t>(ranks); ++rank) {
      EXPECT_EQ(texts[rank], texts[0]);
      EXPECT_EQ(numbers[rank], numbers[0]);
      EXPECT_EQ(names[rank], "");
    }
    // Each rank but the first hears each message once: 3 of the texts (their number, sizes, all),
    // one more for the sizes' number and the length, 2 of the numbers, 1 of the empty name.
    std::int64_t messages = 0;
    for (const ThreadRanks::Traffic& traffic : all.traffic()) messages += traffic.messages;
    EXPECT_EQ(messages, (ranks - 1) * 8);
  }
}

}  // namespace
}  // namespace chainrule
