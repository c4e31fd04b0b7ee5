#include "nn/layer.h"

namespace chainrule::nn {

const Field* width_field(const LayerRecord& record) {
  for (const Field& field : record.fields)
    if (field.sets_width) return &field;
  return nullptr;
}

Layer layer_of(const LayerRecord& record) { return {record, record.fields.make()}; }

Layer with(const Layer& layer, const Field& field, const FieldValue& value) {
  const std::shared_ptr<void> fields = layer.record().fields.copy(layer.fields());
  field.set(fields.get(), value);
  return {layer.record(), fields};
}

Layer without_given_values(const Layer& layer) {
  Layer result = layer;
  for (const Field& field : layer.record().fields)
    if (std::holds_alternative<DoubleTensor>(field.get(result.fields())))
      result = with(result, field, {});
  return result;
}

Shape output_shape(const Layer& layer, const Shape& x) {
  const LayerRecord& record = layer.record();
  return record.shape ? record.shape(layer, x) : x;
}

LayerParameters parameters_of(const Layer& layer, const Shape& x) {
  const LayerRecord& record = layer.record();
  return record.parameters ? record.parameters(layer, x) : LayerParameters{};
}

std::string title_of(const Layer& layer) {
  const LayerRecord& record = layer.record();
  return record.title ? record.title(layer) : std::string(record.name);
}

std::string brief_of(const Layer& layer) {
  const LayerRecord& record = layer.record();
  return record.brief ? record.brief(layer) : title_of(layer);
}

void validate(const Layer& layer) {
  const LayerRecord& record = layer.record();
  for (const Field& field : record.fields) require_in_range(field, field.get(layer.fields()));
  if (record.require) record.require(layer);
}

}  // namespace chainrule::nn
