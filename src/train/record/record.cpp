#include "train/record/record.h"

#include <fmt/format.h>

#include "base/hash.h"

namespace chainrule {

VariableList variable_list(const Session& session) {
  VariableList list;
  for (const std::string& name : session.variables()) list.emplace_back(name, session.values(name));
  return list;
}

VariableList variable_list(const std::map<std::string, Tensor>& variables) {
  VariableList list;
  for (const auto& [name, tensor] : variables) list.emplace_back(name, tensor.values);
  return list;
}

std::string state_hash(const VariableList& variables) {
  std::uint64_t all = 0;
  for (const auto& [name, values] : variables) all = hash(values, hash(name, all));
  return hash_text(all);
}

std::string to_text(const RecordLine& line) {
  return fmt::format("{},{},{}", line.step, line.epoch, line.hash);
}

RunTable<RecordLine> read_record(std::string_view text, const std::string& run) {
  RunTable<RecordLine> record;
  record.places = read_table(text, record_columns, run, [&](const Fields& fields) {
    if (fields.size() != 3) return false;
    const auto step = number_in<std::int64_t>(fields[0]),
               epoch = number_in<std::int64_t>(fields[1]);
    const std::int64_t before = record.lines.empty() ? -1 : record.lines.back().step;
    if (!step || !epoch || (before < 0 ? *step != 0 : *step <= before)) return false;
    record.lines.push_back({*step, *epoch, std::string(fields[2])});
    return true;
  });
  return record;
}

}  // namespace chainrule
