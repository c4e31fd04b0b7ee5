#include "data/strict_json.h"

#include <stdexcept>
#include <string>
#include <unordered_set>
#include <vector>

#include <fmt/format.h>

#include "data/words.h"

namespace chainrule::data {
namespace {

using Json = nlohmann::json;

// Sees every value as it is read, before the next one takes memory.
class Guard {
 public:
  Guard(int most_depth, std::int64_t most_values)
      : most_depth_(most_depth), most_values_(most_values) {}

  void see(int depth, Json::parse_event_t event, const Json& parsed) {
    if (depth > most_depth_) throw std::runtime_error("it is nested too deeply");
    if (event == Json::parse_event_t::object_start) keys_.emplace_back();
    if (event == Json::parse_event_t::object_end) keys_.pop_back();
    if (event == Json::parse_event_t::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys_.back().insert(key).second)
        throw std::runtime_error(fmt::format("the key {} stands twice", quote(key)));
    } else if (++values_ > most_values_) {
      throw std::runtime_error(fmt::format("it holds more than {} values", most_values_));
    }
  }

 private:
  int most_depth_;
  std::int64_t most_values_, values_ = 0;
  std::vector<std::unordered_set<std::string>> keys_;  // of the objects that are open
};

}  // namespace

Json parse_strict_json(std::string_view text, int most_depth, std::int64_t most_values) {
  Guard guard(most_depth, most_values);
  return Json::parse(text, [&](int depth, Json::parse_event_t event, const Json& parsed) {
    guard.see(depth, event, parsed);
    return true;
  });
}

}  // namespace chainrule::data
