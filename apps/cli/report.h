// Scores as people read them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chainrule/explain.h"
#include "chainrule/run.h"

struct ScoredRows {
  std::string name;  // "Test"
  const chainrule::Scores* scores = nullptr;
};
// A table of scores, those without rows left out; under the last line, what guessing and, if it is
// given, a linear model reach on the same rows. The metric that was asked for comes first.
std::string scores_text(const std::vector<ScoredRows>& parts,
                        const chainrule::Scores* linear = nullptr,
                        chainrule::Metric metric = chainrule::Metric::loss,
                        chainrule::Language language = chainrule::Language::en);

// The confusion matrix, or, of many classes, the most frequent mistakes. Empty for numbers.
std::string confusion_text(const chainrule::Scores& scores,
                           const chainrule::data::TargetEncoding& target,
                           chainrule::Language language = chainrule::Language::en);

// Each sign with what helps and a command to copy; empty if there is none.
std::string signs_text(const chainrule::RunResult& result, chainrule::Language language);

// Says on standard error "note: ..".
void tell_note(std::string_view note, chainrule::Language language);

// "12,345"
std::string thousands(std::int64_t number);

// "1 row", "2 rows", "12,345 rows": for English.
std::string counted(std::int64_t count, const std::string& what);

// "0.04 s", "1.4 s", "12 s", "3 min 20 s", "2 h 5 min"
std::string duration(double seconds, chainrule::Language language);
