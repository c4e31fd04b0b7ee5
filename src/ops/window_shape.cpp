#include "ops/window_shape.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

#include "chainrule/error.h"

namespace chainrule {
namespace {

// Products of two such numbers still fit.
constexpr std::int64_t longest_side = std::int64_t{1} << 30;

constexpr std::array<std::string_view, 2> side_names{"height", "width"};

[[noreturn]] void refuse(std::string_view op, std::size_t side, const std::string& why) {
  throw UsageError(fmt::format("{}: along the {}, {}", op, side_names[side], why));
}

void require_side(std::string_view op, std::size_t side, std::string_view what, std::int64_t number,
                  std::int64_t least) {
  if (number < least || number > longest_side)
    refuse(op, side,
           fmt::format("the {} must be from {} to {}, got {}", what, least, longest_side, number));
}

// How many windows there are along one side.
std::int64_t count_windows(std::string_view op, std::int64_t image, const Windows& where,
                           std::size_t side) {
  const std::int64_t size = where.size[side], stride = where.stride[side],
                     dilation = where.dilation[side], before = where.before[side],
                     after = where.after[side];
  require_side(op, side, "image's extent", image, 0);
  require_side(op, side, "size of a window", size, 1);
  require_side(op, side, "stride", stride, 1);
  require_side(op, side, "dilation", dilation, 1);
  require_side(op, side, "padding", before, 0);
  require_side(op, side, "padding", after, 0);
  const std::int64_t padded = before + image + after, reach = (size - 1) * dilation + 1;
  if (reach > padded)
    refuse(op, side,
           fmt::format("a window reaches over {} numbers, but the image has {} with its padding; "
                       "make the window smaller or the padding {} wider",
                       reach, padded, reach - padded));
  return (padded - reach) / stride + 1;
}

// Throws unless every window has a number of the image in it.
void require_in_image(std::string_view op, const kernels::WindowAxis& axis, std::size_t side) {
  const auto refuse_window = [&](std::int64_t i) {
    refuse(op, side,
           fmt::format("window {} lies in the padding alone, whose numbers are infinite; make the "
                       "padding narrower than the window, or the dilation smaller",
                       i));
  };
  // Between these two the number of windows is no larger than the image and a window.
  if (axis.before > (axis.size - 1) * axis.dilation) refuse_window(0);
  for (std::int64_t i = 0; i < axis.count; ++i) {
    const std::int64_t outside = std::max<std::int64_t>(-axis.place(i, 0), 0);
    const std::int64_t a = (outside + axis.dilation - 1) / axis.dilation;
    if (a >= axis.size || !axis.is_inside(axis.place(i, a))) refuse_window(i);
  }
}

kernels::WindowAxis axis_of(std::int64_t image, std::int64_t count, const Windows& where,
                            std::size_t side) {
  return {.image = image,
          .count = count,
          .size = where.size[side],
          .stride = where.stride[side],
          .dilation = where.dilation[side],
          .before = where.before[side]};
}

}  // namespace

std::vector<std::int64_t> window_attributes(const Windows& where) {
  std::vector<std::int64_t> ints;
  for (const Windows::Pair& pair :
       {where.size, where.stride, where.dilation, where.before, where.after})
    ints.insert(ints.end(), pair.begin(), pair.end());
  return ints;
}

Windows windows_from(const Attributes& attributes) {
  const auto pair = [&](std::size_t i) {
    return Windows::Pair{attributes.ints[2 * i], attributes.ints[2 * i + 1]};
  };
  return {.size = pair(0),
          .stride = pair(1),
          .dilation = pair(2),
          .before = pair(3),
          .after = pair(4),
          .fill = attributes.reals.empty() ? 0 : attributes.reals[0]};
}

Shape windows_shape(std::string_view op, const Shape& image, const Windows& where) {
  if (image.rank() != 4)
    throw UsageError(fmt::format("{}: expected images [batch, height, width, channels], got {}", op,
                                 image.to_string()));
  if (std::isnan(where.fill))
    throw UsageError(fmt::format("{}: the padding's value must be a number", op));
  std::array<std::int64_t, 2> counts{};
  for (std::size_t side = 0; side < 2; ++side) {
    const std::int64_t extent = image[static_cast<int>(side) + 1];
    counts[side] = count_windows(op, extent, where, side);
    if (std::isinf(where.fill))
      require_in_image(op, axis_of(extent, counts[side], where, side), side);
  }
  return {image[0], counts[0], counts[1], where.size[0], where.size[1], image[3]};
}

kernels::WindowProblem window_problem(const Shape& image, const Shape& windows,
                                      const Windows& where) {
  return {.batch = image[0],
          .channels = image[3],
          .down = axis_of(image[1], windows[1], where, 0),
          .across = axis_of(image[2], windows[2], where, 1)};
}

Shape matrix_of_windows(const Shape& windows) {
  return {windows[0] * windows[1] * windows[2], windows[3] * windows[4] * windows[5]};
}

Value window_rows(Value x, const Windows& where) {
  const Value all = windows(x, where);
  return reshape(all, matrix_of_windows(all.shape()));
}

void require_shape(std::string_view op, std::string_view what, const Shape& given,
                   const Shape& expected) {
  if (given != expected)
    throw UsageError(fmt::format("{}: expected {} {}, got {}", op, what, expected.to_string(),
                                 given.to_string()));
}

Shape convolved_shape(std::string_view op, const Shape& image, const Shape& filters,
                      const Windows& where) {
  const Shape all = windows_shape(op, image, where);
  if (filters.rank() != 2)
    throw UsageError(fmt::format("{}: expected filters [numbers of a window, outputs], got {}", op,
                                 filters.to_string()));
  require_shape(op, "filters", filters, {matrix_of_windows(all)[1], filters[1]});
  return {all[0], all[1], all[2], filters[1]};
}

kernels::Convolution convolution(const Shape& image, const Shape& result, const Windows& where) {
  const Shape all{result[0], result[1], result[2], where.size[0], where.size[1], image[3]};
  return {.images = window_problem(image, all, where), .filters = result[3]};
}

}  // namespace chainrule
