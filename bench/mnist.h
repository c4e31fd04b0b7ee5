// Training on MNIST from images in memory to weights, with both libraries' own loops.
#pragma once

#include <string>

#include "clock.h"

namespace chainrule::bench {

struct MnistOptions {
  std::string folder;  // with the four IDX files
  int threads = 1;     // at most; each side has its best setting
  bool quick = false;  // one epoch, once
  Clock clock = Clock::wall;
};

struct MnistResult {
  int epochs = 0, threads = 1;
  double own_seconds = 0, libtorch_seconds = 0;  // medians over the rounds
  double own_accuracy = 0, libtorch_accuracy = 0;
};

MnistResult measure_mnist(const MnistOptions& options);

std::string table(const MnistResult& result);

}  // namespace chainrule::bench
