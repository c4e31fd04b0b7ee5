// The line that tells how far the training is.
#pragma once

#include <chrono>
#include <string>

#include "chainrule/run.h"
#include "words/messages.h"

std::string words_of(chainrule::Metric metric, chainrule::Language language);  // "log loss", "AUC"

// On a terminal one line that is written over; elsewhere a line per epoch, or per twentieth of the
// run if there are more than 20 epochs.
class ProgressLine {
 public:
  explicit ProgressLine(chainrule::Language language);
  void show(const chainrule::Progress& progress);
  void judge_by(chainrule::Metric metric) { metric_ = metric; }  // it is shown
  void finish();  // leaves the cursor on a line of its own

 private:
  void show_on_terminal(const chainrule::Progress& progress);
  std::string validation_words(const chainrule::Scores& scores) const;
  std::string line_for(const chainrule::Progress& progress) const;

  chainrule::Language language_;
  chainrule::Metric metric_ = chainrule::Metric::loss;
  bool on_terminal_;
  int shown_columns_ = 0;
  double last_seconds_ = -1;
  std::string validation_;  // the last epoch's, which stays to be seen during the next
};

// How far something else has come, on a terminal alone: a line that is gone when it is over.
class ShareLine {
 public:
  ShareLine(chainrule::Phrase what, chainrule::Language language, bool is_quiet);
  ~ShareLine();
  ShareLine(const ShareLine&) = delete;
  ShareLine& operator=(const ShareLine&) = delete;

  // Shows the line; empty where nobody watches.
  chainrule::OnShare show();

 private:
  void update(double share);

  std::string what_;
  chainrule::Language language_;
  bool is_shown_;
  int columns_ = 0;
  std::chrono::steady_clock::time_point start_, last_;
};
