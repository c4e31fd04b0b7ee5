// The passes, in the order of the pipeline. Each says what it changes; each has its own .cpp.
#pragma once

#include "compile/draft.h"

namespace chainrule {

// Replaces every composite by its composition, until only primitives are left. A result that is a
// leaf becomes a copy, because the leaf may change before the result is read.
void lower(Draft& draft);

// Merges equal nodes, folds constants, drops what changes no bit (x * 1, x - 0, a transpose of
// a transpose), and moves elementwise work in front of broadcasts, where there is less of it.
void simplify(Draft& draft);

// Lets a matrix product read a transposed operand where it lies.
void fold_transposes(Draft& draft);

// Makes convolutions and poolings, and their gradients, of the windows, products and maxima that
// they are written as. Convolutions and the filters' gradients keep their bits; the images'
// gradients are summed in another order (docs/exact.md).
void convolve(Draft& draft);

// Moves transposes of images, and reshapes beside them, behind elementwise chains and sums until
// they meet their opposite; sums then run over other axes, in another order.
void layout(Draft& draft);

// Lets an update of a table by the gradient of few of its rows touch these rows alone, where the
// others stay what they are: that of sgd without momentum and decay.
void update_rows(Draft& draft);

// Where several parts of a batch are to be computed at once: makes the graph of one part that of
// all of them. What is row by row is done to all rows; what is summed over rows is summed part by
// part, and the parts along their tree. What fits neither is done for each part by itself.
void in_parts(Draft& draft);

// Joins elementwise chains, and the products that feed them, into groups.
void fuse(Draft& draft);

// Lets groups make again what another group's chain makes, where that is less work for the memory
// than to store it and read it: out of numbers that are in memory anyway.
void recompute(Draft& draft);

// Lets chains end in the sums over their rows, and makes all sums over the same numbers in one
// pass.
void join_sums(Draft& draft);

// Orders the groups: each as soon as it can run after the one that made it possible, but those that
// overwrite a variable after all that read it.
void schedule(Draft& draft);

// Gives every result that leaves its group a buffer of its own.
void place(Draft& draft);

// Lets results overwrite operands that nobody reads any more, and updates overwrite the variable.
void reuse(Draft& draft);

// Lets buffers whose lifetimes do not meet share memory.
void plan_memory(Draft& draft);

// Lets the runtime write machine code for elementwise chains; without it they run kernel by kernel.
void generate(Draft& draft);

// The groups that a draft has before `fuse`: each operation alone, in the graph's order.
std::vector<Group> single_groups(const Graph& graph);

}  // namespace chainrule
