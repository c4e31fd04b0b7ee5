#include "base/sealed.h"

#include "base/hash.h"

namespace chainrule {
namespace {

std::string seal_of(std::string_view text, const Seal& seal) {
  return std::string(seal.before) + hash_text(hash(text)) + std::string(seal.after);
}

}  // namespace

std::string sealed(std::string text, const Seal& seal) {
  text += seal_of(text, seal);
  return text;
}

bool is_whole(std::string_view text, const Seal& seal) {
  const std::size_t length = seal_of("", seal).size();
  if (text.size() < length) return false;
  const std::string_view body = text.substr(0, text.size() - length);
  return text.substr(body.size()) == seal_of(body, seal);
}

std::string_view opened_json(std::string_view object) {
  object = object.substr(0, object.rfind('}'));
  return object.substr(0, object.find_last_not_of(" \n") + 1);
}

}  // namespace chainrule
