// The subcommands. Each adds itself to the program; when it was chosen and has run, `exit_code`
// holds what the program should end with. Errors leave as exceptions.
#pragma once

namespace CLI {
class App;
}

void add_inspect(CLI::App& app, int& exit_code);
void add_train(CLI::App& app, int& exit_code);
void add_evaluate(CLI::App& app, int& exit_code);
void add_predict(CLI::App& app, int& exit_code);
void add_replay(CLI::App& app, int& exit_code);
void add_verify(CLI::App& app, int& exit_code);
void add_blame(CLI::App& app, int& exit_code);
void add_compare(CLI::App& app, int& exit_code);
void add_diff(CLI::App& app, int& exit_code);
void add_importance(CLI::App& app, int& exit_code);
void add_report(CLI::App& app, int& exit_code);
void add_trace(CLI::App& app, int& exit_code);
void add_summary(CLI::App& app, int& exit_code);
void add_ops(CLI::App& app, int& exit_code);
void add_graph(CLI::App& app, int& exit_code);
void add_layers(CLI::App& app, int& exit_code);

// The exit codes, as documented in --help.
namespace exit_codes {
inline constexpr int fine = 0, check_failed = 1, usage = 2, data = 3, diverged = 4,
                     interrupted = 130,
                     internal = 70;  // EX_SOFTWARE of sysexits.h
}
