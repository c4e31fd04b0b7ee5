// One picture moved.
#pragma once

#include "chainrule/data.h"
#include "data/picture_axes.h"

namespace chainrule::data {

// Mirrors if the draw says so, then shifts; where that bares an edge, the edge's pixels repeat.
template <class T>  // std::uint8_t or float
void move_picture(const T* from, const PictureAxes& axes, const Draw& draw, T* to);

}  // namespace chainrule::data
