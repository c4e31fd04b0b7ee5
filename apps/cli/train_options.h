// What chainrule train is asked for on its command line.
#pragma once

#include <chrono>
#include <string>

#include "chainrule/explain.h"
#include "chainrule/run.h"

namespace CLI {
class App;
}

struct TrainArguments {
  chainrule::TrainRequest request;
  std::string config, resume;
  bool quiet = false, json = false;
  chainrule::Language language = chainrule::Language::en;
  double time_limit = 0;  // seconds; 0: none
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

// The arguments must outlive the command line.
void add_train_options(CLI::App* command, TrainArguments& to);

// Throws UsageError for an option that would change the run that --resume goes on with.
void require_no_changes(const CLI::App& command);

// Of a new run: what --config's file says, and what was given beside it. Throws UsageError.
chainrule::TrainRequest request_of(const TrainArguments& arguments);
