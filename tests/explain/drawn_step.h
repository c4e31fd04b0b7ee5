// A step of a random network over all layers, two steps after its start.
#pragma once

#include "explain/step/run_step.h"
#include "networks/drawn_network.h"

namespace chainrule::page {

// Where the training's third step begins: what the engine has made of the first two.
StepState third_step(const drawn::DrawnTraining& training);

// What may be wrong at one node: nothing, its derivative, or its number in double precision, by a
// hundredth.
enum class Fault { none, derivative, number };

// For RunStep: the same step with an operation behind this node of the forward pass that is the
// identity but for the fault.
RunStep::Tamper faulty_at(NodeId node, Fault fault, const StepState& state);

}  // namespace chainrule::page
