#include <fmt/format.h>

#include "chainrule/error.h"
#include "chainrule/ops.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/weighted.h"
#include "words/messages.h"

namespace chainrule::nn {
namespace {

bool is_split(const Shape& x) { return x.rank() == 3; }

Shape given_shape(const MemberDense& layer, const Shape& x) {
  if (x.rank() > 3)
    throw UsageError(fmt::format(
        "it takes rows of features, or [members, features], and gets rows of shape {}. Put a "
        "flatten layer before it",
        x.row().to_string()));
  if (is_split(x) && x[1] != layer.members)
    throw UsageError(
        fmt::format("it has {} members, and the rows that it reads are of {}. Set members = {}",
                    layer.members, x[1], x[1]));
  return {x[0], layer.members, layer.units};
}

// What is multiplied by a number of its own for each member: "input_factor".
LayerParameter factor(std::string_view name, std::int64_t members, std::int64_t count,
                      std::string_view what) {
  return {.name = name,
          .shape = {members, count},
          .axes = {"member", what},
          .start = 1.0,
          .decay_factor = 0};
}

LayerParameters parameters(const MemberDense& layer, const Shape& x) {
  const std::int64_t inputs = x[x.rank() - 1], members = layer.members;
  LayerParameters list{{.name = "weight",
                        .shape = {layer.apart ? members * layer.units : layer.units, inputs},
                        .axes = {"unit", "input"},
                        .start = resolved(layer.init, layer.activation)}};
  if (!layer.apart) {
    // Members that read the same numbers begin as different ones. Later a factor of the inputs
    // would do what that of the sums before them does.
    if (!is_split(x)) {
      list.push_back(factor("input_factor", members, inputs, "input"));
      list.back().start = Init::signs;
    }
    list.push_back(factor("output_factor", members, layer.units, "unit"));
  }
  list.push_back(factor("bias", members, layer.units, "unit"));
  list.back().start = 0.0;
  return list;
}

// [batch, members, units] of x [batch, members, inputs], of weights that all share.
Value shared_sums(const MemberDense& layer, LayerCall& at, Value x, Value weight) {
  const std::int64_t batch = x.dim(0), inputs = x.dim(2);
  const Value sums = matmul(reshape(x, {batch * layer.members, inputs}), transpose(weight));
  return reshape(sums, {batch, layer.members, layer.units}) * at.parameter("output_factor");
}

// The same of weights of their own.
Value own_sums(const MemberDense& layer, Value x, Value weight) {
  const std::int64_t inputs = x.dim(2);
  const Value by_unit = transpose(reshape(weight, {layer.members, layer.units, inputs}), {0, 2, 1});
  return transpose(matmul(transpose(x, {1, 0, 2}), by_unit), {1, 0, 2});
}

Value traced(const MemberDense& layer, LayerCall& at) {
  const Value weight = at.parameter("weight");
  Value x = at.x();
  if (!is_split(x.shape())) {
    const std::int64_t batch = x.dim(0), inputs = x.dim(1);
    x = reshape(x, {batch, 1, inputs});
    x = layer.apart ? broadcast(x, {batch, layer.members, inputs})
                    : at.name(x * at.parameter("input_factor"), "seen");
  }
  const Value sums = layer.apart ? own_sums(layer, x, weight) : shared_sums(layer, at, x, weight);
  const Value z = at.name(sums + at.parameter("bias"), "z");
  return at.activate(layer.activation, z, "h");
}

}  // namespace

constinit const LayerRecord member_dense_layer{
    .name = "member_dense",
    .summary =
        {"Dense layers side by side, the members, that share their weights but for factors of "
         "their "
         "inputs and sums, and biases: [inputs] or [members, inputs] becomes [members, units]. At "
         "the network's end each member predicts, and their mean is the prediction.",
         "나란히 놓인 완전 연결층, 곧 구성원들이 가중치를 함께 쓰되 입력과 합에 곱하는 계수와 "
         "편향은 따로 가집니다. [inputs]나 [members, inputs]가 [members, units]가 됩니다. 신경망의 "
         "끝에서는 구성원마다 예측하며 그 평균이 예측입니다."},
    .source = "Wen et al. 2020; Gorishniy et al. 2024",
    .fields = fields_of<MemberDense>({
        field<&MemberDense::units>(
            {.name = "units",
             .meaning = {"how many numbers each member gives", "구성원마다 내는 수의 개수"},
             .range = {1, 10'000'000},
             .example = "2",
             .sets_width = true}),
        field<&MemberDense::members>({.name = "members",
                                      .meaning = {"how many members there are", "구성원의 수"},
                                      .range = {1, 1024}}),
        sums_activation_field<&MemberDense::activation>(),
        field<&MemberDense::apart>({.name = "apart",
                                    .meaning = {"whether each member has weights of its own",
                                                "구성원마다 가중치가 따로 있는지"},
                                    .is_quiet = true}),
        init_field<&MemberDense::init>(),
    }),
    .require =
        [](const MemberDense& layer) {
          if (layer.init == Init::standardised)
            throw UsageError("init = \"standardised\" is not for members; leave it out");
        },
    .shape = [](const MemberDense& layer, Shapes x) { return given_shape(layer, x[0]); },
    .parameters = [](const MemberDense& layer, Shapes x) { return parameters(layer, x[0]); },
    .trace = [](const MemberDense& layer, LayerCall& at) { return traced(layer, at); },
    .has_members = true,
    .title =
        [](const MemberDense& layer) {
          return in_words(Phrase::title_members, layer.members, followed(", ", layer.activation));
        },
    .brief =
        [](const MemberDense& layer) {
          return fmt::format("{}x{}{}", layer.members, layer.units,
                             followed(" ", layer.activation));
        },
    .words = {.en = "Every member adds up its inputs times the weights; members differ in factors "
                    "of their inputs and sums, and in biases.",
              .ko = "앙상블 구성원마다 입력에 가중치를 곱해 더합니다. 구성원끼리는 입력과 합에 "
                    "곱하는 수와 편향이 다릅니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{
              {MemberDense{.units = 3, .members = 2}, {2, 4}},
              {MemberDense{.units = 2, .members = 3, .activation = tanh}, {2, 3, 2}},
              {MemberDense{.units = 2, .members = 2, .apart = true}, {3, 2, 3}},
              {MemberDense{.units = 1, .members = 2, .activation = sigmoid, .apart = true},
               {2, 2}}};
        },
};

const LayerRecord& MemberDense::record() { return member_dense_layer; }

}  // namespace chainrule::nn
