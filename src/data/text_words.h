// Words of a text, and the ids by which a network knows it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/data.h"

namespace chainrule::data {

// The words of a text in UTF-8, in order: what stands between spaces and punctuation, with letters
// in lower case as far as Latin-1, Greek and Cyrillic go. An apostrophe within a word is a part of
// it.
std::vector<std::string> words_of(std::string_view text);

// Pieces by which words of one stem are alike: in scripts of which a letter says as much as a
// syllable or a word (Hangul, kana, Chinese) each two neighbouring letters, elsewhere each three of
// the word between marks for its ends, as in fastText (Bojanowski et al. 2017).
std::vector<std::string> pieces_of(const std::string& word);

// Makes ids of texts: of words, then of pairs of neighbouring words, then of pieces, each once, so
// that what is cut off a long text is what says least. An id is 1 + a hash modulo the number of
// buckets (Weinberger et al. 2009): no list of words is to be learnt or kept, and what training
// never saw has a place as well.
class TextIds {
 public:
  explicit TextIds(std::int64_t buckets);
  // Of one text; at most so many.
  const std::vector<std::int32_t>& of(std::string_view text, std::size_t most);

 private:
  void add(std::uint64_t hash);

  std::uint64_t buckets_;
  std::vector<bool> is_there_;  // by id
  std::vector<std::int32_t> ids_;
};

// As many ids as a text has at most: the words of half a page, with their pairs.
inline constexpr std::size_t most_text_ids = 256;

// Sentences, descriptions, reviews: on average at least four words, of which most begin with no
// capital letter and hold no digits, as those of names, titles and addresses do. Of texts that a
// column of categories has, all distinct.
bool are_sentences(const std::vector<std::string>& texts);

// Whether they have two words or more on average.
bool have_words(const std::vector<std::string>& texts);

}  // namespace chainrule::data
