#include "train/settings/config.h"

#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/boundary.h"
#include "base/fields.h"
#include "base/file.h"
#include "base/sealed.h"
#include "base/suggest.h"
#include "data/words.h"
#include "train/network/network_file.h"
#include "train/network/toml_reader.h"
#include "train/network/toml_text.h"
#include "train/settings/path_bytes.h"

namespace chainrule {
namespace {

template <class Value>
struct Named {
  std::string_view name;
  Value value;
};
constexpr Named<data::Scaling> scalings[] = {{"auto", data::Scaling::automatic},
                                             {"standard", data::Scaling::standard},
                                             {"minmax", data::Scaling::minmax},
                                             {"none", data::Scaling::none}};
constexpr Named<data::Task> tasks[] = {{"classification", data::Task::classification},
                                       {"regression", data::Task::regression}};
constexpr Named<data::TargetScale> target_scales[] = {{"auto", data::TargetScale::automatic},
                                                      {"linear", data::TargetScale::linear},
                                                      {"log", data::TargetScale::log}};
constexpr Named<char> delimiters[] = {{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'},
                                      {"bar", '|'},   {"caret", '^'},     {"space", ' '}};
constexpr Named<char> decimals[] = {{"point", '.'}, {"comma", ','}};
constexpr Named<data::Header> headers[] = {{"yes", data::Header::present},
                                           {"no", data::Header::absent}};
constexpr Named<Schedule::Shape> shapes[] = {{"constant", Schedule::Shape::constant},
                                             {"cosine", Schedule::Shape::cosine},
                                             {"flat_cosine", Schedule::Shape::flat_cosine},
                                             {"exponential", Schedule::Shape::exponential},
                                             {"step", Schedule::Shape::step},
                                             {"one_cycle", Schedule::Shape::one_cycle},
                                             {"coslog4", Schedule::Shape::coslog4}};

template <class List, class Value>
std::string_view name_in(const List& list, Value value) {
  for (const auto& entry : list)
    if (entry.value == value) return entry.name;
  throw InternalError("a setting has no name");
}

template <class List>
auto value_in(const List& list, std::string_view name, std::string_view kind) {
  std::vector<std::string> names;
  for (const auto& entry : list) {
    if (entry.name == name) return entry.value;
    names.emplace_back(entry.name);
  }
  throw UsageError(fmt::format("there is no {} \"{}\"; {}", kind, name, suggestion(name, names)));
}

// A line, or none.
std::string path_toml(const char* key, const std::string& path) {
  if (path.empty()) return "";
  return data::valid_text_length(path) < path.size()
             ? fmt::format("{}_bytes = \"{}\"\n", key, hex_of(path))
             : fmt::format("{} = {}\n", key, toml_string(path));
}

std::string list(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + toml_string(word);
  return "[" + text + "]";
}

}  // namespace

std::string_view name_of(data::Scaling scaling) { return name_in(scalings, scaling); }
std::string_view name_of(data::Task task) { return name_in(tasks, task); }
data::Scaling scaling_named(std::string_view name) { return value_in(scalings, name, "scaling"); }
data::TargetScale target_scale_named(std::string_view name) {
  return value_in(target_scales, name, "target scale");
}
data::Task task_named(std::string_view name) { return value_in(tasks, name, "task"); }

char delimiter_named(std::string_view name) {
  constexpr std::string_view impossible = "\"\r\n";
  const bool is_one = name.size() == 1 || (name.size() == 2 && name[0] == name[1]);  // ::
  if (is_one && impossible.find(name[0]) == std::string_view::npos) return name[0];
  return value_in(delimiters, name == "\\t" ? "tab" : name, "delimiter");
}
char decimal_named(std::string_view name) {
  if (name == "." || name == ",") return name[0];
  return value_in(decimals, name, "decimal mark");
}
data::Header header_named(std::string_view name) { return value_in(headers, name, "header"); }
data::PictureOptions picture_size_named(std::string_view name) {
  constexpr std::int64_t most = 4096;
  const std::size_t cross = std::min(name.find('x'), name.size());
  const auto side = [&](std::string_view text) {
    const auto number = number_in<std::int64_t>(text);
    if (!number || *number < 1 || *number > most)
      throw UsageError(
          fmt::format("size \"{}\": give width x height of pictures in pixels, from 1 "
                      "to {}, such as 64x48, or 64 for both",
                      name, most));
    return *number;
  };
  const std::int64_t width = side(name.substr(0, cross));
  return {.height = cross < name.size() ? side(name.substr(cross + 1)) : width, .width = width};
}
Schedule::Shape schedule_named(std::string_view name) { return value_in(shapes, name, "schedule"); }
std::string_view name_of(Schedule::Shape shape) { return name_in(shapes, shape); }

std::string to_toml(const RunConfig& config, int layout) {
  const RunHeader header = header_of(config.id);
  std::string text = "# How this run was made. Again: chainrule train --config THIS_FILE\n";
  text += fmt::format(
      "[run]\nformat = {}\nlayout = {}\nversion = {}\nid = {}\n"
      "instruction_set = {}\n\n",
      header.format, layout, toml_string(header.version), toml_string(header.run),
      toml_string(header.instruction_set));
  return sealed(text + settings_toml(config), toml_seal);
}

namespace {

std::string delimiter_name(char delimiter) {
  for (const auto& [name, value] : delimiters)
    if (value == delimiter) return std::string(name);
  return std::string(1, delimiter);
}

// What was asked for beside the usual, so that a run without such wishes keeps its id.
std::string reading_toml(const data::CsvOptions& table) {
  std::string text;
  const auto add_list = [&](const char* key, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{} = {}\n", key, list(names));
  };
  add_list("numeric", table.numeric);
  add_list("dates", table.dates);
  add_list("texts", table.texts);
  add_list("missing", table.missing);
  if (table.delimiter != 0)
    text += fmt::format("delimiter = {}\n", toml_string(delimiter_name(table.delimiter)));
  if (table.decimal != 0)
    text += fmt::format("decimal = \"{}\"\n", name_in(decimals, table.decimal));
  if (table.header != data::Header::detect)
    text += fmt::format("header = \"{}\"\n", name_in(headers, table.header));
  return text;
}

std::string schedule_toml(std::string_view table, const Schedule& schedule) {
  return fmt::format("\n[{}]\ntype = \"{}\"\nwarmup = {}\nfloor = {}\n", table,
                     name_of(schedule.shape), toml_number(schedule.warmup),
                     toml_number(schedule.floor));
}

std::string size_toml(const data::PictureOptions& pictures) {
  return pictures.height == 0 ? ""
                              : fmt::format("size = \"{}x{}\"\n", pictures.width, pictures.height);
}

std::string augmentation_toml(const data::Augmentation& how) {
  return how.moves() ? fmt::format("[augmentation]\nshift = {}\nflip = {}\n\n", how.shift, how.flip)
                     : "";
}

std::string what_if_toml(const WhatIf& what) {
  if (!what.asks()) return "";
  std::string text = fmt::format("[what_if]\nof = {}\n", toml_string(what.of));
  if (!what.without_rows.empty())
    text += fmt::format("without_rows = [{}]\n", fmt::join(what.without_rows, ", "));
  if (!what.set.empty()) text += fmt::format("set = {}\nat = {}\n", list(what.set), what.at);
  return text + "\n";
}

// What is not divided at random, and rows that do not count the same.
std::string division_toml(const data::SplitOptions& split, const std::string& weight) {
  std::string text;
  if (!split.group.empty()) text += fmt::format("group = {}\n", toml_string(split.group));
  if (!split.time.empty()) text += fmt::format("time = {}\n", toml_string(split.time));
  if (split.in_order) text += "in_order = true\n";
  if (!weight.empty()) text += fmt::format("weight = {}\n", toml_string(weight));
  if (split.folds > 0) text += fmt::format("folds = {}\nfold = {}\n", split.folds, split.fold);
  return text;
}

}  // namespace

std::string settings_toml(const RunConfig& config) {
  const FitOptions& fit = config.fit;
  std::string text = fmt::format("[data]\npath = {}\n", toml_string(config.data));
  text += path_toml("absolute_path", config.data_absolute) +
          path_toml("validation_file", config.validation_file) +
          path_toml("test_file", config.test_file);
  text +=
      fmt::format("fingerprint = {}\nrows = {}\n", toml_string(config.fingerprint), config.rows);
  if (!config.target.column.empty())
    text += fmt::format("target = {}\n", toml_string(config.target.column));
  if (config.target.scale == data::TargetScale::log) text += "target_scale = \"log\"\n";
  text +=
      fmt::format("task = \"{}\"\ncategorical = {}\n{}drop = {}\nkeep = {}\nscaling = \"{}\"\n",
                  name_of(*config.target.task), list(config.table.categorical),
                  reading_toml(config.table) + size_toml(config.pictures), list(config.encode.drop),
                  list(config.encode.keep), name_of(config.encode.scaling));
  text += fmt::format("validation = {}\ntest = {}\n{}", toml_number(config.split.validation),
                      toml_number(config.split.test), division_toml(config.split, config.weight));
  text += fmt::format(
      "\n[training]\nepochs = {}\nbatch_size = {}\npatience = {}\nkeep_best = {}\n"
      "clip_norm = {}\nthreads = {}\n",
      fit.epochs, fit.batch_size, fit.patience, fit.keep_best, toml_number(fit.clip_norm),
      config.threads);
  // What is not the usual, so that a run without such wishes keeps its id.
  if (fit.metric != Metric::loss)
    text += fmt::format("metric = {}\n", toml_string(std::string(name_of(fit.metric))));
  if (!config.threshold.empty())
    text += fmt::format("threshold = {}\n", toml_string(config.threshold));
  if (config.members_see != data::MembersSee::all)
    text += fmt::format("members_see = \"{}\"\n", name_of(config.members_see));
  if (fit.shards > 1) text += fmt::format("shards = {}\n", fit.shards);
  if (fit.weight_average > 0)
    text += fmt::format("weight_average = {}\n", toml_number(fit.weight_average));
  if (fit.cycle_gain > 0) text += fmt::format("cycle_gain = {}\n", toml_number(fit.cycle_gain));
  if (config.checkpoint_every)
    text += fmt::format("checkpoint_every = {}\n", *config.checkpoint_every);
  text += schedule_toml("schedule", fit.schedule);
  if (!is_constant(fit.dropout_schedule))
    text += schedule_toml("schedule.dropout", fit.dropout_schedule);
  if (!is_constant(fit.weight_decay_schedule))
    text += schedule_toml("schedule.weight_decay", fit.weight_decay_schedule);
  text += "\n";
  text += augmentation_toml(fit.augmentation) + what_if_toml(fit.what_if);
  NetworkFile network;
  network.input = config.row;
  network.seed = config.seed;
  network.model = config.network;
  network.loss = config.loss;
  network.optimizer = config.optimizer;
  return text + to_toml(network);
}

bool names_data(const std::string& model_file) {
  return TomlReader(model_file).parse(read_file(model_file)).contains("data");
}

TrainRequest read_config(const std::string& path) try {
  return parse_config(read_file(path), path);
} catch (...) {
  throw_ours();
}

TrainRequest overridden(TrainRequest base, const TrainRequest& by) {
  const auto take = [](auto& to, const auto& from) {
    if constexpr (requires { from.empty(); }) {
      if (!from.empty()) to = from;
    } else if (from) {
      to = from;
    }
  };
  take(base.data, by.data);
  take(base.table.categorical, by.table.categorical);
  take(base.table.numeric, by.table.numeric);
  take(base.table.dates, by.table.dates);
  take(base.table.texts, by.table.texts);
  take(base.table.missing, by.table.missing);
  if (by.table.delimiter != 0) base.table.delimiter = by.table.delimiter;
  if (by.table.decimal != 0) base.table.decimal = by.table.decimal;
  if (by.table.header != data::Header::detect) base.table.header = by.table.header;
  if (by.pictures.height > 0) base.pictures = by.pictures;
  take(base.target.column, by.target.column);
  take(base.target.task, by.target.task);
  take(base.target.quantiles, by.target.quantiles);
  if (by.target.scale != data::TargetScale::automatic) base.target.scale = by.target.scale;
  if (by.encode.scaling != data::Scaling::automatic) base.encode.scaling = by.encode.scaling;
  take(base.encode.drop, by.encode.drop);
  take(base.encode.keep, by.encode.keep);
  take(base.validation, by.validation);
  take(base.test, by.test);
  take(base.validation_file, by.validation_file);
  take(base.test_file, by.test_file);
  take(base.group, by.group);
  take(base.time, by.time);
  take(base.weight, by.weight);
  base.in_order = base.in_order || by.in_order;
  if (by.folds > 0) std::tie(base.folds, base.fold) = std::tie(by.folds, by.fold);
  take(base.model_file, by.model_file);
  take(base.hidden, by.hidden);
  take(base.activation, by.activation);
  take(base.effort, by.effort);
  take(base.loss, by.loss);
  take(base.class_weights, by.class_weights);
  take(base.optimizer, by.optimizer);
  take(base.dropout, by.dropout);
  take(base.learning_rate, by.learning_rate);
  take(base.weight_decay, by.weight_decay);
  take(base.momentum, by.momentum);
  take(base.clip_norm, by.clip_norm);
  take(base.schedule, by.schedule);
  take(base.dropout_schedule, by.dropout_schedule);
  take(base.weight_decay_schedule, by.weight_decay_schedule);
  take(base.weight_average, by.weight_average);
  take(base.shards, by.shards);
  take(base.shift, by.shift);
  take(base.flip, by.flip);
  take(base.batch_size, by.batch_size);
  take(base.epochs, by.epochs);
  take(base.patience, by.patience);
  take(base.cycle_gain, by.cycle_gain);
  take(base.keep_best, by.keep_best);
  take(base.metric, by.metric);
  take(base.threshold, by.threshold);
  take(base.members_see, by.members_see);
  take(base.seed, by.seed);
  take(base.threads, by.threads);
  take(base.checkpoint_every, by.checkpoint_every);
  if (by.what_if.asks()) base.what_if = by.what_if;
  base.out = by.out;
  base.strict = by.strict;
  base.profile = by.profile;
  return base;
}

namespace {

// A text with a seal is that of a run with a header, even where damage hides the one or the other.
bool claims_a_header(std::string_view text, const toml::table& root) {
  return root.contains("run") ||
         text.find(std::string("\n") + std::string(toml_seal.before)) != std::string_view::npos;
}

}  // namespace

ConfigHead read_config_head(const std::string& path) {
  const TomlReader toml(path);
  const std::string text = read_file(path);
  const toml::table root = toml.parse(text);
  const auto word = [&](const char* table, const char* key) {
    return root[table][key].value_or(std::string());
  };
  ConfigHead head{.header = {.format = root["run"]["format"].value_or(0),
                             .version = word("run", "version"),
                             .run = word("run", "id"),
                             .instruction_set = word("run", "instruction_set"),
                             .layout = root["run"]["layout"].value_or(0)},
                  .data = word("data", "path"),
                  .data_absolute = word("data", "absolute_path"),
                  .fingerprint = word("data", "fingerprint")};
  if (head.data_absolute.empty())
    head.data_absolute = bytes_of(word("data", "absolute_path_bytes"));
  require_known(head.header, path);
  const bool needs_seal = claims_a_header(text, root);
  if (needs_seal && (!is_whole(text, toml_seal) || head.header.run.empty()))
    throw DataError({path},
                    "was changed since the run wrote it, or is damaged, so it is not what the run "
                    "was made with; bring the file back, or begin a new run with --config");
  return head;
}

bool is_as_written(const std::string& path) {
  const std::string text = read_file(path);
  return !claims_a_header(text, TomlReader(path).parse(text)) || is_whole(text, toml_seal);
}

}  // namespace chainrule
