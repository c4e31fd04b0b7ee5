// The fields of a layer as data: what files, lists and documents know of nn::Dense's members.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "chainrule/nn.h"
#include "graph/op.h"
#include "nn/activation.h"
#include "nn/init.h"

namespace chainrule::nn {

enum class FieldKind {
  truth,
  whole,
  real,
  shape,            // of a row: a list of whole numbers
  whole_list,       // whole numbers, as many as one likes
  extents,          // a whole number, or two: along the height and along the width
  word,             // of a list
  values,           // what the parameter of the field's name starts from, where that is given
  truth_or_values,  // whether there is the parameter of the field's name, or what it starts from
};

// Empty: values that are not given.
using FieldValue = std::variant<std::monostate, bool, std::int64_t, double, std::string,
                                DoubleTensor, Extents, Shape, std::vector<std::int64_t>>;

// What a number may be; a whole one has both ends.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  bool has_high = true;  // else the number is below it
};

struct Field {
  std::string_view name{};
  Words meaning{};
  Range range{};
  std::string_view example{};  // what to write where it is missing; empty: it may be left out
  bool sets_width = false;     // the layer gives as many features
  bool is_quiet = false;       // written only where it is not the default

  // These come from the member that the field stands for; see field().
  FieldKind kind = FieldKind::real;
  std::vector<std::string> (*words)() = nullptr;
  FieldValue (*get)(const void* fields) = nullptr;
  // Throws UsageError for a word that is not in the list.
  void (*set)(void* fields, const FieldValue& value) = nullptr;
};

// Throws UsageError if a number is not in the field's range: "units = 0; it must be from 1 to 9".
void require_in_range(const Field& field, const FieldValue& value);

// "3", or "[3, 5]" where the two differ.
std::string text_of(Extents extents);

// "a whole number from 1 to 9", "true or false": what may be written.
Text allowed(const Field& field);

// The fields of a struct.
struct FieldList {
  ShortList<Field, 12> list{};
  std::shared_ptr<void> (*make)() = nullptr;  // with their defaults
  std::shared_ptr<void> (*copy)(const void* fields) = nullptr;

  const Field* begin() const { return list.begin(); }
  const Field* end() const { return list.end(); }
};

// ---- How records are written --------------------------------------------------------------------

template <class Member>
struct MemberOf;
template <class Fields, class T>
struct MemberOf<T Fields::*> {
  using Struct = Fields;
  using Type = T;
};

// How a member of a type is held in a FieldValue.
template <class T>
struct FieldType {
  static constexpr FieldKind kind = std::is_same_v<T, bool>           ? FieldKind::truth
                                    : std::is_same_v<T, std::int64_t> ? FieldKind::whole
                                                                      : FieldKind::real;
  static constexpr std::vector<std::string> (*words)() = nullptr;
  static FieldValue held(T value) { return value; }
  static T taken(const FieldValue& value) { return std::get<T>(value); }
};
template <>
struct FieldType<Extents> {
  static constexpr FieldKind kind = FieldKind::extents;
  static constexpr std::vector<std::string> (*words)() = nullptr;
  static FieldValue held(Extents extents) { return extents; }
  static Extents taken(const FieldValue& value) { return std::get<Extents>(value); }
};
template <>
struct FieldType<Shape> {
  static constexpr FieldKind kind = FieldKind::shape;
  static constexpr std::vector<std::string> (*words)() = nullptr;
  static FieldValue held(const Shape& shape) { return shape; }
  static Shape taken(const FieldValue& value) { return std::get<Shape>(value); }
};
template <>
struct FieldType<std::vector<std::int64_t>> {
  static constexpr FieldKind kind = FieldKind::whole_list;
  static constexpr std::vector<std::string> (*words)() = nullptr;
  static FieldValue held(const std::vector<std::int64_t>& list) { return list; }
  static std::vector<std::int64_t> taken(const FieldValue& value) {
    return std::get<std::vector<std::int64_t>>(value);
  }
};
template <>
struct FieldType<Activation> {
  static constexpr FieldKind kind = FieldKind::word;
  static constexpr std::vector<std::string> (*words)() = activation_names;
  static FieldValue held(const Activation& activation) { return activation.name; }
  static Activation taken(const FieldValue& value) {
    return activation_named(std::get<std::string>(value));
  }
};
template <>
struct FieldType<Init> {
  static constexpr FieldKind kind = FieldKind::word;
  static constexpr std::vector<std::string> (*words)() = init_names;
  static FieldValue held(Init init) { return std::string(name_of(init)); }
  static Init taken(const FieldValue& value) { return init_named(std::get<std::string>(value)); }
};
template <>
struct FieldType<std::optional<DoubleTensor>> {
  static constexpr FieldKind kind = FieldKind::values;
  static constexpr std::vector<std::string> (*words)() = nullptr;
  static FieldValue held(const std::optional<DoubleTensor>& given) {
    return given ? FieldValue(*given) : FieldValue();
  }
  static std::optional<DoubleTensor> taken(const FieldValue& value) {
    const auto* given = std::get_if<DoubleTensor>(&value);
    return given != nullptr ? std::optional(*given) : std::nullopt;
  }
};

// field<&Dropout::rate>({.name = "rate", ...})
template <auto member>
constexpr Field field(Field words) {
  using Struct = typename MemberOf<decltype(member)>::Struct;
  using Type = FieldType<typename MemberOf<decltype(member)>::Type>;
  words.kind = Type::kind;
  words.words = Type::words;
  words.get = [](const void* fields) {
    return Type::held(static_cast<const Struct*>(fields)->*member);
  };
  words.set = [](void* fields, const FieldValue& value) {
    static_cast<Struct*>(fields)->*member = Type::taken(value);
  };
  return words;
}

// A field that is the whole struct, in a layer that is one word.
template <class Fields>
constexpr Field field_itself(Field words) {
  using Type = FieldType<Fields>;
  words.kind = Type::kind;
  words.words = Type::words;
  words.get = [](const void* fields) { return Type::held(*static_cast<const Fields*>(fields)); };
  words.set = [](void* fields, const FieldValue& value) {
    *static_cast<Fields*>(fields) = Type::taken(value);
  };
  return words;
}

// One field for two members: whether there is a parameter, and what it starts from.
template <auto truth, auto values>
constexpr Field field_or_values(Field words) {
  using Struct = typename MemberOf<decltype(truth)>::Struct;
  words.kind = FieldKind::truth_or_values;
  words.get = [](const void* fields) -> FieldValue {
    const auto& given = *static_cast<const Struct*>(fields);
    if (given.*truth && given.*values) return *(given.*values);
    return given.*truth;
  };
  words.set = [](void* fields, const FieldValue& value) {
    auto& given = *static_cast<Struct*>(fields);
    if (const auto* there = std::get_if<bool>(&value)) given.*truth = *there;
    given.*values = FieldType<std::optional<DoubleTensor>>::taken(value);
  };
  return words;
}

template <class Fields>
constexpr FieldList fields_of(std::initializer_list<Field> list = {}) {
  return {.list = list,
          .make = []() -> std::shared_ptr<void> { return std::make_shared<Fields>(); },
          .copy = [](const void* fields) -> std::shared_ptr<void> {
            return std::make_shared<Fields>(*static_cast<const Fields*>(fields));
          }};
}

}  // namespace chainrule::nn
