// What layers share whose units add up inputs times weights, and a bias.
#pragma once

#include "nn/first_rows.h"
#include "nn/layer.h"

namespace chainrule::nn {

template <auto member>
constexpr Field sums_activation_field() {
  return field<member>(
      {.name = "activation", .meaning = {"what is done to each sum", "합마다 적용하는 함수"}});
}

template <auto member>
constexpr Field init_field() {
  return field<member>({.name = "init",
                        .meaning = {"how weights start; automatic: he before rectifiers, xavier "
                                    "before the others; standardised: so that sums over the first "
                                    "rows of the training data have mean 0, where there is a bias, "
                                    "and variance 1; not where first values are given",
                                    "가중치의 처음 값. automatic: relu 계열 앞에서는 he, 그 밖에는 "
                                    "xavier. standardised: 학습 데이터의 첫 행들에서 합의 평균이 "
                                    "0(편향이 있을 때), 분산이 1이 되게 함. 처음 값을 준 곳은 "
                                    "제외"},
                        .is_quiet = true});
}

// One number per unit, which starts at 0 and is not pulled there.
LayerParameter bias_of(std::int64_t units, std::string_view unit);

// First weights that depend on the data, where the layer asks for it. `unit_axis` is that of the
// weights.
template <class Fields>
void begin_standardised(const Fields& layer, FirstRows& at, int unit_axis) {
  if constexpr (requires { layer.bias_values; })
    if (layer.weight || layer.bias_values) return;
  if (layer.init == Init::standardised) standardise(at, unit_axis, layer.bias);
}

// "" for the identity, else "relu" behind what is between.
std::string followed(std::string_view between, const Activation& activation);

}  // namespace chainrule::nn
