// chainrule ops
#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "commands.h"
#include "ops/op_list.h"
#include "terminal.h"

using namespace chainrule;

namespace {

std::string_view kind_of(const Op& op) {
  switch (op.kind) {
    case OpKind::leaf:
      return "leaf";
    case OpKind::elementwise:
      return "elementwise";
    case OpKind::primitive:
      return "primitive";
    case OpKind::composite:
      return "composite";
  }
  return "";
}

void run_ops() {
  std::vector<std::vector<std::string>> rows{{"operation", "operands", "kind", "summary"}};
  for (const Op* op : all_ops())
    if (op->kind != OpKind::leaf)
      rows.push_back({std::string(op->name), op->arity < 0 ? "any" : fmt::format("{}", op->arity),
                      std::string(kind_of(*op)), std::string(op->summary)});
  print(table_text(rows, "lrll", 0));
}

}  // namespace

void add_ops(CLI::App& app, int& /*exit_code*/) {
  CLI::App* command = app.add_subcommand("ops", "Lists the operations that networks are made of");
  command->footer("Examples:\n  chainrule ops");
  command->callback(run_ops);
}
