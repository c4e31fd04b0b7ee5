#include "nn/activation.h"

#include <algorithm>
#include <array>

#include "chainrule/ops.h"
#include "nn/named.h"

namespace chainrule::nn {
namespace {

struct Entry {
  std::string_view name;
  Value (*apply)(Value);
  bool rectifier = false;
};

// The only list of activations.
constexpr std::array entries{
    Entry{"identity", [](Value x) { return x; }},
    Entry{"sigmoid", [](Value x) { return chainrule::sigmoid(x); }},
    Entry{"tanh", [](Value x) { return chainrule::tanh(x); }},
    Entry{"relu", [](Value x) { return chainrule::relu(x); }, true},
    Entry{"leaky_relu", [](Value x) { return chainrule::leaky_relu(x); }, true},
    Entry{"elu", [](Value x) { return chainrule::elu(x); }, true},
    Entry{"gelu", [](Value x) { return chainrule::gelu(x); }, true},
    Entry{"silu", [](Value x) { return chainrule::silu(x); }, true},
    Entry{"softplus", [](Value x) { return chainrule::softplus(x); }, true},
    Entry{"softmax", [](Value x) { return chainrule::softmax(x); }},
};

const Entry& entry_of(std::string_view name) { return named("activation", entries, name); }

}  // namespace

std::vector<Activation> activations() {
  std::vector<Activation> all(entries.size());
  std::ranges::transform(entries, all.begin(),
                         [](const Entry& e) { return Activation{std::string(e.name)}; });
  return all;
}

std::vector<std::string> activation_names() {
  const auto names = names_in(entries);
  return {names.begin(), names.end()};
}

Activation activation_named(std::string_view name) { return {std::string(entry_of(name).name)}; }

Value activate(const Activation& activation, Value x) { return entry_of(activation.name).apply(x); }

bool is_rectifier(const Activation& activation) { return entry_of(activation.name).rectifier; }

}  // namespace chainrule::nn
