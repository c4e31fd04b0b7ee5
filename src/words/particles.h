// Korean particles: which of a pair stands behind a word depends on the sound that it ends with.
#pragma once

#include <string>
#include <string_view>

namespace chainrule {

// What follows `word`, where it begins with a pair in the dictionary's notation, with the one that
// fits: behind "값" "을(를) 곱하면" is "을 곱하면", behind "가중치" "를 곱하면". The pairs are
// 을(를), 이(가), 은(는), 과(와) and (으)로. Numbers and Latin letters count as they are read: 3 is
// 삼, 8 팔.
std::string with_particle(std::string_view word, std::string_view following);

// A text in which every such pair is chosen by what stands before it.
std::string with_particles(std::string_view text);

}  // namespace chainrule
