// Everything at once.
#pragma once

#include "chainrule/compare.h"     // what differs between runs, steps and epochs
#include "chainrule/data.h"        // splits, and all in one
#include "chainrule/encoding.h"    // targets, encoders, datasets
#include "chainrule/error.h"       // what is thrown
#include "chainrule/explain.h"     // the worked page
#include "chainrule/gradient.h"    // the gradient as a graph
#include "chainrule/graph.h"       // values, nodes, printing
#include "chainrule/importance.h"  // which columns matter
#include "chainrule/influence.h"   // which rows moved what
#include "chainrule/language.h"    // words in several languages
#include "chainrule/nn.h"          // layers, losses, optimizers
#include "chainrule/ops.h"         // operations
#include "chainrule/profile.h"     // where the time goes
#include "chainrule/program.h"     // the reference evaluator and compiled programs
#include "chainrule/run.h"         // runs: training, resuming, replaying
#include "chainrule/signs.h"       // signs that a training went wrong
#include "chainrule/source.h"      // what files hold
#include "chainrule/story.h"       // stories as structures
#include "chainrule/tensor.h"      // shapes and tensors
#include "chainrule/train.h"       // models, fitting, scores
