// The encoder as JSON, for the metadata of a model file.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "base/boundary.h"
#include "chainrule/data.h"
#include "data/strict_json.h"

namespace chainrule::data {
namespace {

using Json = nlohmann::json;

constexpr int format_version = 1;

// A shift and a scale for each of the ten million inputs that a network may have.
constexpr std::int64_t most_model_values = 25'000'000;

// Reads with checks: whatever is not as to_json writes it throws, and from_json turns that into one
// message. Json::at and get throw for what is absent or of another type.
double finite(const Json& value) {
  const double x = value.get<double>();
  if (!value.is_number() || !std::isfinite(x)) throw std::runtime_error("a number is not finite");
  return x;
}

// get<int> would take 1e48 too, and then do something undefined.
std::int64_t whole(const Json& value) {
  if (!value.is_number_integer()) throw std::runtime_error("a number is not whole");
  return value.get<std::int64_t>();
}

std::vector<double> numbers(const Json& list) {
  if (!list.is_array()) throw std::runtime_error("a list of numbers is missing");
  std::vector<double> all;
  for (const Json& item : list) all.push_back(finite(item));
  return all;
}

constexpr std::array<std::string_view, 6> number_kinds{"plain", "measures", "middle",
                                                       "first", "second",   "fraction"};

NumberKind number_kind_in(const Json& json) {
  if (!json.contains("numbers")) return NumberKind::plain;
  const auto found = std::ranges::find(number_kinds, json["numbers"].get<std::string>());
  if (found == number_kinds.end()) throw std::runtime_error("a kind of numbers is unknown");
  return static_cast<NumberKind>(found - number_kinds.begin());
}

// How numbers are written: of a ColumnEncoding, or an ExpectedColumn.
template <class Described>
void write_numbers(const Described& column, Json& json) {
  if (!column.unit.empty()) json["unit"] = column.unit;
  if (!column.words.empty()) json["words"] = column.words;
  if (column.number_kind != NumberKind::plain)
    json["numbers"] = number_kinds[static_cast<std::size_t>(column.number_kind)];
}

template <class Described>
void read_numbers(const Json& json, Described& column) {
  column.unit = json.value("unit", std::string());
  column.words = json.value("words", std::vector<std::string>());
  column.number_kind = number_kind_in(json);
}

Json target_to_json(const TargetEncoding& target) {
  Json json = {{"name", target.name}};
  if (target.columns.size() > 1) json["columns"] = target.columns;
  if (target.task == Task::classification) {
    json["task"] = "classification";
    json["classes"] = target.classes;
    if (target.threshold) json["threshold"] = *target.threshold;
  } else {
    json["task"] = "regression";
    json["mean"] = target.mean;
    json["deviation"] = target.deviation;
    if (!target.quantiles.empty()) json["quantiles"] = target.quantiles;
    if (target.is_log) json["log_range"] = target.range;
    for (const ExpectedColumn& column : target.written)
      write_numbers(column, json["written"].emplace_back(Json::object()));
  }
  return json;
}

TargetEncoding target_from_json(const Json& json) {
  TargetEncoding target{.name = json.at("name").get<std::string>()};
  target.columns = json.value("columns", std::vector<std::string>{target.name});
  const std::string task = json.at("task");
  if (task == "classification") {
    target.classes = json.at("classes").get<std::vector<std::string>>();
    if (target.classes.empty()) throw std::runtime_error("there are no classes");
    if (json.contains("threshold")) {
      target.threshold = finite(json["threshold"]);
      if (target.classes.size() != 2) throw std::runtime_error("a threshold is of two classes");
    }
    return target;
  }
  if (task != "regression") throw std::runtime_error("the task is unknown");
  target.task = Task::regression;
  target.mean = numbers(json.at("mean"));
  target.deviation = numbers(json.at("deviation"));
  if (target.mean.empty() || target.mean.size() != target.deviation.size())
    throw std::runtime_error("mean and deviation differ in length");
  if (json.contains("quantiles")) {
    target.quantiles = numbers(json["quantiles"]);
    if (target.quantiles.size() != target.mean.size())
      throw std::runtime_error("mean and quantiles differ in length");
  }
  if (json.contains("log_range")) {
    target.is_log = true;
    for (const Json& pair : json["log_range"]) {
      const std::vector<double> range = numbers(pair);
      if (range.size() != 2 || !(range[0] > 0 && range[0] <= range[1]))
        throw std::runtime_error("the target's range is none");
      target.range.push_back({range[0], range[1]});
    }
    if (target.range.size() != target.mean.size())
      throw std::runtime_error("mean and range differ in length");
  }
  if (json.contains("written"))
    for (const Json& column : json["written"]) read_numbers(column, target.written.emplace_back());
  if (target.written.size() > target.columns.size())
    throw std::runtime_error("more columns of the target are described than there are");
  for (const double deviation : target.deviation)
    if (deviation <= 0) throw std::runtime_error("a deviation is not positive");
  return target;
}

constexpr std::array<std::string_view, 9> orders{
    "year_month_day", "day_month_year", "month_day_year", "named_month", "time_only",
    "day_month",      "period",         "compact",        "short_year"};

std::string_view name_of(DateOrder order) { return orders[static_cast<std::size_t>(order)]; }

DateOrder order_named(std::string_view name) {
  const auto found = std::ranges::find(orders, name);
  if (found == orders.end()) throw std::runtime_error("the order of a date is unknown");
  return static_cast<DateOrder>(found - orders.begin());
}

Json column_to_json(const ColumnEncoding& column) {
  Json json = {{"name", column.name}, {"missing_feature", column.missing_feature}};
  if (column.kind == ColumnKind::categorical) {
    json["kind"] = "categorical";
    json["categories"] = column.categories;
    if (column.other_feature) json["other_feature"] = true;
    if (!column.rare.empty()) json["rare"] = column.rare;
  } else if (column.kind == ColumnKind::text) {
    json.update({{"kind", "text"}, {"slots", column.slots}, {"buckets", column.buckets}});
  } else {
    json["kind"] = column.kind == ColumnKind::date ? "date" : "numeric";
    if (column.kind == ColumnKind::date)
      json.update({{"order", name_of(column.order)}, {"has_time", column.has_time}});
    if (column.range) json["range"] = *column.range;
    write_numbers(column, json);
    json.update({{"shift", column.shift}, {"scale", column.scale}, {"fill", column.fill}});
  }
  return json;
}

ColumnEncoding column_from_json(const Json& json) {
  ColumnEncoding column;
  column.name = json.at("name").get<std::string>();
  column.missing_feature = json.at("missing_feature").get<bool>();
  const std::string kind = json.at("kind");
  if (kind == "categorical") {
    column.kind = ColumnKind::categorical;
    column.categories = json.at("categories").get<std::vector<std::string>>();
    column.other_feature = json.value("other_feature", false);
    column.rare = json.value("rare", std::vector<std::string>());
  } else if (kind == "text") {
    column.kind = ColumnKind::text;
    column.slots = whole(json.at("slots"));
    column.buckets = whole(json.at("buckets"));
    // As many ids as float32 tells apart.
    constexpr std::int64_t most_slots = 1'000'000, most_buckets = 1 << 24;
    if (column.slots < 1 || column.slots > most_slots || column.buckets < 1 ||
        column.buckets >= most_buckets)
      throw std::runtime_error("a text's ids are out of range");
  } else if (kind == "numeric" || kind == "date") {
    if (kind == "date") {
      column.kind = ColumnKind::date;
      column.order = order_named(json.at("order").get<std::string>());
      column.has_time = json.at("has_time").get<bool>();
    }
    column.shift = finite(json.at("shift"));
    column.scale = finite(json.at("scale"));
    read_numbers(json, column);
    column.fill = finite(json.at("fill"));
    if (json.contains("range")) {
      const std::vector<double> range = numbers(json["range"]);
      if (range.size() != 2) throw std::runtime_error("a range has no two ends");
      column.range = {range[0], range[1]};
    }
  } else {
    throw std::runtime_error("a column's kind is unknown");
  }
  return column;
}

ArrayEncoding array_from_json(const Json& json) {
  ArrayEncoding array;
  const Json& shape = json.at("shape");
  if (!shape.is_array()) throw std::runtime_error("the shape is no list");
  std::vector<std::int64_t> extents;
  std::int64_t size = 1;
  for (const Json& item : shape) {
    const std::int64_t extent = extents.emplace_back(whole(item));
    // 2^31 values per row is beyond any use, and keeps the product from overflowing.
    if (extent < 1 || extent > (std::int64_t{1} << 31) / size)
      throw std::runtime_error("the shape is out of range");
    size *= extent;
  }
  array.shape = Shape(extents);
  array.shift = numbers(json.at("shift"));
  array.scale = numbers(json.at("scale"));
  const auto pairs = static_cast<std::int64_t>(array.shift.size());
  if (array.shift.size() != array.scale.size() || (pairs != 1 && pairs != size))
    throw std::runtime_error("shift and scale do not fit the shape");
  array.of_pictures = json.value("of_pictures", false);
  return array;
}

char mark(const Json& value, std::string_view but_not) {
  const auto text = value.get<std::string>();
  if (text.size() != 1 || but_not.find(text[0]) != std::string_view::npos)
    throw std::runtime_error("the dialect of its table is unknown");
  return text[0];
}

}  // namespace

std::string Encoder::to_json() const try {
  Json json = {{"version", format_version}, {"target", target_to_json(target_)}};
  if (array_) {
    json["array"] = {
        {"shape", std::vector<std::int64_t>(array_->shape.begin(), array_->shape.end())},
        {"shift", array_->shift},
        {"scale", array_->scale}};
    if (array_->of_pictures) json["array"]["of_pictures"] = true;
  } else {
    if (dialect_ != Dialect())
      json["dialect"] = {{"delimiter", std::string(1, dialect_.delimiter)},
                         {"decimal", std::string(1, dialect_.decimal)},
                         {"header", dialect_.header}};
    if (dialect_.doubled) json["dialect"]["doubled"] = true;
    if (!missing_.empty()) json["missing"] = missing_;
    if (!names_.empty()) json["names"] = names_;
    json["columns"] = Json::array();
    for (const ColumnEncoding& column : columns_) json["columns"].push_back(column_to_json(column));
  }
  return json.dump();
} catch (...) {
  throw_ours();
}

Encoder Encoder::from_json(std::string_view text, const std::string& file) try {
  try {
    const Json json = parse_strict_json(text, 8, most_model_values);
    const std::int64_t version = whole(json.at("version"));
    if (version != format_version)
      throw std::runtime_error(
          fmt::format("its version is {} and this program reads {}", version, format_version));
    Encoder encoder;
    encoder.target_ = target_from_json(json.at("target"));
    if (json.contains("array"))
      encoder.array_ = array_from_json(json["array"]);
    else
      for (const Json& column : json.at("columns"))
        encoder.columns_.push_back(column_from_json(column));
    if (json.contains("names")) encoder.names_ = json["names"].get<std::vector<std::string>>();
    if (json.contains("missing"))
      encoder.missing_ = json["missing"].get<std::vector<std::string>>();
    if (json.contains("dialect"))
      encoder.dialect_ = {.delimiter = mark(json["dialect"].at("delimiter"), "\r\n\""),
                          .decimal = mark(json["dialect"].at("decimal"), "\r\n\"+-0123456789"),
                          .header = json["dialect"].at("header").get<bool>(),
                          .doubled = json["dialect"].value("doubled", false)};
    if (encoder.array_) encoder.target_.columns.clear();
    const TargetEncoding& target = encoder.target_;
    const std::size_t columns = target.columns.size();
    const bool is_several = target.task == Task::regression || columns > 1;
    const std::size_t numbers_told =
        target.quantiles.empty() ? static_cast<std::size_t>(target.outputs()) : 1;
    if (!encoder.array_ && is_several && columns != numbers_told)
      throw std::runtime_error("the target's columns are not as many as its outputs");
    if (encoder.width() == 0) throw std::runtime_error("it has no features");
    return encoder;
  } catch (const std::exception& error) {
    throw DataError({file},
                    fmt::format("its description of the data's encoding is damaged ({}); train "
                                "again, or take another copy",
                                error.what()));
  }
} catch (...) {
  throw_ours();
}

}  // namespace chainrule::data
