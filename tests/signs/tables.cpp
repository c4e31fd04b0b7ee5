#include "signs/tables.h"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "given_data.h"

namespace chainrule::signs {
namespace {

// The standard's own distributions differ from library to library.
double normal(std::mt19937& random) {
  double sum = -6;
  for (int i = 0; i < 12; ++i) sum += static_cast<double>(random()) / 4294967296.0;
  return sum;
}

template <class T>
void shuffle(std::vector<T>& values, std::mt19937& random) {
  for (std::size_t i = values.size(); i > 1; --i) std::swap(values[i - 1], values[random() % i]);
}

std::vector<std::string> lines_of(const std::string& name) {
  std::vector<std::string> lines;
  std::string text = read_file(project_data + name), line;
  std::istringstream stream(text);
  while (std::getline(stream, line))
    if (!line.empty()) lines.push_back(line);
  return lines;
}

std::vector<std::string> fields_of_line(const std::string& line) {
  std::vector<std::string> fields(1);
  for (const char c : line)
    if (c == ',')
      fields.emplace_back();
    else
      fields.back() += c;
  return fields;
}

}  // namespace

std::string made_table(const TemporaryFolder& folder, const Made& made) {
  std::mt19937 random(made.seed);
  std::string text;
  for (std::int64_t c = 1; c <= made.columns; ++c) text += fmt::format("x{},", c);
  text += "y\n";
  std::vector<double> x(static_cast<std::size_t>(made.columns));
  for (std::int64_t i = 0; i < made.rows; ++i) {
    for (double& value : x) value = normal(random);
    for (const double value : x)
      text += fmt::format("{:.6g},", made.is_constant ? 3 : made.centre + made.scale * value);
    text += made.target(x, normal(random)) + "\n";
  }
  return folder.write("made.csv", text);
}

std::string shuffled_table(const TemporaryFolder& folder, const std::string& name,
                           const std::string& target, unsigned seed) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : lines_of(name)) rows.push_back(fields_of_line(line));
  const auto at = static_cast<std::size_t>(std::ranges::find(rows[0], target) - rows[0].begin());
  std::vector<std::string> labels;
  for (std::size_t i = 1; i < rows.size(); ++i) labels.push_back(rows[i].at(at));
  std::mt19937 random(seed);
  shuffle(labels, random);
  std::string text = fmt::format("{}\n", fmt::join(rows[0], ","));
  for (std::size_t i = 1; i < rows.size(); ++i) {
    rows[i][at] = labels[i - 1];
    text += fmt::format("{}\n", fmt::join(rows[i], ","));
  }
  return folder.write("shuffled.csv", text);
}

std::string few_rows_of(const TemporaryFolder& folder, const std::string& name, std::size_t rows,
                        unsigned seed) {
  std::vector<std::string> lines = lines_of(name);
  const std::string header = lines[0];
  lines.erase(lines.begin());
  std::mt19937 random(seed);
  shuffle(lines, random);
  lines.resize(rows);
  return folder.write("few.csv", fmt::format("{}\n{}\n", header, fmt::join(lines, "\n")));
}

std::string waves(const TemporaryFolder& folder, std::int64_t rows, double centre, double scale) {
  return made_table(folder,
                    {.rows = rows,
                     .target =
                         [](const auto& x, double noise) {
                           return std::to_string(std::sin(2 * x[0]) + x[1] * x[2] + 0.1 * noise);
                         },
                     .centre = centre,
                     .scale = scale,
                     .seed = 11});
}
std::string rings(const TemporaryFolder& folder, std::int64_t rows) {
  return made_table(folder, {.rows = rows,
                             .columns = 3,
                             .target =
                                 [](const auto& x, double noise) {
                                   return std::string(x[0] * x[0] + x[1] * x[1] + 0.2 * noise > 1.4
                                                          ? "out"
                                                          : "in");
                                 },
                             .seed = 12});
}
std::string rare(const TemporaryFolder& folder, std::int64_t rows, double share) {
  return made_table(
      folder, {.rows = rows,
               .target =
                   [=, count = 0](const auto&, double) mutable {
                     return std::string(++count % static_cast<int>(1 / share) == 0 ? "yes" : "no");
                   },
               .seed = 13});
}
std::string noise(const TemporaryFolder& folder, std::int64_t rows, std::int64_t columns,
                  bool is_class) {
  return made_table(folder, {.rows = rows,
                             .columns = columns,
                             .target =
                                 [=](const auto& x, double noise) {
                                   const double y = 0.5 * x[0] + noise;
                                   return is_class ? std::string(y > 0 ? "a" : "b")
                                                   : std::to_string(y);
                                 },
                             .seed = 14});
}

std::string layer(const std::string& type, const std::string& more) {
  return fmt::format("[[network.layer]]\ntype = \"{}\"\n{}\n", type, more);
}

std::string dense(std::int64_t units, const std::string& activation, const std::string& more) {
  return layer(
      "dense",
      fmt::format("units = {}\n{}{}", units,
                  activation.empty() ? "" : "activation = \"" + activation + "\"\n", more));
}

std::string bias_of(std::int64_t units, double value) {
  return fmt::format("bias = [{}]",
                     fmt::join(std::vector<double>(static_cast<std::size_t>(units), value), ", "));
}

std::string weights_of(std::int64_t units, std::int64_t inputs, double deviation) {
  std::mt19937 random(7);
  std::vector<std::string> rows;
  for (std::int64_t u = 0; u < units; ++u) {
    std::vector<double> row(static_cast<std::size_t>(inputs));
    for (double& w : row) w = deviation * normal(random);
    rows.push_back(fmt::format("[{:.6f}]", fmt::join(row, ", ")));
  }
  return fmt::format("weight = [{}]", fmt::join(rows, ", "));
}

std::string network_file(const TemporaryFolder& folder, std::int64_t inputs,
                         const std::string& layers) {
  return folder.write("network.toml", fmt::format("[network]\ninput = {}\n{}", inputs, layers));
}

std::string times(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

}  // namespace chainrule::signs
