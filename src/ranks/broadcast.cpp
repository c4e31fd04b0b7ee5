#include "ranks/broadcast.h"

namespace chainrule {

void Broadcast::operator()(std::vector<std::string>& texts) const {
  resize(texts);
  std::vector<std::uint64_t> sizes;
  std::string all;
  for (const std::string& text : texts) {
    sizes.push_back(text.size());
    all += text;
  }
  (*this)(sizes);
  (*this)(all);
  std::size_t at = 0;
  for (std::size_t i = 0; i < texts.size(); at += sizes[i++]) texts[i] = all.substr(at, sizes[i]);
}

// A rank hears from the one without its highest bit, and then tells those with one bit more.
void Broadcast::bytes(std::span<std::byte> bytes) const {
  if (bytes.empty()) return;
  for (int bit = 1; bit < ranks_.size(); bit *= 2) {
    const int rank = ranks_.rank(), other = rank ^ bit;
    if (rank < bit && other < ranks_.size())
      ranks_.exchange(other, bytes, {});
    else if (rank >= bit && rank < 2 * bit)
      ranks_.exchange(other, {}, bytes);
  }
}

}  // namespace chainrule
