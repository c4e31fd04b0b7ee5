// How parameters are trained: what their layers say, and then the network's groups.
#include <cmath>

#include <fmt/format.h>

#include "base/suggest.h"
#include "chainrule/error.h"
#include "nn/place.h"

namespace chainrule::nn {
namespace {

// Whether the pattern, in which * stands for any letters, is the whole name's.
bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0;
  std::size_t star = std::string_view::npos,
              behind = 0;  // the last *, and where what it left began
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      behind = n;
    } else if (p < pattern.size() && pattern[p] == name[n]) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++behind;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

void validate_group(const ParameterGroup& group) {
  const auto require = [&](const std::optional<double>& factor, bool or_zero, const char* name) {
    if (factor && !(std::isfinite(*factor) && (*factor > 0 || (or_zero && *factor == 0))))
      throw UsageError(fmt::format("parameters that match \"{}\": {} = {}; it must be {}",
                                   group.match, name, *factor,
                                   or_zero ? "at least 0 and finite" : "above 0 and finite"));
  };
  require(group.rate_factor, false, "learning_rate_factor");
  require(group.weight_decay_factor, true, "weight_decay_factor");
}

void apply_group(const ParameterGroup& group, std::vector<PlacedLayer>& layers) {
  validate_group(group);
  std::vector<std::string> names;
  bool has_matched = false;
  for (PlacedLayer& at : layers) {
    if (!at.owns_parameters()) continue;
    for (LayerParameter& parameter : at.parameters) {
      if (parameter.is_buffer) continue;
      names.push_back(full_name(at, parameter));
      if (!matches(group.match, names.back())) continue;
      has_matched = true;
      parameter.is_trained = group.is_trained.value_or(parameter.is_trained);
      parameter.rate_factor = group.rate_factor.value_or(parameter.rate_factor);
      parameter.decay_factor = group.weight_decay_factor.value_or(parameter.decay_factor);
    }
  }
  if (!has_matched)
    throw UsageError(fmt::format("no parameter matches \"{}\"; {}", group.match,
                                 suggestion(group.match, names)));
}

}  // namespace

void settle_training(const Network& model, std::vector<PlacedLayer>& layers) {
  for (PlacedLayer& at : layers)
    for (LayerParameter& parameter : at.parameters) {
      parameter.is_trained = !at.layer.is_frozen();
      parameter.rate_factor = at.layer.rate_factor();
      if (!at.layer.decays()) parameter.decay_factor = 0;
    }
  for (const ParameterGroup& group : model.groups) apply_group(group, layers);
}

}  // namespace chainrule::nn
