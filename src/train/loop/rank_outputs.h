// What a model says of some rows, predicted by several ranks.
#pragma once

#include "chainrule/train.h"

namespace chainrule {

// Whether it is worth the messages; the same on all ranks. False without others.
bool is_worth_dividing(const Model& model, std::int64_t rows, const Communicator* ranks);

// As model.outputs(part, rows), to the bit, on each rank. All of them call it.
Model::Outputs outputs_of_ranks(Model& model, const data::Part& part,
                                std::span<const std::int64_t> rows, Communicator& ranks);

}  // namespace chainrule
