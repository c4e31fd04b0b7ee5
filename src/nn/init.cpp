#include "nn/init.h"

#include <array>
#include <cmath>

#include "base/random.h"
#include "nn/activation.h"
#include "nn/named.h"

namespace chainrule::nn {
namespace {

struct Initialiser {
  std::string_view name;
  Init init;
  // a of the uniform distribution over (-a, a), whose variance is a^2 / 3.
  double (*limit)(double inputs, double units) = nullptr;
};

// The only list of initialisers, in the order of the enumeration.
constexpr std::array initialisers{
    Initialiser{"automatic", Init::automatic},
    Initialiser{"zeros", Init::zeros, [](double, double) { return 0.0; }},
    Initialiser{"xavier", Init::xavier,
                [](double n, double units) { return std::sqrt(6 / (n + units)); }},
    Initialiser{"he", Init::he, [](double n, double) { return std::sqrt(6 / n); }},
    Initialiser{"lecun", Init::lecun, [](double n, double) { return std::sqrt(3 / n); }},
    Initialiser{"standardised", Init::standardised},
    Initialiser{"signs", Init::signs, [](double, double) { return 1.0; }},
};

const Initialiser& entry_of(Init init) { return initialisers[static_cast<std::size_t>(init)]; }

}  // namespace

std::vector<std::string> init_names() {
  const auto names = names_in(initialisers);
  return {names.begin(), names.end()};
}

Init init_named(std::string_view name) { return named("initialiser", initialisers, name).init; }

std::string_view name_of(Init init) { return entry_of(init).name; }

Init resolved(Init init, const Activation& activation) {
  if (init != Init::automatic && init != Init::standardised) return init;
  return is_rectifier(activation) ? Init::he : Init::xavier;
}

DoubleTensor draw(Init init, Shape shape, std::uint64_t seed, std::uint64_t parameter) {
  const std::int64_t reach = shape[0] * shape[1] == 0 ? 1 : shape.size() / (shape[0] * shape[1]);
  const double a = entry_of(init).limit(static_cast<double>(shape[1] * reach),
                                        static_cast<double>(shape[0] * reach));
  DoubleTensor weights(shape);
  RandomStream random(seed, parameter);
  for (double& w : weights.values) {
    const double drawn = 2.0 * random.uniform() - 1.0;
    w = init == Init::signs ? (drawn < 0 ? -1.0 : 1.0) : a * drawn;
  }
  return weights;
}

}  // namespace chainrule::nn
