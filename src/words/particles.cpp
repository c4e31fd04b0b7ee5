#include "words/particles.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace chainrule {
namespace {

enum class Sound { vowel, consonant, rieul };  // 으로 is 로 behind ㄹ too

struct Pair {
  std::string_view both, behind_consonant, behind_vowel;
};
constexpr std::array pairs{Pair{"을(를)", "을", "를"}, Pair{"이(가)", "이", "가"},
                           Pair{"은(는)", "은", "는"}, Pair{"과(와)", "과", "와"},
                           Pair{"(으)로", "으로", "로"}};

// The last character as a code point, and its length in bytes.
char32_t last_character(std::string_view text, std::size_t& length) {
  length = 1;
  while (length < text.size() &&
         (static_cast<unsigned char>(text[text.size() - length]) & 0xC0) == 0x80)
    ++length;
  const std::string_view bytes = text.substr(text.size() - length);
  const auto lead = static_cast<unsigned char>(bytes[0]);
  char32_t code = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = (code << 6) | (static_cast<unsigned char>(bytes[i]) & 0x3FU);
  return code;
}

// Brackets, quotation marks and marks on letters are not read.
bool is_silent(char32_t c) {
  return c < 0x80 ? std::isalnum(static_cast<int>(c)) == 0 : c >= 0x300 && c < 0x370;
}

Sound sound_of_digit(char32_t digit) {
  constexpr std::array sounds{Sound::consonant, Sound::rieul, Sound::vowel,     Sound::consonant,
                              Sound::vowel,     Sound::vowel, Sound::consonant, Sound::rieul,
                              Sound::rieul,     Sound::vowel};  // 영 일 이 삼 사 오 육 칠 팔 구
  return sounds[digit - '0'];
}

// Of a word in Latin letters; a letter alone is read by its name: R is 아르.
Sound sound_of_latin(std::string_view word) {
  const auto last = static_cast<char>(std::tolower(static_cast<unsigned char>(word.back())));
  if (last == 'l') return Sound::rieul;
  if (last == 'm' || last == 'n') return Sound::consonant;
  if (word.size() >= 3 && last == 'g' &&
      std::tolower(static_cast<unsigned char>(word[word.size() - 2])) == 'n')
    return Sound::consonant;
  return Sound::vowel;
}

Sound final_sound(std::string_view word) {
  while (!word.empty()) {
    std::size_t length = 0;
    const char32_t last = last_character(word, length);
    if (is_silent(last)) {
      word.remove_suffix(length);
      continue;
    }
    if (last >= '0' && last <= '9') return sound_of_digit(last);
    if (last < 0x80) return sound_of_latin(word);
    if (last == U'ε') return Sound::consonant;  // 엡실론
    if (last < 0xAC00 || last > 0xD7A3) return Sound::vowel;
    const unsigned final = (last - 0xAC00U) % 28U;
    return final == 0 ? Sound::vowel : final == 8 ? Sound::rieul : Sound::consonant;
  }
  return Sound::vowel;
}

}  // namespace

std::string with_particle(std::string_view word, std::string_view following) {
  for (const auto& [both, behind_consonant, behind_vowel] : pairs) {
    if (!following.starts_with(both)) continue;
    const Sound sound = final_sound(word);
    const bool is_open = sound == Sound::vowel || (sound == Sound::rieul && both == "(으)로");
    std::string text(is_open ? behind_vowel : behind_consonant);
    return text.append(following.substr(both.size()));
  }
  return std::string(following);
}

std::string with_particles(std::string_view text) {
  std::string chosen;
  while (!text.empty()) {
    std::size_t next = text.size();
    for (const Pair& pair : pairs) next = std::min(next, text.find(pair.both));
    chosen += text.substr(0, next);
    text.remove_prefix(next);
    for (const auto& pair : pairs)
      if (text.starts_with(pair.both)) {
        chosen += with_particle(chosen, pair.both);
        text.remove_prefix(pair.both.size());
        break;
      }
  }
  return chosen;
}

}  // namespace chainrule
