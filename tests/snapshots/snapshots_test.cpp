// What the printers and the compiler write, compared with files. The numbers in them are held by
// other tests; here nothing of the wording, the layout or the passes' work changes unnoticed.
//
// Where a change is meant, write the files anew, read what git says has changed, and commit it:
//   CHAINRULE_RENEW_SNAPSHOTS=1 build/bench/tests/chainrule_tests --gtest_filter='*Snapshots*'
#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "chainrule/explain.h"
#include "chainrule/run.h"
#include "compile/draft.h"
#include "data/temporary_folder.h"
#include "kernels/dispatch.h"
#include "train/loop/training_step.h"
#include "train/network/network_file.h"

namespace chainrule {
namespace {

const std::string snapshots = std::string(CHAINRULE_SOURCE_DIR) + "/tests/snapshots/";
const std::string network_file = snapshots + "network.toml";

bool renews() { return std::getenv("CHAINRULE_RENEW_SNAPSHOTS") != nullptr; }

// "line 3 is ..., was ...": where two texts begin to differ.
std::string first_difference(std::string_view now, std::string_view before) {
  const auto [at, other] = std::ranges::mismatch(now, before);
  const auto line_at = [](std::string_view text, std::size_t place) {
    const std::size_t begin = text.rfind('\n', place == 0 ? 0 : place - 1) + 1;
    return text.substr(std::min(begin, text.size()), text.find('\n', place) - begin);
  };
  const auto place = static_cast<std::size_t>(at - now.begin());
  return fmt::format("line {} is\n{}\nand was\n{}\n", std::count(now.begin(), at, '\n') + 1,
                     line_at(now, place),
                     line_at(before, static_cast<std::size_t>(other - before.begin())));
}

void expect_snapshot(const std::string& name, const std::string& text) {
  const std::string path = snapshots + name;
  if (renews()) {
    std::filesystem::create_directories(std::filesystem::path(path).parent_path());
    write_file(path, text);
  }
  ASSERT_TRUE(std::filesystem::exists(path)) << name << " is not there; see the top of this file";
  const std::string before = read_file(path);
  EXPECT_TRUE(text == before) << name << ": " << first_difference(text, before)
                              << "If that is meant, see the top of this file.";
}

// Without the styles, which are the same in every page.
std::string without_styles(std::string page) {
  const std::size_t begin = page.find("<style>"), end = page.find("</style>");
  if (begin < end && end != std::string::npos) page.erase(begin + 7, end - begin - 7);
  return page;
}

struct Printed {
  const char* ending;
  PageFormat format;
};
constexpr Printed every_format[] = {{"txt", PageFormat::text},
                                    {"md", PageFormat::markdown},
                                    {"tex", PageFormat::latex},
                                    {"html", PageFormat::html},
                                    {"json", PageFormat::json}};

template <class Explain>
void expect_pages(const std::string& folder, Explain explain) {
  for (const auto& [language, name] :
       {std::pair(Language::en, "en"), std::pair(Language::ko, "ko")})
    for (const Printed& printed : every_format) {
      const Explanation told = explain({.format = printed.format, .language = language});
      EXPECT_TRUE(told.passed);
      expect_snapshot(fmt::format("{}/{}.{}", folder, name, printed.ending),
                      without_styles(told.page));
    }
}

TEST(PageSnapshots, OfTheWorkedPage) {
  expect_pages("worked",
               [](const ExplainOptions& options) { return explain_file(network_file, options); });
}

TEST(PageSnapshots, OfTheMatrixForm) {
  expect_pages("matrix", [](ExplainOptions options) {
    options.form = PageForm::matrix;
    options.notation = "nielsen";
    return explain_file(network_file, options);
  });
}

TEST(PageSnapshots, OfAStory) {
  const TemporaryFolder folder;
  train_run({.data = snapshots + "rows.csv",
             .out = folder.file("run"),
             .validation = 0,
             .test = 0,
             .model_file = network_file,
             .batch_size = 4,
             .epochs = 2,
             .seed = 3,
             .threads = 1});
  auto run = chainrule::Run::open(folder.file("run"), {.threads = 1});
  expect_pages("story", [&](const ExplainOptions& options) {
    return explain(run, {.quantity = "dense1.weight[1,0]", .step = 3}, options);
  });
}

// A pass that changes nothing has no file: what is there before it is there behind it.
TEST(PassSnapshots, OfEveryPass) {
#ifdef __clang__
  GTEST_SKIP() << "operands that are calls are worked in an order of the compiler's choosing, and "
                  "nodes are numbered by it; the files are g++'s";
#endif
  const NetworkFile file = read_network_file(network_file);
  for (const kernels::SimdLevel level : kernels::available_simd()) {
    kernels::limit_simd(level);
    Graph graph;
    trace_training(graph, {.network = file.model,
                           .loss = *file.loss,
                           .optimizer = *file.optimizer,
                           .batch = 2,
                           .row = file.input,
                           .outputs = 1,
                           .seed = file.seed});
    std::string before = print(Draft{.graph = graph});
    expect_snapshot("passes/00_trace.txt", before);
    int number = 0;
    compile(graph, {}, [&](const Pass& pass, const Draft& draft, double) {
      const std::string name = fmt::format("passes/{:02}_{}.txt", ++number, pass.name);
      std::string now = print(draft);
      if (now != before)
        expect_snapshot(name, now);
      else
        EXPECT_FALSE(std::filesystem::exists(snapshots + name)) << name << " changed nothing";
      before = std::move(now);
    });
  }
  kernels::limit_simd(kernels::available_simd().back());
}

TEST(Snapshots, TellWhereTheyDiffer) {
  EXPECT_EQ(first_difference("a\nbc\nd", "a\nbe\nd"), "line 2 is\nbc\nand was\nbe\n");
  EXPECT_EQ(first_difference("a\nb", "a\nb\nc"), "line 2 is\nb\nand was\nb\n");
  EXPECT_EQ(first_difference("", "a"), "line 1 is\n\nand was\na\n");
}

}  // namespace
}  // namespace chainrule
