// Whatever is thrown inside, one of the three errors leaves.
#include "base/boundary.h"

#include <filesystem>
#include <new>
#include <optional>
#include <system_error>
#include <vector>

#include <gtest/gtest.h>

#include "chainrule/error.h"
#include "runtime/allocation_count.h"

namespace chainrule {
namespace {

template <class Body>
std::string left(Body body) {
  try {
    try {
      body();
    } catch (...) {
      throw_ours();
    }
  } catch (const UsageError& error) {
    return std::string("usage: ") + error.what();
  } catch (const DataError& error) {
    return std::string("data: ") + error.what();
  } catch (const InternalError& error) {
    return std::string("internal: ") + error.what();
  }
  return "nothing";
}

constexpr const char* no_memory =
    "data: there is not enough memory for this; try a smaller network or less data";

TEST(Boundary, LetsTheThreeErrorsThrough) {
  EXPECT_EQ(left([] { throw UsageError("rate = -1"); }), "usage: rate = -1");
  EXPECT_EQ(left([] { throw DataError({"x.csv", 3}, "is odd"); }), "data: x.csv:3: is odd");
  EXPECT_EQ(left([] { throw InternalError("7"); }),
            "internal: internal fault, please report it: 7");
}

TEST(Boundary, MakesOneOfThemOfEverythingElse) {
  EXPECT_EQ(left([] { throw std::bad_alloc(); }), no_memory);
  EXPECT_EQ(left([] { std::vector<int>().resize(std::size_t{1} << 62); }), no_memory);
  EXPECT_EQ(left([] { (void)std::filesystem::file_size("/nowhere"); }),
            "data: /nowhere: cannot be used: No such file or directory");
  EXPECT_EQ(left([] {
              throw std::system_error(
                  std::make_error_code(std::errc::resource_unavailable_try_again), "thread");
            }),
            "data: the operating system refuses: thread: Resource temporarily unavailable");
  EXPECT_EQ(left([] { (void)std::optional<int>().value(); }),
            "internal: internal fault, please report it: bad optional access");
  EXPECT_EQ(left([] { throw 7; }),
            "internal: internal fault, please report it: something was thrown that is no error");
}

// The message needs memory too, which there may be none for.
TEST(Boundary, SaysThatThereIsNoMemoryWithoutAny) {
  bool is_told = false;
  {
    const FailingAllocations failing(1, true);
    try {
      try {
        throw std::system_error(std::error_code(), "thread");
      } catch (...) {
        throw_ours();
      }
    } catch (const DataError&) {
      is_told = true;
    } catch (...) {
    }
  }
  EXPECT_TRUE(is_told);
}

TEST(Boundary, KnowsWhatTheCallersFunctionsThrow) {
  struct Mine {};
  const auto with = [](auto body) {
    CallersFunctions outside;
    try {
      body(outside);
    } catch (...) {
      outside.throw_ours_or_theirs();
    }
  };
  EXPECT_THROW(with([](CallersFunctions& outside) { outside.call([] { throw Mine{}; }); }), Mine);
  EXPECT_THROW(with([](CallersFunctions& outside) {
                 outside.wrapped(std::function<void(int)>([](int) { throw Mine{}; }))(3);
               }),
               Mine);
  EXPECT_THROW(with([](CallersFunctions&) { throw Mine{}; }), InternalError) << "the library's own";
  CallersFunctions outside;
  EXPECT_FALSE(outside.wrapped(std::function<void()>()));
}

}  // namespace
}  // namespace chainrule
