// Tables that are made for trainings, and networks' files.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "data/temporary_folder.h"

namespace chainrule::signs {

// A table of numbers x1, x2, ... and a last column `y`, written into the folder. `target` gives it
// from the row's inputs, which are normal with mean `centre` and deviation `scale`, and from a
// normal number of its own.
struct Made {
  std::int64_t rows = 300, columns = 4;
  std::function<std::string(const std::vector<double>& x, double noise)> target;
  double centre = 0, scale = 1;
  bool is_constant = false;  // all inputs are 3
  unsigned seed = 1;
};
std::string made_table(const TemporaryFolder& folder, const Made& made);

// One of the project's tables with its last column (or `target`) shuffled among the rows.
std::string shuffled_table(const TemporaryFolder& folder, const std::string& name,
                           const std::string& target, unsigned seed);
// The first `rows` of it after shuffling whole lines.
std::string few_rows_of(const TemporaryFolder& folder, const std::string& name, std::size_t rows,
                        unsigned seed);

// ---- Tables that several trainings share ---

// y = sin(2 x1) + x2 x3 and a little noise.
std::string waves(const TemporaryFolder& folder, std::int64_t rows, double centre = 0,
                  double scale = 1);
// Inside or outside of a circle.
std::string rings(const TemporaryFolder& folder, std::int64_t rows);
// The last of every 1 / share rows is "yes", whatever its inputs.
std::string rare(const TemporaryFolder& folder, std::int64_t rows, double share);
// Many columns of noise, of which the first tells a little.
std::string noise(const TemporaryFolder& folder, std::int64_t rows, std::int64_t columns,
                  bool is_class);

// ---- Networks ---

// A [[network.layer]]; `more` are further lines of it.
std::string layer(const std::string& type, const std::string& more = "");
std::string dense(std::int64_t units, const std::string& activation = "",
                  const std::string& more = "");
std::string bias_of(std::int64_t units, double value);  // bias = [..]
// Normal numbers of this deviation.
std::string weights_of(std::int64_t units, std::int64_t inputs, double deviation);
std::string network_file(const TemporaryFolder& folder, std::int64_t inputs,
                         const std::string& layers);
std::string times(int count, const std::string& text);

}  // namespace chainrule::signs
