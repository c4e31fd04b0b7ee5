// Training on MNIST from images in memory to weights, with both libraries' own loops.
#pragma once

#include <string>

#include "images.h"
#include "peer.h"

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

// Trains with fit(). Its result is the accuracy; the time is that of the training alone.
Round own_fit(const FitPlan& plan, const Setting& setting, std::int64_t epochs);

MnistResult measure_mnist(const MnistOptions& options);

std::string table(const MnistResult& result);

}  // namespace chainrule::bench
