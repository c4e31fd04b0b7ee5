// chainrule ops
#include <memory>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "base/display.h"
#include "commands.h"
#include "ops/op_list.h"
#include "page_options.h"
#include "terminal.h"
#include "words/messages.h"

using namespace chainrule;

namespace {

Phrase kind_of(const Op& op) {
  return op.kind == OpKind::elementwise ? Phrase::ops_elementwise
         : op.kind == OpKind::primitive ? Phrase::ops_primitive
                                        : Phrase::ops_composite;
}

void run_ops(Language language) {
  const auto say = [&](Phrase which) { return said(which, language); };
  std::vector<std::vector<std::string>> rows{{say(Phrase::ops_operation), say(Phrase::ops_operands),
                                              say(Phrase::kind), say(Phrase::ops_summary)}};
  for (const Op* op : all_ops())
    if (op->kind != OpKind::leaf)
      rows.push_back({std::string(op->name),
                      op->arity < 0 ? say(Phrase::ops_any) : fmt::format("{}", op->arity),
                      say(kind_of(*op)), std::string(op->summary.in(language))});
  print(table_text(rows, "lrll", 0));
}

}  // namespace

void add_ops(CLI::App& app, int& /*exit_code*/) {
  CLI::App* command = app.add_subcommand("ops", "Lists the operations that networks are made of");
  command->footer("Examples:\n  chainrule ops");
  const auto language = std::make_shared<Language>(Language::en);
  add_language(command, *language);
  command->callback([language] { run_ops(*language); });
}
