// The way back from config.toml, or from what a network's file says of the training.
#include <fmt/format.h>

#include "base/file.h"
#include "train/network/toml_reader.h"
#include "train/settings/config.h"
#include "train/settings/path_bytes.h"

namespace chainrule {
namespace {

constexpr std::int64_t most_folds = 1'000'000;

// Reads the tables [data], [training], [schedule] and [augmentation] into a request.
class ConfigReader {
 public:
  // Of a config.toml, in which all is said, or of a network's file.
  ConfigReader(const TomlReader& toml, const toml::table& root, bool is_config)
      : toml_(toml), root_(root), is_config_(is_config) {}

  TrainRequest read() {
    for (const std::string_view table : {"data", "training", "schedule"}) require(root_, table);
    read_data(toml_.table(*root_.get("data"), "data"));
    read_training(toml_.table(*root_.get("training"), "training"));
    read_schedule(toml_.table(*root_.get("schedule"), "schedule"));
    read_augmentation();
    read_what_if();
    return std::move(request_);
  }

  TrainRequest read_training_alone() {
    if (const auto* node = root_.get("training")) read_training(toml_.table(*node, "training"));
    if (const auto* node = root_.get("schedule")) read_schedule(toml_.table(*node, "schedule"));
    read_augmentation();
    return std::move(request_);
  }

 private:
  const toml::node& require(const toml::table& table, std::string_view key) const {
    if (const auto* node = table.get(key)) return *node;
    toml_.fail(table, fmt::format("there is no {} here; give the config.toml of a run", key));
  }

  template <class F>
  void placed(const toml::node& at, F f) const {
    try {
      f();
    } catch (const UsageError& error) {
      toml_.fail(at, error.what());
    }
  }

  double fraction(const toml::table& table, std::string_view key, bool or_one = false) const {
    const toml::node& node = require(table, key);
    const double value = toml_.number(node, key);
    if (value < 0 || value > 1 || (value == 1 && !or_one))
      toml_.fail(node, fmt::format("{} = {}; it must be at least 0 and {} 1", key, value,
                                   or_one ? "at most" : "below"));
    return value;
  }

  std::vector<std::string> words(const toml::table& table, std::string_view key) const {
    std::vector<std::string> found;
    if (const auto* node = table.get(key))
      for (const toml::node& word : toml_.array(*node, key)) found.push_back(toml_.word(word, key));
    return found;
  }

  void read_data(const toml::table& table) {
    toml_.require_known(table, "[data]",
                        {"path",
                         "fingerprint",
                         "rows",
                         "target",
                         "target_scale",
                         "task",
                         "categorical",
                         "numeric",
                         "dates",
                         "texts",
                         "missing",
                         "delimiter",
                         "decimal",
                         "header",
                         "size",
                         "drop",
                         "keep",
                         "scaling",
                         "validation",
                         "test",
                         "absolute_path",
                         "absolute_path_bytes",
                         "group",
                         "weight",
                         "time",
                         "in_order",
                         "folds",
                         "fold",
                         "validation_file",
                         "validation_file_bytes",
                         "test_file",
                         "test_file_bytes"});
    request_.data = toml_.word(require(table, "path"), "path");
    if (const auto* node = table.get("target"))
      request_.target.column = toml_.word(*node, "target");
    request_.target.scale = data::TargetScale::linear;
    if (const auto* node = table.get("target_scale"))
      placed(*node, [&] {
        request_.target.scale = target_scale_named(toml_.word(*node, "target_scale"));
      });
    const toml::node& task = require(table, "task");
    placed(task, [&] { request_.target.task = task_named(toml_.word(task, "task")); });
    data::CsvOptions& how = request_.table;
    how.categorical = words(table, "categorical");
    how.numeric = words(table, "numeric");
    how.dates = words(table, "dates");
    how.texts = words(table, "texts");
    how.missing = words(table, "missing");
    const auto read_word = [&](const char* key, auto read) {
      if (const auto* node = table.get(key)) placed(*node, [&] { read(toml_.word(*node, key)); });
    };
    read_word("delimiter", [&](const std::string& word) { how.delimiter = delimiter_named(word); });
    read_word("decimal", [&](const std::string& word) { how.decimal = decimal_named(word); });
    read_word("header", [&](const std::string& word) { how.header = header_named(word); });
    read_word("size",
              [&](const std::string& word) { request_.pictures = picture_size_named(word); });
    request_.encode.drop = words(table, "drop");
    request_.encode.keep = words(table, "keep");
    const toml::node& scaling = require(table, "scaling");
    placed(scaling,
           [&] { request_.encode.scaling = scaling_named(toml_.word(scaling, "scaling")); });
    request_.validation = fraction(table, "validation");
    request_.test = fraction(table, "test");
    read_word("group", [&](const std::string& word) { request_.group = word; });
    read_word("time", [&](const std::string& word) { request_.time = word; });
    read_word("weight", [&](const std::string& word) { request_.weight = word; });
    if (const auto* node = table.get("in_order"))
      request_.in_order = toml_.truth(*node, "in_order");
    const auto count = [&](const char* key) {
      const auto* node = table.get(key);
      return node == nullptr ? 0 : static_cast<int>(toml_.integer(*node, key, 1, most_folds));
    };
    request_.folds = count("folds");
    request_.fold = count("fold");
    request_.validation_file = path_in(table, "validation_file");
    request_.test_file = path_in(table, "test_file");
  }

  std::string path_in(const toml::table& table, const std::string& key) const {
    if (const auto* node = table.get(key)) return toml_.word(*node, key);
    const auto* bytes = table.get(key + "_bytes");
    return bytes == nullptr ? "" : bytes_of(toml_.word(*bytes, key + "_bytes"));
  }

  // The key's value; nullptr where a network's file leaves it out.
  const toml::node* find(const toml::table& table, std::string_view key) const {
    return is_config_ ? &require(table, key) : table.get(key);
  }

  void read_training(const toml::table& table) {
    toml_.require_known(table, "[training]",
                        {"epochs", "batch_size", "patience", "keep_best", "clip_norm", "threads",
                         "checkpoint_every", "shards", "accumulate", "weight_average", "metric",
                         "threshold", "members_see", "cycle_gain"});
    const auto whole = [&](const toml::node* node, std::string_view key, std::int64_t low,
                           std::int64_t high = std::int64_t{1} << 53) {
      return node == nullptr ? std::optional<std::int64_t>()
                             : std::optional(toml_.integer(*node, key, low, high));
    };
    request_.epochs = whole(find(table, "epochs"), "epochs", 1);
    request_.batch_size = whole(find(table, "batch_size"), "batch_size", 1);
    request_.patience = whole(find(table, "patience"), "patience", 0);
    // Called accumulate until there were ranks.
    request_.shards = whole(table.get("accumulate"), "accumulate", 1);
    if (table.contains("shards")) request_.shards = whole(table.get("shards"), "shards", 1);
    if (table.contains("weight_average"))
      request_.weight_average = fraction(table, "weight_average");
    if (table.contains("cycle_gain")) request_.cycle_gain = fraction(table, "cycle_gain");
    request_.checkpoint_every = whole(table.get("checkpoint_every"), "checkpoint_every", 0);
    if (const auto threads = whole(find(table, "threads"), "threads", 1, 1024))
      request_.threads = static_cast<int>(*threads);
    if (const auto* node = find(table, "keep_best"))
      request_.keep_best = toml_.truth(*node, "keep_best");
    if (const auto* node = table.get("metric"))
      placed(*node, [&] { request_.metric = metric_named(toml_.word(*node, "metric")); });
    if (const auto* node = table.get("threshold"))
      request_.threshold = toml_.word(*node, "threshold");
    if (const auto* node = table.get("members_see"))
      placed(*node, [&] {
        request_.members_see = name_of(data::members_see_named(toml_.word(*node, "members_see")));
      });
    if (const auto* node = find(table, "clip_norm")) {
      request_.clip_norm = toml_.number(*node, "clip_norm");
      if (*request_.clip_norm < 0)
        toml_.fail(*node, fmt::format("clip_norm = {}; it must be 0 or a positive number",
                                      *request_.clip_norm));
    }
  }

  // Of the learning rate; in tables of their own those of dropout and weight decay.
  void read_schedule(const toml::table& table) {
    toml_.require_known(table, "[schedule]",
                        {"type", "warmup", "floor", "dropout", "weight_decay"});
    const auto read_own = [&](const char* key) {
      const auto* node = table.get(key);
      if (node == nullptr) return std::optional<Schedule>();
      const std::string name = fmt::format("schedule.{}", key);
      const toml::table& own = toml_.table(*node, name);
      toml_.require_known(own, "[" + name + "]", {"type", "warmup", "floor"});
      return std::optional(schedule_in(own));
    };
    request_.dropout_schedule = read_own("dropout");
    request_.weight_decay_schedule = read_own("weight_decay");
    const bool says_more = table.contains("warmup") || table.contains("floor") ||
                           !(request_.dropout_schedule || request_.weight_decay_schedule);
    if (is_config_ || says_more || table.contains("type")) request_.schedule = schedule_in(table);
  }

  Schedule schedule_in(const toml::table& table) const {
    Schedule schedule;
    const auto* given = table.get("type");
    if (given == nullptr) toml_.fail(table, "there is no type here; add type = \"cosine\", say");
    const toml::node& type = *given;
    placed(type, [&] { schedule.shape = schedule_named(toml_.word(type, "type")); });
    if (find(table, "warmup") != nullptr) schedule.warmup = fraction(table, "warmup");
    if (find(table, "floor") != nullptr) schedule.floor = fraction(table, "floor", true);
    return schedule;
  }

  void read_augmentation() {
    const auto* node = root_.get("augmentation");
    if (node == nullptr) return;
    const toml::table& table = toml_.table(*node, "augmentation");
    toml_.require_known(table, "[augmentation]", {"shift", "flip"});
    if (const auto* shift = table.get("shift"))
      request_.shift = toml_.integer(*shift, "shift", 0, std::int64_t{1} << 31);
    if (const auto* flip = table.get("flip")) request_.flip = toml_.truth(*flip, "flip");
  }

  void read_what_if() {
    const auto* node = root_.get("what_if");
    if (node == nullptr) return;
    const toml::table& table = toml_.table(*node, "what_if");
    toml_.require_known(table, "[what_if]", {"of", "without_rows", "set", "at"});
    WhatIf& what = request_.what_if;
    if (const auto* of = table.get("of")) what.of = toml_.word(*of, "of");
    if (const auto* rows = table.get("without_rows"))
      for (const toml::node& row : toml_.array(*rows, "without_rows"))
        what.without_rows.push_back(toml_.integer(row, "without_rows", 0, std::int64_t{1} << 53));
    what.set = words(table, "set");
    if (const auto* at = table.get("at"))
      what.at = toml_.integer(*at, "at", 1, std::int64_t{1} << 53);
  }

  const TomlReader& toml_;
  const toml::table& root_;
  const bool is_config_;
  TrainRequest request_;
};

}  // namespace

TrainRequest parse_config(std::string_view text, const std::string& path) {
  const TomlReader toml(path);
  const toml::table root = toml.parse(text);
  TrainRequest request = ConfigReader(toml, root, true).read();
  request.model_file = path;
  return request;
}

void take_training(TrainRequest& request, const std::string& model_file) {
  const TomlReader toml(model_file);
  const toml::table root = toml.parse(read_file(model_file));
  const TrainRequest said = ConfigReader(toml, root, false).read_training_alone();
  const auto take = [](auto& to, const auto& from) {
    if (!to) to = from;
  };
  take(request.epochs, said.epochs);
  take(request.batch_size, said.batch_size);
  take(request.patience, said.patience);
  take(request.cycle_gain, said.cycle_gain);
  take(request.keep_best, said.keep_best);
  take(request.metric, said.metric);
  if (request.threshold.empty()) request.threshold = said.threshold;
  if (request.members_see.empty()) request.members_see = said.members_see;
  take(request.clip_norm, said.clip_norm);
  take(request.threads, said.threads);
  take(request.checkpoint_every, said.checkpoint_every);
  take(request.schedule, said.schedule);
  take(request.dropout_schedule, said.dropout_schedule);
  take(request.weight_decay_schedule, said.weight_decay_schedule);
  take(request.weight_average, said.weight_average);
  take(request.shards, said.shards);
  take(request.shift, said.shift);
  take(request.flip, said.flip);
}

}  // namespace chainrule
