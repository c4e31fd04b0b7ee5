// Gradients of single rows, and their inner products.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/threads.h"
#include "chainrule/run.h"

namespace chainrule {

// The products are worked out where the gradients are, in compiled programs for one row: nothing is
// known of the layers, and no gradient but one is kept.
class RowGradients {
 public:
  // `members` > 0: the gradients of the products are of losses whose members count each row as the
  // data says (see Dataset::row_weight); so many of them.
  RowGradients(const Model& model, int threads, std::int64_t members = 0);
  ~RowGradients();
  RowGradients(const RowGradients&) = delete;
  RowGradients& operator=(const RowGradients&) = delete;

  // What follows is at these weights; the model is the one of the constructor, or one like it.
  void set_weights(const Model& model);
  // The row with whose gradient the others' are multiplied, at the weights of now.
  void set_other(const data::Dataset& data, std::int64_t row);
  // Or any direction, as other() gives it.
  void set_other(std::span<const float> all);

  // The gradient of set_other, parameter by parameter in the model's order.
  std::vector<float> other() const;
  // products[i] belongs to rows[i]; the same bits for any number of threads.
  std::vector<double> products(const data::Dataset& data, std::span<const std::int64_t> rows,
                               const OnShare& on_share = {});

 private:
  struct Worker;

  // Those of the rows in so many chunks, from `first` on.
  void multiply(const data::Dataset& data, std::span<const std::int64_t> rows, std::int64_t first,
                std::int64_t chunks, std::vector<double>& products);

  std::vector<Model::ParameterInfo> parameters_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Program> gradient_;  // of the other row; of worker 0
  ThreadPool threads_;
};

// How many members of the run's have rows of their own; 0: all see all.
std::int64_t members_that_weigh(const Run& run);

}  // namespace chainrule
