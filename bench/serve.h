// The program around an engine that runs in a process of its own.
#pragma once

#include <functional>
#include <string>

#include "peer.h"

namespace chainrule::bench {

struct Request {
  std::string workload;  // part of a workload's name; the first that has it
  Setting setting;
  std::string mnist;  // instead of a workload: the folder
};

// Arguments: WORKLOAD THREADS wall|cpu[,channels_last] [FOLDER]. Writes a line with the version,
// then reads lines with a number of steps and answers each with the result and the seconds; a
// failure is a line of text. Ends with its input, and with the process that started it.
int serve(int count, char** arguments, const std::string& version,
          const std::function<Stepper(const Request&)>& make);

}  // namespace chainrule::bench
