// The workloads, and one of them with its weights and its data drawn.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "chainrule/nn.h"
#include "chainrule/tensor.h"

namespace chainrule::bench {

struct Workload {
  std::string name;
  std::vector<std::int64_t> widths;  // of the dense layers: inputs, hidden layers, outputs
  nn::Activation hidden;
  nn::Activation last;
  Loss loss;
  Optimizer optimizer;
  std::int64_t batch = 1;
  // Of a convolutional network: what it takes, and its layers before the dense ones.
  Shape picture{};
  std::vector<nn::Layer> of_pictures{};

  Shape row() const { return picture.rank() > 0 ? picture : Shape{widths.front()}; }
  std::int64_t outputs() const { return widths.back(); }
  std::int64_t parameters() const;
  // Floating-point operations of the products and convolutions of one step, two per multiply-add:
  // forward, weight gradients, and input gradients of every layer but the first.
  double flops() const;
  nn::Sequential network() const;
};

std::vector<Workload> workloads();

// One size grown while the others stay: the batch, the width and the depth.
struct Family {
  std::string grows;  // "batch"
  std::string name;   // with what stays
  std::vector<std::int64_t> sizes;
  std::vector<Workload> workloads;  // by size
};
std::vector<Family> families();

// One of a family with just this name, or else the first of workloads() whose name contains it.
// Throws UsageError.
Workload workload_named(const std::string& part);

struct Problem {
  Workload workload;
  std::map<std::string, Tensor> start{};  // by name, "dense1.weight"; running averages too
  Tensor x{}, target{};                   // [batch, row], [batch, outputs]
  std::vector<std::int64_t> classes{};    // [batch], where the loss is cross_entropy
};

// The same numbers on every machine.
Problem draw(const Workload& workload);

}  // namespace chainrule::bench
