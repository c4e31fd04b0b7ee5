// Runs as files: what is saved, and that it is all that a later day needs.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "base/peak_memory.h"
#include "chainrule/error.h"
#include "chainrule/run.h"
#include "data/csv.h"
#include "data/safetensors.h"
#include "data/temporary_folder.h"
#include "given_data.h"
#include "train/record/sealed_tensors.h"

namespace chainrule {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::UnorderedElementsAre;

class SavedRuns : public testing::Test {
 protected:
  RunResult train(const std::string& data, std::int64_t epochs = 3) {
    TrainRequest request{.data = data, .out = folder_.file("run")};
    if (data.ends_with("penguins.csv")) request.target.column = "species";
    request.epochs = epochs;
    request.hidden = {{8}};
    request.seed = 1;
    request.threads = 1;
    return train_run(request);
  }
  std::string run() const { return folder_.file("run"); }

  // What SavedRun::open says after `file` of the run was replaced.
  std::string opening_with(const std::string& file, const std::string& contents) {
    const std::string before = read_file(run() + "/" + file);
    folder_.write("run/" + file, contents);
    const std::string said = message_of<DataError>([&] { SavedRun::open(run()); }, folder_);
    folder_.write("run/" + file, before);
    return said;
  }

  // A model file's bytes with the hash that they should have.
  static std::string resealed(const std::string& model) {
    data::TensorFile file = data::parse_tensors(model, "model");
    seal(file);
    return data::format_tensors(file);
  }

  TemporaryFolder folder_;
};

TEST_F(SavedRuns, HoldTheirFiles) {
  const RunResult result = train(project_data + "penguins.csv");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(run()))
    names.push_back(entry.path().filename().string());
  EXPECT_THAT(
      names, UnorderedElementsAre("config.toml", "metrics.csv", "model.safetensors", "summary.json",
                                  "record.csv", "layers.csv", "checkpoints"));

  const data::Table metrics = data::read_csv(run() + "/metrics.csv");
  EXPECT_THAT(metrics.names(), testing::ElementsAre("epoch", "learning_rate", "train_loss",
                                                    "validation_loss", "validation_accuracy",
                                                    "validation_macro_f1", "seconds", "check"));
  EXPECT_THAT(metrics.columns[0].numbers, testing::ElementsAre(1, 2, 3));
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(metrics.find("train_loss")->numbers[i], result.history.epochs[i].train_loss);
    EXPECT_EQ(metrics.find("validation_loss")->numbers[i],
              result.history.epochs[i].validation->loss);
  }
}

TEST_F(SavedRuns, SumUpAClassificationAsJson) {
  const RunResult result = train(project_data + "penguins.csv");
  const json summary = json::parse(read_file(run() + "/summary.json"));
  EXPECT_EQ(summary["task"], "classification");
  EXPECT_EQ(summary["run"], run());
  EXPECT_EQ(summary["epochs"], 3);
  EXPECT_EQ(summary["stopped"], "finished");
  EXPECT_EQ(summary["classes"], (json{"Adelie", "Chinstrap", "Gentoo"}));
  EXPECT_GT(summary["seconds"], 0.0);
  EXPECT_EQ(summary["parameters"], (result.config.row.size() + 1) * 8 + (8 + 1) * 3);
  std::int64_t rows = 0;
  for (const char* part : {"train", "validation", "test"}) {
    const json& scores = summary[part];
    rows += scores["rows"].get<std::int64_t>();
    std::int64_t counted = 0, right = 0;
    for (std::size_t k = 0; k < 3; ++k)
      for (std::size_t other = 0; other < 3; ++other) {
        counted += scores["confusion"][k][other].get<std::int64_t>();
        if (k == other) right += scores["confusion"][k][other].get<std::int64_t>();
      }
    EXPECT_EQ(counted, scores["rows"]);
    EXPECT_DOUBLE_EQ(scores["accuracy"], static_cast<double>(right) / static_cast<double>(counted));
    EXPECT_FALSE(scores.contains("rmse"));
  }
  EXPECT_EQ(rows, 344) << "every penguin is in one part";
}

TEST_F(SavedRuns, SumUpARegressionAsJson) {
  TrainRequest request{.data = project_data + "diabetes.csv", .out = run()};
  request.epochs = 2;
  request.validation = 0.0;
  train_run(request);
  const json summary = json::parse(read_file(run() + "/summary.json"));
  EXPECT_EQ(summary["task"], "regression");
  EXPECT_EQ(summary["target"], "progression");
  EXPECT_TRUE(summary["validation"].is_null());
  EXPECT_GT(summary["test"]["rmse"], summary["test"]["mae"]);
  EXPECT_TRUE(summary["test"].contains("r2"));
  EXPECT_FALSE(summary["test"].contains("accuracy"));
  const data::Table metrics = data::read_csv(run() + "/metrics.csv");
  EXPECT_TRUE(std::isnan(metrics.find("validation_r2")->numbers[0]));
}

TEST_F(SavedRuns, PredictWithTheModelFileAlone) {
  train(project_data + "penguins.csv", 20);
  const std::string answers = SavedRun::open(run()).predict(project_data + "penguins.csv").csv;
  fs::create_directory(folder_.file("elsewhere"));
  fs::rename(run() + "/model.safetensors", folder_.file("elsewhere/mine"));
  fs::remove_all(run());
  SavedRun moved = SavedRun::open(folder_.file("elsewhere/mine"));
  EXPECT_EQ(moved.predict(project_data + "penguins.csv").csv, answers);

  const data::Table table = data::parse_csv(answers, "answers");
  EXPECT_THAT(table.names(), testing::ElementsAre("species", "probability"));
  EXPECT_EQ(table.rows, 344);
  const data::Table truth = data::read_csv(project_data + "penguins.csv");
  int right = 0;
  for (std::size_t i = 0; i < 344; ++i) {
    EXPECT_GE(table.columns[1].numbers[i], 1.0 / 3);
    EXPECT_LE(table.columns[1].numbers[i], 1.0);
    if (table.columns[0].codes[i] == truth.columns[0].codes[i]) ++right;
  }
  EXPECT_DOUBLE_EQ(moved.evaluate(project_data + "penguins.csv").scores.accuracy, right / 344.0)
      << "what is predicted is what is scored";
}

TEST_F(SavedRuns, PredictRowsWithoutTheTargetWhateverTheOrderOfColumns) {
  train(folder_.write("t.csv", [] {
    std::string text = "a,b,y\n";
    for (int i = 0; i < 60; ++i)
      text += std::to_string(i % 7) + "," + (i % 2 == 0 ? "u" : "v") + "," +
              std::to_string(100 * (i % 7) + i % 2 + 0.5) + "\n";
    return text;
  }()));
  SavedRun saved = SavedRun::open(run());
  const std::string expected = saved.predict(folder_.write("n.csv", "a,b\n3,u\n5,v\n")).csv;
  EXPECT_EQ(saved.predict(folder_.write("n.csv", "b;note;a\nu;?;3\nv;x;5\n")).csv, expected);
  EXPECT_THAT(expected, testing::StartsWith("y\n"));
  EXPECT_EQ(
      message_of<DataError>([&] { saved.predict(folder_.write("n.csv", "A1,b\n3,u\n")); }, folder_),
      "n.csv: has no column \"a\", which the model needs as an input; did you mean "
      "\"A1\"?");
}

TEST_F(SavedRuns, QuoteClassesThatNeedIt) {
  std::string text = "a,\"the \"\"kind\"\"\"\n";
  for (int i = 0; i < 40; ++i)
    text += std::to_string(i % 8) + (i % 8 < 4 ? ",\"low, or so\"\n" : ",\"say \"\"high\"\"\"\n");
  train(folder_.write("t.csv", text), 30);
  const data::Table answers =
      data::parse_csv(SavedRun::open(run()).predict(folder_.file("t.csv")).csv, "answers");
  EXPECT_EQ(answers.columns[0].name, "the \"kind\"");
  EXPECT_EQ(answers.columns[0].categories,
            (std::vector<std::string>{"low, or so", "say \"high\""}));
}

TEST_F(SavedRuns, KnowTheDataTheyWereTrainedOn) {
  const std::string text = read_file(project_data + "iris.csv");
  train(folder_.write("iris.csv", text));
  SavedRun saved = SavedRun::open(run());
  EXPECT_TRUE(saved.evaluate(folder_.write("copy.csv", text)).is_training_data);
  EXPECT_FALSE(
      saved.evaluate(folder_.write("copy.csv", text + "5,3,1,0.5,setosa\n")).is_training_data);
  EXPECT_EQ(message_of<DataError>(
                [&] {
                  saved.evaluate(folder_.write("new.csv",
                                               "sepal_length,sepal_width,"
                                               "petal_length,petal_width,species\n"
                                               "5,3,1,0.5,\n"));
                },
                folder_),
            "new.csv: no row has a target to compare with; use predict");
}

TEST_F(SavedRuns, SayWhichFileIsDamaged) {
  train(project_data + "iris.csv");
  const std::string model = read_file(run() + "/model.safetensors");
  EXPECT_EQ(opening_with("model.safetensors", model), "");
  for (const std::size_t length :
       {std::size_t{0}, std::size_t{7}, model.size() / 2, model.size() - 1})
    EXPECT_THAT(opening_with("model.safetensors", model.substr(0, length)),
                testing::StartsWith("run/model.safetensors: "))
        << length;
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string text = model;
    text.replace(text.find(from), from.size(), to);
    return opening_with("model.safetensors", resealed(text));
  };
  EXPECT_EQ(replaced("chainrule.network", "chainrule.networx"),
            "run/model.safetensors: has no chainrule.network in its metadata, so it was not saved "
            "by chainrule train; give a run folder");
  EXPECT_EQ(replaced("chainrule.encoder", "chainrule.encodex"),
            "run/model.safetensors: has no chainrule.encoder in its metadata, so it was not saved "
            "by chainrule train; give a run folder");
  EXPECT_EQ(replaced("units = 8", "units = 7"),
            "run/model.safetensors: does not fit together: dense1.weight has shape [7, 4], the "
            "value given [8, 4]; train again");
  EXPECT_THAT(replaced("units = 8", "units = x"),
              testing::StartsWith("run/model.safetensors:7:9: this is no TOML"));
  EXPECT_EQ(opening_with("model.safetensors", resealed(model.substr(0, model.size() - 4) +
                                                       std::string("\0\0\xC0\x7F", 4))),
            "run/model.safetensors: \"dense2.weight\" holds NaN or infinity; train again");
  EXPECT_THAT(opening_with("config.toml", "[data]\npath = \n"),
              testing::StartsWith("run/config.toml:2:8: this is no TOML"));
  EXPECT_EQ(opening_with("summary.json", "{"), "") << "a note for people; nothing depends on it";
}

TEST_F(SavedRuns, SayWhatIsNoRun) {
  const auto opening = [&](const std::string& name) {
    return message_of<DataError>([&] { SavedRun::open(folder_.file(name)); }, folder_);
  };
  fs::create_directory(folder_.file("empty"));
  EXPECT_EQ(opening("empty"),
            "empty: holds no model.safetensors, so it is no run; give a folder that chainrule "
            "train made");
  folder_.write("empty/config.toml", "");
  EXPECT_EQ(opening("empty"),
            "empty: holds no model.safetensors yet; if the training was cut off, go "
            "on with chainrule train --resume " +
                std::string("empty"));
  fs::create_directory(folder_.file("runs"));
  EXPECT_EQ(opening("rusn"), "rusn: there is no such file; did you mean \"runs\"?");
  folder_.write("text", "hello, this is a text file");
  EXPECT_THAT(opening("text"), testing::StartsWith("text: "));
}

TEST_F(SavedRuns, HoldNoModelAfterAFailure) {
  EXPECT_THROW(train(folder_.file("missing.csv")), DataError);
  EXPECT_FALSE(fs::exists(run()));
  TrainRequest request{.data = project_data + "diabetes.csv", .out = run()};
  request.optimizer = "sgd";
  request.learning_rate = 1e12;
  request.epochs = 3;
  const RunResult result = train_run(request);
  EXPECT_EQ(result.history.stopped, StopReason::diverged);
  EXPECT_FALSE(result.has_model);
  EXPECT_FALSE(fs::exists(run() + "/model.safetensors"));
}

TEST_F(SavedRuns, KeepWhatWasLearntWhenInterrupted) {
  TrainRequest request{.data = project_data + "iris.csv", .out = run()};
  request.epochs = 50;
  RunObserver observer;
  observer.on_progress = [](const Progress& now) { return now.epoch < 2; };
  const RunResult result = train_run(request, observer);
  EXPECT_EQ(result.history.stopped, StopReason::caller);
  EXPECT_EQ(json::parse(read_file(run() + "/summary.json"))["stopped"], "interrupted");
  EXPECT_NO_THROW(SavedRun::open(run()).evaluate(project_data + "iris.csv"));
}

TEST_F(SavedRuns, AreComparedWithTheirTensorsBeforeMemoryIsAskedFor) {
  train(project_data + "iris.csv");
  const std::string path = run() + "/model.safetensors";
  const data::TensorFile model = data::read_tensors(path);
  const std::int64_t before = peak_megabytes();
  const auto opening = [&](const std::string& from, const std::string& to, auto change) {
    data::TensorFile other = model;
    std::string& network = other.metadata.at("chainrule.network");
    if (!from.empty()) network.replace(network.find(from), from.size(), to);
    change(other);
    seal(other);
    data::write_tensors(path, other);
    return message_of<DataError>([&] { SavedRun::open(run()); }, folder_);
  };
  const auto none = [](data::TensorFile&) {};
  const std::string start = "run/model.safetensors: does not fit together: ";
  EXPECT_EQ(opening("", "", none), "");
  EXPECT_EQ(opening("units = 8", "units = 9999999", none),
            start + "dense1.weight has shape [9999999, 4], the value given [8, 4]; train again");
  EXPECT_EQ(opening("input = 4", "input = 9999999", none),
            start + "the network has 9999999 inputs, and the data's encoding makes 4; train again");
  EXPECT_EQ(opening("", "", [](data::TensorFile& f) { f.tensors.erase("dense2.bias"); }),
            start + "no value was given for the weights dense2.bias; train again");
  EXPECT_EQ(opening("", "", [](data::TensorFile& f) { f.tensors["dense3.bias"] = Tensor({2}); }),
            start + "it holds 5 tensors, and the network has 4; train again");
  const auto huge_rows = [](data::TensorFile& f) {
    json encoder = json::parse(f.metadata.at("chainrule.encoder"));
    encoder.erase("columns");
    encoder["array"] = {{"shape", {2'000'000'000}}, {"shift", {0}}, {"scale", {1}}};
    f.metadata["chainrule.encoder"] = encoder.dump();
  };
  EXPECT_EQ(opening("input = 4\n", "", huge_rows),
            start + "dense1.weight has shape [8, 2000000000], the value given [8, 4]; train again");
  const auto more_classes = [](data::TensorFile& f) {
    json encoder = json::parse(f.metadata.at("chainrule.encoder"));
    encoder["target"]["classes"] = {"a", "b", "c", "d"};
    f.metadata["chainrule.encoder"] = encoder.dump();
  };
  EXPECT_EQ(opening("", "", more_classes),
            start + "network and target differ in width; train again");
  EXPECT_LT(peak_megabytes() - before, 100);
}

TEST_F(SavedRuns, RefusePredictionsThatAreNoNumbers) {
  train(folder_.write("t.csv", [] {
    std::string text = "a,y\n";
    for (int i = 0; i < 40; ++i)
      text += std::to_string(i % 20) + "," + std::to_string(3 * (i % 20) + 0.5) + "\n";
    return text;
  }()));
  const std::string path = run() + "/model.safetensors";
  data::TensorFile model = data::read_tensors(path);
  for (auto& [name, tensor] : model.tensors) std::ranges::fill(tensor.values, 3e38f);
  seal(model);
  data::write_tensors(path, model);
  SavedRun saved = SavedRun::open(run());
  const std::string data = folder_.write("n.csv", "a,y\n\n7,1\n9,1\n");
  const std::string said =
      "n.csv:3: the prediction for this row is infinite or not a number: the weights in "
      "run/model.safetensors are too large for it; train again with a smaller learning rate, or "
      "mend the row";
  EXPECT_EQ(message_of<DataError>([&] { saved.predict(data); }, folder_), said);
  EXPECT_EQ(message_of<DataError>([&] { saved.evaluate(data); }, folder_), said);
}

TEST_F(SavedRuns, KeepLabelsApartThatDoubleWouldMerge) {
  std::string text = "a,label\n";
  for (int i = 0; i < 60; ++i)
    text += std::to_string(i % 10) + (i % 10 < 5 ? ",9007199254740992\n" : ",9007199254740993\n");
  TrainRequest request{.data = folder_.write("t.csv", text), .out = run()};
  request.table.numeric = {"label"};
  EXPECT_THROW(train_run(request), DataError);
  request.table.numeric.clear();
  request.epochs = 40;
  request.seed = 1;
  train_run(request);
  SavedRun saved = SavedRun::open(run());
  const SavedRun::Evaluation evaluation = saved.evaluate(request.data);
  EXPECT_EQ(evaluation.scores.confusion[0][0] + evaluation.scores.confusion[0][1], 30);
  EXPECT_TRUE(evaluation.is_training_data);
  EXPECT_THAT(saved.predict(folder_.write("n.csv", "a\n0\n9\n")).csv,
              testing::ContainsRegex("label,probability\n9007199254740992,.*\n9007199254740993,"));
}

TEST_F(SavedRuns, PredictMoreRowsThanAreTakenAtOnce) {
  train(project_data + "iris.csv");
  std::string many = "sepal_length,sepal_width,petal_length,petal_width\n", few = many;
  std::string expected;
  for (int i = 0; i < 5000; ++i) many += std::to_string(4 + i % 40 * 0.1) + ",3,1.5,0.2\n";
  for (int i = 0; i < 40; ++i) few += std::to_string(4 + i * 0.1) + ",3,1.5,0.2\n";
  SavedRun saved = SavedRun::open(run());
  const std::string once = saved.predict(folder_.write("few.csv", few)).csv;
  const std::size_t head = once.find('\n') + 1;
  expected = once.substr(0, head);
  for (int i = 0; i < 125; ++i) expected += once.substr(head);
  EXPECT_EQ(saved.predict(folder_.write("many.csv", many)).csv, expected);
}

}  // namespace
}  // namespace chainrule
