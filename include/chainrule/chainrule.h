// Everything at once.
#pragma once

#include "chainrule/data.h"      // files, tables, encoding, splits
#include "chainrule/error.h"     // what is thrown
#include "chainrule/explain.h"   // the worked page
#include "chainrule/gradient.h"  // the gradient as a graph
#include "chainrule/graph.h"     // values, nodes, printing
#include "chainrule/nn.h"        // layers, losses, optimizers
#include "chainrule/ops.h"       // operations
#include "chainrule/profile.h"   // where the time goes
#include "chainrule/program.h"   // the reference evaluator and compiled programs
#include "chainrule/run.h"       // runs: training, resuming, replaying, blaming
#include "chainrule/tensor.h"    // shapes and tensors
#include "chainrule/train.h"     // models, fitting, scores
