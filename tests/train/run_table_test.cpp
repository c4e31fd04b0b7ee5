// The tables that a run writes: exact there and back, and a line that is not what the run wrote is
// known wherever it is.
#include "train/record/run_table.h"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "chainrule/error.h"
#include "data/temporary_folder.h"
#include "train/record/layer_sizes.h"
#include "train/record/metrics.h"
#include "train/record/record.h"

namespace chainrule {
namespace {

const std::vector<RecordLine> lines{{0, 0, "00ff"}, {5, 1, "11ee"}, {10, 2, "22dd"}, {15, 3, "33"}};

// A record with these lines, of the run with this id.
std::string record_of(const std::string& run, const std::vector<RecordLine>& some = lines,
                      const std::string& comment = "format 1") {
  const TemporaryFolder folder;
  TableWriter table(folder.file("record.csv"), std::string(record_columns), run, comment);
  table.restart();
  for (const RecordLine& line : some) table.add(to_text(line));
  table.flush();
  return read_file(folder.file("record.csv"));
}

std::size_t count_of(std::string_view text, const std::string& run = "mine") {
  return read_record(text, run).lines.size();
}

TEST(RunTables, AreReadBackWithTheirPlaces) {
  const std::string text = record_of("mine");
  EXPECT_THAT(text, testing::StartsWith("# format 1\nstep,epoch,hash,check\n0,0,00ff,"));
  const RunTable<RecordLine> back = read_record(text, "mine");
  ASSERT_EQ(back.lines.size(), lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(back.lines[i].step, lines[i].step);
    EXPECT_EQ(back.lines[i].epoch, lines[i].epoch);
    EXPECT_EQ(back.lines[i].hash, lines[i].hash);
    EXPECT_EQ(back.places.lines[i].text, to_text(lines[i]));
  }
  EXPECT_EQ(back.places.lines.back().end, text.size());
  EXPECT_FALSE(back.places.bad_line);
  EXPECT_TRUE(read_record("", "mine").lines.empty()) << "a run that was killed at once";
}

TEST(RunTables, EveryFlippedBitIsKnownToBeDamage) {
  const std::string text = record_of("mine");
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = text;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const RunTable<RecordLine> read = read_record(damaged, "mine");
      const bool lost_its_end = at + 1 == text.size();  // the same as cut off
      EXPECT_TRUE(read.places.bad_line || lost_its_end) << "byte " << at << ", bit " << bit;
      EXPECT_LT(read.lines.size(), lines.size());
      for (std::size_t i = 0; i < read.lines.size(); ++i)
        EXPECT_EQ(read.lines[i].hash, lines[i].hash) << "what is read is true";
    }
}

TEST(RunTables, ALineIsKnownToBeOfAnotherPlaceOrRun) {
  const std::string text = record_of("mine");
  EXPECT_EQ(count_of(text, "yours"), 0U);
  EXPECT_EQ(read_record(text, "yours").places.bad_line, 3);
  const TablePlaces places = read_record(text, "mine").places;
  std::string lost = text;
  lost.erase(places.lines[1].begin, places.lines[1].end - places.lines[1].begin);
  EXPECT_EQ(count_of(lost), 1U);
  EXPECT_EQ(read_record(lost, "mine").places.bad_line, 4);
  std::string twice = text;
  twice.insert(places.lines[1].end,
               text.substr(places.lines[1].begin, places.lines[1].end - places.lines[1].begin));
  EXPECT_EQ(count_of(twice), 2U);
  const std::string other = record_of("yours", {{0, 0, "00ff"}, {5, 1, "aaaa"}});
  std::string mixed = text.substr(0, places.lines[0].end);
  mixed += other.substr(other.rfind("5,1,"));
  EXPECT_EQ(count_of(mixed), 1U);
}

TEST(RunTables, ALineThatWasCutOffIsNone) {
  const std::string text = record_of("mine");
  for (std::size_t length = 0; length < text.size(); ++length) {
    const RunTable<RecordLine> read = read_record(text.substr(0, length), "mine");
    EXPECT_FALSE(read.places.bad_line) << length << " bytes: a kill may leave this";
    EXPECT_LT(read.lines.size(), lines.size());
  }
  EXPECT_EQ(count_of(text + std::string(40, '\0')), 4U) << "after a power cut";
  const RunTable<RecordLine> zeros = read_record(text + std::string(40, '\0') + "\n", "mine");
  EXPECT_EQ(zeros.lines.size(), 4U);
  EXPECT_EQ(zeros.places.bad_line, 7);
  const TemporaryFolder folder;
  EXPECT_EQ(message_of<DataError>([&] { require_whole(zeros.places, folder.file("record.csv")); },
                                  folder),
            "record.csv:7: this line is damaged, or of another run; bring the file back from a "
            "copy, or let chainrule train --resume make it again");
}

TEST(RunTables, GoOnAfterAnyLineAsIfNothingHadBeen) {
  const std::string text = record_of("mine");
  const TemporaryFolder folder;
  for (std::size_t kept = 0; kept <= lines.size(); ++kept) {
    folder.write("record.csv", text + "15,");
    TableWriter table(folder.file("record.csv"), std::string(record_columns), "mine", "format 1");
    table.keep(read_record(text, "mine").places, kept);
    for (std::size_t i = kept; i < lines.size(); ++i) table.add(to_text(lines[i]));
    table.flush();
    EXPECT_EQ(read_file(folder.file("record.csv")), text) << kept;
  }
}

TEST(RunTables, SayWhenAnotherProgramOrMachineGoesOn) {
  const std::string text = record_of("mine");
  const TemporaryFolder folder;
  folder.write("record.csv", text);
  TableWriter table(folder.file("record.csv"), std::string(record_columns), "mine", "format 1, B");
  table.keep(read_record(text, "mine").places, 2);
  table.add(to_text(lines[2]));
  table.flush();
  const std::string now = read_file(folder.file("record.csv"));
  EXPECT_THAT(now, testing::HasSubstr("\n# format 1, B\n10,2,22dd,"));
  EXPECT_EQ(count_of(now), 3U);
  std::string without = now;
  without.erase(now.find("# format 1, B\n"), 14);
  EXPECT_EQ(count_of(without), 2U) << "what is said of the lines is part of them";
}

TEST(RunTables, OfFormat0AreReadAndMadeNew) {
  const std::string old = "step,epoch,hash\n0,0,00ff\n5,1,11ee\n10,2,22dd\n15,3,33\n";
  const RunTable<RecordLine> read = read_record(old, "");
  ASSERT_EQ(read.lines.size(), 4U);
  EXPECT_EQ(count_of(old), 0U) << "not in a run that has checks";
  EXPECT_EQ(read_record(old + "7,4,00ff\n", "").places.bad_line, 6) << "not after 15";
  const TemporaryFolder folder;
  folder.write("record.csv", old);
  TableWriter table(folder.file("record.csv"), std::string(record_columns), "mine", "format 1");
  table.keep(read.places, 2);
  table.add(to_text(lines[2]));
  table.add(to_text(lines[3]));
  table.flush();
  EXPECT_EQ(read_file(folder.file("record.csv")), record_of("mine"));
}

TEST(Metrics, AreReadBackExactly) {
  RandomStream random(2, 0);
  for (const data::Task task : {data::Task::classification, data::Task::regression}) {
    std::vector<std::string> written;
    std::string text = metrics_columns(task) + "\n";
    for (std::int64_t epoch = 1; epoch <= 50; ++epoch) {
      Progress progress{.epoch = epoch, .train_loss = random.normal(), .validation = Scores{}};
      progress.learning_rate = random.uniform() * 1e-9;
      progress.validation->loss =
          epoch % 10 == 0 ? std::numeric_limits<double>::quiet_NaN() : random.normal();
      progress.validation->accuracy = progress.validation->rmse = random.uniform();
      progress.seconds = 1000 * random.uniform();
      written.push_back(metrics_line(task, progress));
      text += written.back() + "\n";
    }
    const RunTable<Progress> back = read_metrics(text, "", task, 7);
    ASSERT_EQ(back.lines.size(), 50U);
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < 50; ++i) {
      const Progress& epoch = back.lines[i];
      EXPECT_EQ(metrics_line(task, epoch), written[i]);
      EXPECT_EQ(epoch.is_best, epoch.validation->loss < best) << epoch.epoch;
      if (epoch.is_best) best = epoch.validation->loss;
      EXPECT_EQ(epoch.validation->rows, 7);
    }
    const std::string skipping = text + "52" + written.back().substr(2) + "\n";
    EXPECT_EQ(read_metrics(skipping, "", task, 7).places.bad_line, 52);
    EXPECT_FALSE(read_metrics(text, "", task, 0).lines.front().validation.has_value());
  }
}

TEST(LayerSizes, AreReadBack) {
  const std::string text =
      std::string(layer_size_columns) + "\n" + to_text({1, "dense1.weight", 2, 0.5, 0.25}) + "\n";
  const auto back = read_layer_sizes(text, "").lines;
  ASSERT_EQ(back.size(), 1U);
  EXPECT_EQ(back[0].parameter, "dense1.weight");
  EXPECT_EQ(back[0].update, 0.25);
  EXPECT_EQ(read_layer_sizes(text + "8,c,1\n", "").places.bad_line, 3);
}

}  // namespace
}  // namespace chainrule
