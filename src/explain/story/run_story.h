// The story of one number of a run's step: from the end to the beginning.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "chainrule/influence.h"
#include "explain/page/page.h"
#include "explain/step/query.h"
#include "explain/step/run_step.h"
#include "explain/story/schedule.h"

namespace chainrule::page {

// What the step knows of its samples and inputs, beside numbers.
struct StepNotes {
  std::int64_t step = 0, steps = 0, epoch = 0;
  bool is_chosen = false;  // the step, by us: none was asked for
  Quantity learning_rate{"", 0, true};
  std::string optimizer{}, loss{};
  std::vector<RunRow> samples{};
  std::vector<data::Draw> draws{};  // how the samples are moved; empty if they are not
  std::uint64_t seed = 0;           // of the draws
  // "1, 5": the members that do not see each sample; empty where all see all.
  std::vector<std::string> unseen_by{};
  std::function<std::string(std::int64_t)> feature{};  // the name of an input; empty: none
  std::vector<Scheduled> schedules{};  // those that are not constant; the learning rate's is "rate"
  std::int64_t planned = 0;            // how many steps they count on
  bool is_validated = false;           // so that there is a validation.loss
};

// Where in the training this is, and what it minimises.
Section step_section(const StepNotes& notes, std::int64_t batch);

// Which step this is, where we chose it.
void add_choice(Section& section, const StepNotes& notes);

// Why no row of the batch moved the parameter's element, whose gradient is 0: the unit was off for
// all of them, say.
void add_why_zero(Section& section, RunStep& step, Element parameter);

// "scale1: Each feature times a number of its own.", if the node is a layer's that has words.
void add_layer_words(Section& section, const RunStep& step, NodeId node);

// "Sample 17 is line 523 of digits.csv; target 7.", and how a picture is moved in this step.
void add_sample_words(std::vector<Block>& blocks, const StepNotes& notes, std::int64_t sample);

// Where the strongest terms of a parameter's gradient come from: samples of features; or a
// convolution's windows and other places in pictures and sequences, each with its row and column.
void add_places(Section& section, RunStep& step, NodeId parameter,
                const std::vector<Element>& strongest);

// Which draw each random number in the lines is.
void add_draws(Section& section, RunStep& step, const Group& group);

struct StoryOptions {
  int top = 3;    // strongest terms of a sum that are shown
  int depth = 3;  // sums that are opened, one inside the other
};

// The story of a number (an update, a value, a gradient, the loss), told until `depth`, and its
// proof.
Page build_story(RunStep& step, const Asked& asked, const StepNotes& notes,
                 const StoryOptions& options, const Tamper& tamper = {});

// A tensor at a glance; the accuracy of the step's samples; the names that can be asked for.
Page build_summary(RunStep& step, const Asked& asked, const StepNotes& notes);
Page build_accuracy(RunStep& step, const StepNotes& notes);
Page build_contents(RunStep& step, const StepNotes& notes, const std::string& layer = {});

// What a letter of the optimizer's rule, or of a schedule, stands for.
Page build_rule(RunStep& step, const Asked& asked, const StepNotes& notes);
// The rule's letters and their numbers in this step, those that schedules make among them.
void add_rule(Section& section, RunStep& step, const nn::Parameter& parameter,
              const StepNotes& notes, Verdict& verdict);

}  // namespace chainrule::page
