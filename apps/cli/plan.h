// What is told before a training.
#pragma once

#include <string>

#include "chainrule/language.h"
#include "chainrule/run.h"

// What was made of the data, and how it will be trained on.
std::string plan_text(const chainrule::RunPlan& plan, chainrule::Language language);

// The first part of it: the data alone.
std::string data_text(const chainrule::RunConfig& config, const chainrule::data::Prepared& data,
                      chainrule::Language language);
