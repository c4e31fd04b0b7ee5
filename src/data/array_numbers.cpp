#include "data/array_numbers.h"

#include <bit>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule::data {
namespace {

// Whole numbers beyond 2^53 may be names, of which rounding would make two one.
template <class Whole>
void require_exact(const std::vector<Whole>& values, const std::string& file, std::int64_t first) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits = static_cast<std::uint64_t>(values[i]);
    const std::uint64_t size = values[i] < Whole{0} ? ~bits + 1 : bits;
    if (size >> 53 != 0 && size >> std::countr_zero(size) >> 53 != 0)
      throw DataError({file}, fmt::format("value {} is {}, a whole number beyond 2^53 that float64 "
                                          "does not hold; number the values anew, or convert with "
                                          "astype(\"float64\") if they may be rounded",
                                          first + static_cast<std::int64_t>(i) + 1, values[i]));
  }
}

// IEEE 754 binary16: 1 bit of sign, 5 of exponent, 10 of fraction; every value is a float too.
float from_half(std::uint16_t bits) {
  const int exponent = bits >> 10 & 31, fraction = bits & 1023;
  float size = exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                             : std::ldexp(static_cast<float>(1024 + fraction), exponent - 25);
  if (exponent == 31)
    size = fraction == 0 ? std::numeric_limits<float>::infinity()
                         : std::numeric_limits<float>::quiet_NaN();
  return bits >> 15 != 0 ? -size : size;
}

// The vector of this type, whose memory is kept where it is there already.
template <class To>
std::vector<To>& as(Numbers& numbers) {
  auto* there = std::get_if<std::vector<To>>(&numbers);
  return there != nullptr ? *there : numbers.emplace<std::vector<To>>();
}

template <class T, class To, bool big_endian>
void unpack_as(std::string_view bytes, Numbers& to) {
  unpack_values<T, To, big_endian>(bytes, as<To>(to));
}

template <class Whole, bool big_endian>
void unpack_exact(std::string_view bytes, const std::string& file, std::int64_t first,
                  Numbers& to) {
  std::vector<Whole> values;
  unpack_values<Whole, Whole, big_endian>(bytes, values);
  require_exact(values, file, first);
  as<double>(to).assign(values.begin(), values.end());
}

template <bool big_endian>
void unpack_halves(std::string_view bytes, Numbers& to) {
  std::vector<std::uint16_t> halves;
  unpack_values<std::uint16_t, std::uint16_t, big_endian>(bytes, halves);
  std::vector<float>& values = as<float>(to);
  values.clear();
  for (const std::uint16_t half : halves) values.push_back(from_half(half));
}

template <bool big_endian>
void unpack(std::string_view kind, std::string_view bytes, const std::string& file,
            std::int64_t first, Numbers& to) {
  if (kind == "u1") return as<std::uint8_t>(to).assign(bytes.begin(), bytes.end());
  if (kind == "b1") return unpack_as<std::uint8_t, float, big_endian>(bytes, to);  // 0 and 1
  if (kind == "i1") return unpack_as<std::int8_t, float, big_endian>(bytes, to);
  if (kind == "i2") return unpack_as<std::int16_t, float, big_endian>(bytes, to);
  if (kind == "u2") return unpack_as<std::uint16_t, float, big_endian>(bytes, to);
  if (kind == "i4") return unpack_as<std::int32_t, double, big_endian>(bytes, to);
  if (kind == "u4") return unpack_as<std::uint32_t, double, big_endian>(bytes, to);
  if (kind == "i8") return unpack_exact<std::int64_t, big_endian>(bytes, file, first, to);
  if (kind == "u8") return unpack_exact<std::uint64_t, big_endian>(bytes, file, first, to);
  if (kind == "f4") return unpack_as<float, float, big_endian>(bytes, to);
  if (kind == "f8") return unpack_as<double, double, big_endian>(bytes, to);
  unpack_halves<big_endian>(bytes, to);
}

}  // namespace

// What is one byte has no order of bytes.
std::int64_t bytes_per_number(std::string_view type) {
  if (type.size() != 3) return 0;
  const std::string_view kind = type.substr(1);
  if (kind == "u1" || kind == "i1" || kind == "b1") return type[0] == '>' ? 0 : 1;
  if (type[0] != '<' && type[0] != '>') return 0;
  if (kind == "f2" || kind == "i2" || kind == "u2") return 2;
  if (kind == "f4" || kind == "i4" || kind == "u4") return 4;
  return kind == "f8" || kind == "i8" || kind == "u8" ? 8 : 0;
}

void unpack_numbers(std::string_view type, std::string_view bytes, const std::string& file,
                    std::int64_t first, Numbers& to) {
  if (type[0] == '>')
    unpack<true>(type.substr(1), bytes, file, first, to);
  else
    unpack<false>(type.substr(1), bytes, file, first, to);
}

}  // namespace chainrule::data
