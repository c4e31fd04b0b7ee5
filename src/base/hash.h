// A hash of bytes, to tell whether two states are the same bits and whether a file is whole: XXH3
// with 64 bits (https://xxhash.com). It is no protection against forgery.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace chainrule {

// The hash of everything in `before` followed by this piece; pieces are told apart.
std::uint64_t hash(std::string_view text, std::uint64_t before = 0);
// Of their bits; every NaN counts as the same.
std::uint64_t hash(std::span<const float> numbers, std::uint64_t before = 0);

std::string hash_text(std::uint64_t hash);  // 16 hexadecimal digits

}  // namespace chainrule
