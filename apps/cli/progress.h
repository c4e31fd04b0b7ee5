// The line that tells how far the training is.
#pragma once

#include <string>

#include "chainrule/train.h"

std::string words_of(chainrule::Metric metric);  // "log loss", "AUC"

// On a terminal one line that is written over; elsewhere a line per epoch, or per twentieth of the
// run if there are more than 20 epochs.
class ProgressLine {
 public:
  ProgressLine();
  void show(const chainrule::Progress& progress);
  void judge_by(chainrule::Metric metric) { metric_ = metric; }  // it is shown
  void finish();  // leaves the cursor on a line of its own

 private:
  void show_on_terminal(const chainrule::Progress& progress);

  chainrule::Metric metric_ = chainrule::Metric::loss;
  bool on_terminal_;
  int shown_columns_ = 0;
  double last_seconds_ = -1;
  std::string validation_;  // the last epoch's, which stays to be seen during the next
};
