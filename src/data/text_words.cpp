#include "data/text_words.h"

#include <algorithm>
#include <optional>

#include "base/hash.h"
#include "data/words.h"

namespace chainrule::data {
namespace {

struct Letter {
  char32_t code = 0;
  std::size_t bytes = 1;
};

// The character that begins here; the text is UTF-8, else each wrong byte is a character.
Letter letter_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned first = byte(0);
  const std::size_t bytes = first < 0xC0 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (bytes == 1 || at + bytes > text.size()) return {first, 1};
  char32_t code = first & (0xFFu >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) code = code << 6 | (byte(i) & 0x3Fu);
  return {code, bytes};
}

void append(std::string& to, char32_t code) {
  const auto put = [&](char32_t byte) { to += static_cast<char>(byte); };
  const auto rest = [&](int shift) { put(0x80 | (code >> shift & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6), rest(0);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12), rest(6), rest(0);
  } else {
    put(0xF0 | code >> 18), rest(12), rest(6), rest(0);
  }
}

bool is_within(char32_t code, char32_t first, char32_t last) {
  return first <= code && code <= last;
}

bool is_word_letter(char32_t code) {
  if (code < 0x80)
    return is_digit(static_cast<char>(code)) || is_ascii_letter(static_cast<char>(code));
  if (code < 0xC0) return code == 0xAA || code == 0xB5 || code == 0xBA;
  return code != 0xD7 && code != 0xF7 && !is_within(code, 0x2000, 0x206F) &&      // punctuation
         !is_within(code, 0x20A0, 0x20CF) && !is_within(code, 0x2190, 0x27BF) &&  // signs, arrows
         !(is_within(code, 0x3000, 0x303F) && code != 0x3005) &&  // of Chinese and Japanese
         !is_within(code, 0xFE00, 0xFE6F) && !is_within(code, 0xFF00, 0xFF0F) &&
         !is_within(code, 0xFF1A, 0xFF20) && !is_within(code, 0xFF3B, 0xFF40) &&
         !is_within(code, 0xFF5B, 0xFF65) && code != 0xFEFF;
}

char32_t lower(char32_t code) {
  if (is_within(code, U'A', U'Z') || (is_within(code, 0xC0, 0xDE) && code != 0xD7) ||
      (is_within(code, 0x391, 0x3A9) && code != 0x3A2) || is_within(code, 0x410, 0x42F))
    return code + 0x20;
  return is_within(code, 0x400, 0x40F) ? code + 0x50 : code;
}

// Scripts whose letters are syllables or words.
bool is_dense(char32_t code) {
  return is_within(code, 0x1100, 0x11FF) || is_within(code, 0x2E80, 0x9FFF) ||
         is_within(code, 0xAC00, 0xD7AF) || is_within(code, 0xF900, 0xFAFF) || code >= 0x20000;
}

bool is_apostrophe(char32_t code) { return code == U'\'' || code == 0x2019; }

// Calls take(the word in lower case, its first letter as it was) for each word.
template <class Take>
void for_each_word(std::string_view text, Take take) {
  std::string word;
  char32_t first = 0;
  const auto end = [&] {
    if (!word.empty()) take(word, first);
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const Letter letter = letter_at(text, at);
    at += letter.bytes;
    if (is_word_letter(letter.code)) {
      if (word.empty()) first = letter.code;
      append(word, lower(letter.code));
    } else if (is_apostrophe(letter.code) && !word.empty() && at < text.size() &&
               is_word_letter(letter_at(text, at).code)) {
      word += '\'';
    } else {
      end();
    }
  }
  end();
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for_each_word(text, [&](const std::string& word, char32_t) { words.push_back(word); });
  return words;
}

std::vector<std::string> pieces_of(const std::string& word) {
  const std::size_t letters = is_dense(letter_at(word, 0).code) ? 2 : 3;
  const std::string marked = letters == 2 ? word : "<" + word + ">";
  std::vector<std::size_t> begins;
  for (std::size_t at = 0; at < marked.size(); at += letter_at(marked, at).bytes)
    begins.push_back(at);
  begins.push_back(marked.size());
  std::vector<std::string> pieces;
  for (std::size_t i = 0; i + letters < begins.size(); ++i)
    pieces.push_back(marked.substr(begins[i], begins[i + letters] - begins[i]));
  if (pieces.size() == 1) pieces.clear();  // which is the word
  return pieces;
}

TextIds::TextIds(std::int64_t buckets)
    : buckets_(static_cast<std::uint64_t>(buckets)), is_there_(buckets_ + 1) {}

void TextIds::add(std::uint64_t hash) {
  const std::uint64_t id = 1 + hash % buckets_;
  if (is_there_[id]) return;
  is_there_[id] = true;
  ids_.push_back(static_cast<std::int32_t>(id));
}

const std::vector<std::int32_t>& TextIds::of(std::string_view text, std::size_t most) {
  for (const std::int32_t id : ids_) is_there_[static_cast<std::size_t>(id)] = false;
  ids_.clear();
  constexpr std::uint64_t piece_key = 1;
  const std::vector<std::string> words = words_of(text);
  const auto is_full = [&] { return ids_.size() >= most; };
  for (std::size_t i = 0; i < words.size() && !is_full(); ++i) add(hash(words[i]));
  for (std::size_t i = 1; i < words.size() && !is_full(); ++i)
    add(hash(words[i], hash(words[i - 1])));
  for (std::size_t i = 0; i < words.size() && !is_full(); ++i)
    for (const std::string& piece : pieces_of(words[i]))
      if (!is_full()) add(hash(piece, piece_key));
  return ids_;
}

namespace {

struct WordCounts {
  double words = 0, capital = 0, with_digits = 0;  // of all texts
};

// What stands between spaces is one, such as a path or an address of mail.
void count_words(std::string_view text, WordCounts& counts) {
  for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
    end = std::min(text.find_first_of(" \t\r\n"), text.size());
    double words = 0;
    bool is_capital = false;
    for_each_word(text.substr(0, end), [&](const std::string& word, char32_t first) {
      if (words == 0) is_capital = lower(first) != first;
      // Of Hangul or Chinese several words are written as one; two letters have six bytes.
      words = std::max(words + (is_dense(first) ? static_cast<double>(word.size()) / 6 : 0), 1.0);
    });
    counts.words += words;
    counts.capital += is_capital ? 1 : 0;
    counts.with_digits += std::ranges::any_of(text.substr(0, end), is_digit) ? 1 : 0;
  }
}

WordCounts words_in(const std::vector<std::string>& texts) {
  WordCounts counts;
  for (const std::string& text : texts) count_words(text, counts);
  return counts;
}

}  // namespace

bool are_sentences(const std::vector<std::string>& texts) {
  constexpr double words = 4;  // on average
  const WordCounts counts = words_in(texts);
  return counts.words >= words * static_cast<double>(texts.size()) &&
         2 * counts.capital < counts.words && 5 * counts.with_digits < counts.words;
}

bool have_words(const std::vector<std::string>& texts) {
  return words_in(texts).words >= 2 * static_cast<double>(texts.size());
}

}  // namespace chainrule::data
