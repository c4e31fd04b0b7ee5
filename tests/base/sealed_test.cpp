// A text's own hash tells every change of it.
#include "base/sealed.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace chainrule {
namespace {

TEST(SealedTexts, AreWholeUntilABitChanges) {
  for (const Seal& seal : {toml_seal, html_seal, json_seal})
    for (const std::string& text : {std::string(), std::string("a = 1\nb = \"\xec\x9d\xb4\"\n")}) {
      const std::string whole = sealed(text, seal);
      EXPECT_TRUE(is_whole(whole, seal));
      EXPECT_FALSE(is_whole(text, seal)) << "without a seal";
      EXPECT_FALSE(is_whole(whole + " ", seal));
      for (std::size_t at = 0; at < whole.size(); ++at)
        for (int bit = 0; bit < 8; ++bit) {
          std::string damaged = whole;
          damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
          EXPECT_FALSE(is_whole(damaged, seal)) << "byte " << at;
        }
      for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_FALSE(is_whole(whole.substr(0, length), seal));
    }
}

TEST(SealedTexts, StayJson) {
  const std::string object = "{\n  \"a\": {\"b\": 1}\n}\n";
  const auto read =
      nlohmann::json::parse(sealed(std::string(opened_json(object)), json_seal), nullptr, false);
  ASSERT_TRUE(read.is_object());
  EXPECT_EQ(read["a"]["b"], 1);
  EXPECT_EQ(read["hash"].get<std::string>().size(), 16U);
}

}  // namespace
}  // namespace chainrule
