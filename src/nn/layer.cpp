#include "nn/layer.h"

#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule::nn {

Layer Layer::named(std::string name) const {
  Layer layer = *this;
  layer.name_ = std::move(name);
  return layer;
}
Layer Layer::from(std::vector<std::string> inputs) const {
  Layer layer = *this;
  layer.inputs_ = std::move(inputs);
  return layer;
}
Layer Layer::sharing(std::string owner) const {
  Layer layer = *this;
  layer.owner_ = std::move(owner);
  return layer;
}
Layer Layer::frozen(bool is_frozen) const {
  Layer layer = *this;
  layer.is_frozen_ = is_frozen;
  return layer;
}
Layer Layer::learning(double factor) const {
  if (!(std::isfinite(factor) && factor > 0))
    throw UsageError(
        fmt::format("a learning-rate factor of {}; it must be above 0 and finite. To "
                    "keep parameters as they are, freeze the layer",
                    factor));
  Layer layer = *this;
  layer.rate_factor_ = factor;
  return layer;
}
Layer Layer::undecayed(bool is_undecayed) const {
  Layer layer = *this;
  layer.decays_ = !is_undecayed;
  return layer;
}
Layer Layer::with_fields(std::shared_ptr<const void> fields) const {
  Layer layer = *this;
  layer.fields_ = std::move(fields);
  return layer;
}

const Field* width_field(const LayerRecord& record) {
  for (const Field& field : record.fields)
    if (field.sets_width) return &field;
  return nullptr;
}

Layer layer_of(const LayerRecord& record) { return {record, record.fields.make()}; }

Layer with(const Layer& layer, const Field& field, const FieldValue& value) {
  const std::shared_ptr<void> fields = layer.record().fields.copy(layer.fields());
  field.set(fields.get(), value);
  return layer.with_fields(fields);
}

Layer without_given_values(const Layer& layer) {
  Layer result = layer;
  for (const Field& field : layer.record().fields)
    if (std::holds_alternative<DoubleTensor>(field.get(result.fields())))
      result = with(result, field, {});
  return result;
}

Shape output_shape(const Layer& layer, Shapes x) {
  const LayerRecord& record = layer.record();
  return record.shape ? record.shape(layer, x) : x[0];
}

LayerParameters parameters_of(const Layer& layer, Shapes x) {
  const LayerRecord& record = layer.record();
  return record.parameters ? record.parameters(layer, x) : LayerParameters{};
}

Shape common_shape(Shapes x) {
  for (const Shape& shape : x)
    if (shape != x[0])
      throw UsageError(fmt::format("it reads rows of {} and of {}; give it layers of one shape",
                                   x[0].row().to_string(), shape.row().to_string()));
  return x[0];
}

int feature_axis(const Shape& x) { return x.rank() == 4 ? 1 : x.rank() - 1; }

LayerParameter per_feature(std::string_view name, const Shape& x, double start) {
  return {.name = name,
          .shape = {x[feature_axis(x)]},
          .axes = {"feature"},
          .start = start,
          .decay_factor = 0};
}

Text title_of(const Layer& layer) {
  const LayerRecord& record = layer.record();
  return record.title ? record.title(layer) : Text(std::string(record.name));
}

Text brief_of(const Layer& layer) {
  const LayerRecord& record = layer.record();
  return record.brief ? record.brief(layer) : title_of(layer);
}

void validate(const Layer& layer) {
  const LayerRecord& record = layer.record();
  for (const Field& field : record.fields) require_in_range(field, field.get(layer.fields()));
  if (record.require) record.require(layer);
}

}  // namespace chainrule::nn
