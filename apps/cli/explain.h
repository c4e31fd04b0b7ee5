// chainrule explain FILE.toml
#pragma once

namespace CLI {
class App;
}

// Adds the subcommand. When it was chosen and has run, `exit_code` holds 0, or 1 if the page's
// check failed; errors leave as exceptions.
void add_explain(CLI::App& app, int& exit_code);
