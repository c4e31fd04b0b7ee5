// Rows that are pictures, as pictures.
#pragma once

#include <string>

#include "chainrule/encoding.h"

namespace chainrule::page {

// A <figure> with the picture as a PNG inside of the page; "" for rows that are none. `caption` is
// text.
std::string picture_figure(const data::Dataset& data, const data::Encoder& encoder,
                           std::int64_t row, const std::string& caption);

}  // namespace chainrule::page
