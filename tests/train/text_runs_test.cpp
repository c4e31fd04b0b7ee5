// Tables with a column of text, from the file to predictions and explanations.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "chainrule/importance.h"
#include "train/run_files.h"
#include "train/settings/config.h"

namespace chainrule {
namespace {

using testing::HasSubstr;

using Words = std::vector<std::string>;

// What reviews are made of: words that anybody uses, and endings or forms of those that tell.
struct ReviewLanguage {
  Words fillers, praise, blame, endings;
};

const ReviewLanguage english{
    {"the",  "a",    "it",     "phone", "was",   "and",   "my",    "box",  "came",  "with",
     "when", "then", "screen", "from",  "store", "after", "daily", "use",  "quite", "as",
     "this", "that", "week",   "bag",   "it's",  "about", "been",  "days", "two",   "others"},
    {"great", "love", "perfect", "solid"},
    {"broke", "awful", "return", "poor"},
    {"", "ly", "ed", "s"}};
// Endings make many forms of a stem, of which most are seen seldom.
const ReviewLanguage korean{
    {"제품은", "배송이", "화면은", "어제", "받았는데", "집에서", "그리고", "색상은", "매일",
     "친구가"},
    {"만족", "훌륭", "추천", "완벽"},
    {"실망", "불편", "고장", "후회"},
    {"합니다", "했어요", "해요", "하네요", "이에요", "입니다", "스러워요", "하더라고요"}};

// So many reviews with a class, beside a number that says nothing.
std::string reviews(const ReviewLanguage& language, int rows, std::uint64_t seed,
                    bool has_text = true) {
  RandomStream random(seed, 7);
  const auto one_of = [&](const Words& words) { return words[random.below(words.size())]; };
  std::string csv = has_text ? "days,review,verdict\n" : "days,verdict\n";
  for (int row = 0; row < rows; ++row) {
    const bool is_good = random.below(2) == 0;
    const std::size_t count = 6 + random.below(6), place = random.below(count);
    std::string text;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string word = one_of(language.fillers);
      const std::string telling =
          one_of(is_good ? language.praise : language.blame) + one_of(language.endings);
      text += (i == 0 ? "" : i == 4 ? ", " : " ") + (i == place ? telling : word);
    }
    csv += fmt::format("{},", random.below(30)) + (has_text ? "\"" + text + ".\"," : "") +
           (is_good ? "good\n" : "bad\n");
  }
  return csv;
}

class TextRuns : public testing::Test {
 protected:
  TrainRequest request(const std::string& name, const std::string& csv) const {
    TrainRequest request{.data = folder_.write(name + ".csv", csv), .out = folder_.file(name)};
    request.seed = 3;
    request.threads = 2;
    return request;
  }
  double accuracy(TrainRequest request) const { return train_run(request).test.accuracy; }

  const TemporaryFolder folder_;
};

// With members, and with one dense layer for fewer rows.
TEST_F(TextRuns, SlowLearnWhatWordsSay) {
  for (const int rows : {300, 800}) {
    TrainRequest read = request(fmt::format("read{}", rows), reviews(english, rows, 1));
    if (rows > 500) read.epochs = 10;
    EXPECT_GE(accuracy(read), 0.95) << rows;
    TrainRequest unread = request(fmt::format("unread{}", rows), reviews(english, rows, 1, false));
    unread.epochs = 10;
    EXPECT_LE(accuracy(unread), 0.65) << rows << ": nothing else tells";
  }
}

TEST_F(TextRuns, LearnWhatKoreanWordsSay) {
  EXPECT_GE(accuracy(request("ko", reviews(korean, 300, 2))), 0.95);
  TrainRequest members = request("ko_members", reviews(korean, 800, 2));
  members.epochs = 10;
  EXPECT_GE(accuracy(members), 0.95);
}

// A number, a category with gaps and two texts: each feature goes one way.
TEST_F(TextRuns, StandBesideOtherColumns) {
  RandomStream random(8, 1);
  const auto sentence = [&] {
    std::string text = "it";
    for (int i = 0; i < 6; ++i) text += " " + english.fillers[random.below(english.fillers.size())];
    return text;
  };
  std::string csv = "first,n,second,k,y\n";
  for (int row = 0; row < 800; ++row) {
    csv +=
        "\"" + sentence() + "\"," + std::to_string(random.below(90)) + ",\"" + sentence() + "\",";
    csv += (row % 5 == 0   ? ""
            : row % 3 == 0 ? "red"
                           : "blue") +
           std::string(row % 2 == 0 ? ",a\n" : ",b\n");
  }
  TrainRequest both = request("both", csv);
  both.epochs = 1;
  train_run(both);
  SavedRun saved = SavedRun::open(folder_.file("both"));
  std::vector<std::string> names;
  std::vector<std::int64_t> picked;
  for (const nn::Layer& layer : saved.model().network().layers) {
    names.push_back(layer.name());
    if (const auto* pick = layer.get_if<nn::Pick>())
      picked.insert(picked.end(), pick->features.begin(), pick->features.end());
  }
  EXPECT_THAT(names, testing::ElementsAre("numbers", "functions", "words1", "text1", "words2",
                                          "text2", "others", "", "", "", ""));
  std::ranges::sort(picked);
  ASSERT_EQ(static_cast<std::int64_t>(picked.size()), saved.encoder().width());
  for (std::size_t i = 0; i < picked.size(); ++i)
    EXPECT_EQ(picked[i], static_cast<std::int64_t>(i));
}

// Words are all that the linear baseline has, too; its ids are no numbers.
TEST_F(TextRuns, AreComparedWithALinearModelOfTheWords) {
  TrainRequest quick = request("linear", reviews(english, 600, 1));
  quick.epochs = 4;
  const RunResult result = train_run(quick);
  EXPECT_GE(result.linear.accuracy, 0.9);
}

TEST_F(TextRuns, AreResumedAndReplayed) {
  const std::string csv = reviews(english, 640, 4);
  expect_resumed_and_replayed(folder_, [&](const char* name) {
    TrainRequest short_run = request(name, csv);
    short_run.data = folder_.write("all.csv", csv);
    short_run.epochs = 4;
    short_run.checkpoint_every = 7;
    return short_run;
  });
}

class TextRun : public TextRuns {
 protected:
  void SetUp() override {
    TrainRequest small = request("run", reviews(english, 200, 5));
    small.hidden = {{8}};
    small.epochs = 20;
    small.checkpoint_every = 10;
    train_run(small);
  }
  chainrule::Run run() const { return chainrule::Run::open(folder_.file("run"), {.threads = 2}); }
};

TEST_F(TextRun, ExplainsItsNumbers) {
  auto recorded = run();
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const Tensor weight = saved.model().weights().at("text1.weight");
  const auto used = std::ranges::find_if(weight.values, [](float w) { return w != 0; });
  const auto at = used - weight.values.begin();
  const auto size = weight.shape[1];
  const std::string element = fmt::format("[{},{}]", at / size, at % size);
  for (const std::string& quantity :
       {"text1.weight" + element, "text1.weight" + element + ".gradient", std::string("text1[2,1]"),
        std::string("text1.count[1,0]")}) {
    const Explanation story = explain(recorded, {.quantity = quantity, .step = 9});
    EXPECT_TRUE(story.passed) << quantity << "\n" << story.page;
  }
}

TEST_F(TextRun, TellsATextsPartInAPrediction) {
  auto recorded = run();
  const std::int64_t line = recorded.data().test.data->place(recorded.data().test.rows.at(0)).line;
  const RowExplanation found = explain_row(
      recorded, {.number = line, .changes = {{"review", "awful, it broke after two days"}}});
  const auto part = [](const RowReasons& reasons, const std::string& column) {
    return *std::ranges::find(reasons.parts, column, &ColumnPart::column);
  };
  EXPECT_EQ(found.reasons.parts.size(), 2U) << "a text is one column";
  EXPECT_EQ(found.reasons.parts[0].column, "review");
  EXPECT_NEAR(found.reasons.completeness_error, 0, 1e-4);
  const data::Dataset& data = *recorded.data().test.data;
  EXPECT_EQ(part(found.reasons, "review").value, data.text(recorded.data().test.rows[0], "review"));
  ASSERT_TRUE(found.changed.has_value());
  EXPECT_EQ(part(*found.changed, "review").value, "\"awful, it broke after two days\"");
  EXPECT_EQ(part(*found.changed, "days").value, part(found.reasons, "days").value);
  EXPECT_EQ(found.changed_predicted, "bad");
  const RowExplanation without =
      explain_row(recorded, {.number = line, .changes = {{"review", ""}}});
  EXPECT_TRUE(part(*without.changed, "review").is_missing);
  const std::string page =
      explain_prediction(recorded, {.number = line}, {.language = Language::ko}).page;
  EXPECT_THAT(page, HasSubstr("review"));
}

TEST_F(TextRun, FindsTheTextImportantAndDrawsNoCurveOfIt) {
  auto recorded = run();
  SavedRun saved = SavedRun::open(folder_.file("run"));
  const Importance found = importance(saved.model(), saved.encoder(), recorded.data().test);
  ASSERT_EQ(found.columns.size(), 2U);
  EXPECT_EQ(found.columns[0].column, "review");
  EXPECT_GT(found.columns[0].accuracy_drop, 0.25);
  ASSERT_EQ(found.curves.size(), 1U);
  EXPECT_EQ(found.curves[0].column, "days");
}

// From the saved model alone, on a file with words that training never saw.
TEST_F(TextRun, PredictsNewTexts) {
  const std::string model = folder_.file("run/model.safetensors");
  SavedRun saved = SavedRun::open(model);
  const std::string next = folder_.write(
      "next.csv",
      "review,days\n\"I love this gadget, truly great!\",3\n\"AWFUL. Poor and it BROKE\",4\n,\n");
  const std::string answers = saved.predict(next).csv;
  EXPECT_THAT(answers,
              testing::MatchesRegex("verdict,probability\ngood,[0-9.]+\nbad,[0-9.]+\n.*\n"));
  const std::string more = folder_.write("more.csv", reviews(english, 200, 6));
  EXPECT_GT(saved.evaluate(more).scores.accuracy, 0.9);
}

constexpr const char* without_ids = "[network]\n[[network.layer]]\ntype = \"dense\"\nunits = 2\n";

TEST_F(TextRuns, NeedANetworkThatTakesIds) {
  TrainRequest own = request("own", reviews(english, 200, 5));
  own.model_file = folder_.write("net.toml", without_ids);
  EXPECT_THAT(message_of<DataError>([&] { train_run(own); }, folder_),
              HasSubstr("no layer of the network takes ids, and the column \"review\" is a text"));
  own.encode.drop = {"review"};
  EXPECT_NO_THROW(train_run(own));
}

TEST_F(TextRuns, KeepWhatTheUserSaidOfAColumn) {
  std::string csv = "title,y\n";
  for (int i = 0; i < 120; ++i)
    csv += fmt::format("{} Box {},{}\n", i % 2 == 0 ? "Red" : "Blue", i % 30, i % 2);
  TrainRequest said = request("said", csv);
  said.table.texts = {"title"};
  said.epochs = 30;
  EXPECT_EQ(train_run(said).test.accuracy, 1);
  EXPECT_THAT(read_file(folder_.file("said/config.toml")), HasSubstr("texts = [\"title\"]"));
  TrainRequest again = read_config(folder_.file("said/config.toml"));
  again.out = folder_.file("again");
  train_run(again);
  EXPECT_EQ(read_file(folder_.file("again/model.safetensors")),
            read_file(folder_.file("said/model.safetensors")));
}

}  // namespace
}  // namespace chainrule
