// A picture's file: what is accepted has as many samples as its size says, and the size of its
// head.
#include "data/picture.h"
#include "target.h"

using namespace chainrule;
using namespace chainrule::data;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  return only_refuses(bytes, size, [](std::string_view text) {
    const PictureFacts facts = picture_facts(text, "fuzz");
    constexpr std::int64_t most = 1 << 20;  // more would be time spent on pixels
    if (facts.height * facts.width > most) return;
    for (const std::int64_t channels : {1, 3}) {
      const Picture picture = decode_picture(text, "fuzz", channels);
      claim(picture.channels == channels);
      claim(picture.height == facts.height && picture.width == facts.width);
      claim(static_cast<std::int64_t>(picture.samples.size()) ==
            picture.height * picture.width * channels);
    }
  });
}
