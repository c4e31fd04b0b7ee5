#include <fmt/format.h>

#include "chainrule/error.h"
#include "nn/layer_call.h"
#include "nn/layer_list.h"
#include "nn/picture.h"

namespace chainrule::nn {

constinit const LayerRecord channels_first_layer{
    .name = "channels_first",
    .summary = {"Pictures [height, width, channels], as most programs keep them, become [channels, "
                "height, width].",
                "흔히 쓰는 [높이, 너비, 채널] 순서의 그림을 [채널, 높이, 너비] 순서로 바꿉니다."},
    .fields = fields_of<ChannelsFirst>(),
    .moves_numbers = true,
    .shape =
        [](const ChannelsFirst&, Shapes x) {
          if (x[0].rank() != 4)
            throw UsageError(fmt::format(
                "it takes pictures, [height, width, channels], and gets rows of shape {}",
                x[0].row().to_string()));
          return Shape{x[0][0], x[0][3], x[0][1], x[0][2]};
        },
    .trace = [](const ChannelsFirst&,
                LayerCall& at) { return at.name(nn::channels_first(at.x())); },
    .words = {.en = "The channels come first.", .ko = "채널 축을 맨 앞으로 옮깁니다."},
    .cases =
        [] {
          return std::vector<LayerCase>{{ChannelsFirst{}, {2, 3, 4, 2}},
                                        {ChannelsFirst{}, {1, 1, 2, 1}}};
        },
};

const LayerRecord& ChannelsFirst::record() { return channels_first_layer; }

}  // namespace chainrule::nn
