// What was compared, by kind.
#pragma once

#include <stdexcept>

#include "compare.h"

namespace chainrule::beside_torch {

class Differs : public std::runtime_error {
 public:
  Differs(std::string_view ours, std::string_view theirs, const Difference& difference,
          double limit);
};

class Tally {
 public:
  std::int64_t near_kinks = 0, growing = 0;  // networks that were not compared
  std::int64_t near_kinks_in_single = 0, single_networks = 0;

  void enter(const DrawnTraining& training);
  void add(const DrawnTraining& training, const Difference& difference, double limit);
  void add_single(const Difference& difference, double limit);
  void add_sabotage(const std::string& kind, Sabotage::What what, bool is_seen);

  std::string table() const;
  std::string sabotage_table() const;
  bool sees_enough() const;  // of what was sabotaged

 private:
  struct Line {
    std::int64_t count = 0;  // of layers, of networks, or of tensors
    double largest = 0;      // difference
    double share = 0;        // of its limit

    void add(double difference, double limit);
  };
  struct Seen {
    std::int64_t tried = 0, values = 0, gradients = 0;
  };
  void add_to_layer(const DrawnTraining& training, const Difference& difference, double limit);

  std::map<std::string, Line> layers_{}, activations_{}, losses_{}, optimizers_{}, features_{};
  std::map<Part, Line> parts_{}, single_parts_{};
  std::map<std::string, Seen> seen_{};
};

}  // namespace chainrule::beside_torch
