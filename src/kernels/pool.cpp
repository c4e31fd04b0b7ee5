#include "kernels/pool.h"

#include <cmath>

#include "kernels/arithmetic.h"
#include "kernels/tiling.h"

#ifndef CHAINRULE_POOL_KERNELS
#define CHAINRULE_POOL_KERNELS
namespace chainrule::kernels {
namespace {

// What is compiled once per instruction set: the work on one image.
struct PoolKernels {
  void (*pool_rows)(const WindowProblem& p, const float* image, float fill, float* y,
                    std::int64_t begin, std::int64_t end);
  using Gradient = void (*)(const WindowProblem& p, const float* image, float fill, const float* y,
                            const float* g, float* q, float* dx);
  Gradient gradient_of_apart, gradient_of_overlapping;
};

}  // namespace
}  // namespace chainrule::kernels
#endif

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/pool.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace chainrule::kernels {
namespace HWY_NAMESPACE {
namespace {

#include "kernels/vector.inc"

// As reduce_max joins two numbers: of NaN and another number, max_of gives the second.
HWY_INLINE V larger_of(V a, V b) { return hn::IfThenElse(hn::IsNaN(a), a, max_of(a, b)); }

// Calls run(first channel, how many) for vectors of channels.
template <class Run>
HWY_INLINE void for_channels(int64_t channels, Run run) {
  int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) run(c, Whole());
  if (c < channels) run(c, first_lanes(channels - c));
}

// A window of an image. Its places are listed once for all windows; those of a window that reaches
// beyond the image are looked at one by one.
class Window {
 public:
  explicit Window(const WindowProblem& p) : p_(p), count_(p.down.size * p.across.size) {
    int64_t k = 0;
    for (int64_t a = 0; a < p.down.size; ++a)
      for (int64_t b = 0; b < p.across.size; ++b)
        offsets_[k++] = (a * p.down.dilation * p.across.image + b * p.across.dilation) * p.channels;
  }

  void move_to(int64_t i, int64_t j) {
    i_ = i;
    j_ = j;
    first_ = (p_.down.place(i, 0) * p_.across.image + p_.across.place(j, 0)) * p_.channels;
    is_inside_ = is_inside(0, 0) && is_inside(p_.down.size - 1, p_.across.size - 1);
  }

  // Calls visit(where its channels begin in the image, or -1) for every place in order.
  template <class Visit>
  HWY_INLINE void for_each_place(Visit visit) const {
    if (is_inside_) {
      for (int64_t k = 0; k < count_; ++k) visit(first_ + offsets_[k]);
      return;
    }
    for (int64_t k = 0; k < count_; ++k)
      visit(is_inside(k / p_.across.size, k % p_.across.size) ? first_ + offsets_[k] : -1);
  }

 private:
  bool is_inside(int64_t a, int64_t b) const {
    return p_.down.is_inside(p_.down.place(i_, a)) && p_.across.is_inside(p_.across.place(j_, b));
  }

  const WindowProblem& p_;
  int64_t count_, i_ = 0, j_ = 0, first_ = 0;
  bool is_inside_ = false;
  int64_t offsets_[most_pooled];
};

// Rows [begin, end) of windows of one image; y is the image's.
void pool_rows(const WindowProblem& p, const float* image, float fill, float* y, int64_t begin,
               int64_t end) {
  const V around = hn::Set(D(), fill);
  Window window(p);
  for (int64_t i = begin; i < end; ++i)
    for (int64_t j = 0; j < p.across.count; ++j) {
      window.move_to(i, j);
      for_channels(p.channels, [&](int64_t c, auto part) {
        V largest = hn::Set(D(), -HUGE_VALF);
        window.for_each_place([&](int64_t at) {
          largest = larger_of(largest, at < 0 ? around : load(part, image + at + c));
        });
        store(largest, part, y + (i * p.across.count + j) * p.channels + c);
      });
    }
}

// q = g / n for channels c of a window.
template <class Part>
HWY_INLINE V shared_gradient(const Window& window, const float* image, int64_t c, Part part, V fill,
                             V largest, V g) {
  const D d;
  V count = hn::Zero(d);
  window.for_each_place([&](int64_t at) {
    const V x = at < 0 ? fill : load(part, image + at + c);
    count = hn::Add(count, hn::IfThenElseZero(hn::Eq(x, largest), hn::Set(d, 1.0f)));
  });
  return hn::Div(g, count);
}

// A number's part of q: 1 or 0 times as much.
HWY_INLINE V part_of(V q, V x, V largest) {
  return hn::Mul(hn::IfThenElseZero(hn::Eq(x, largest), hn::Set(D(), 1.0f)), q);
}

// Is every number of the image in a window, where they do not overlap?
bool is_covered(const WindowAxis& axis) {
  return axis.dilation == 1 && axis.stride == axis.size &&
         axis.count * axis.size - axis.before >= axis.image;
}

// Of one image, whose windows do not overlap.
void gradient_of_apart(const WindowProblem& p, const float* image, float fill, const float* y,
                       const float* g, float*, float* dx) {
  const V around = hn::Set(D(), fill);
  Window window(p);
  if (!is_covered(p.down) || !is_covered(p.across))
    for (int64_t at = 0; at < p.image_floats(); ++at) dx[at] = 0.0f;
  for (int64_t i = 0; i < p.down.count; ++i)
    for (int64_t j = 0; j < p.across.count; ++j) {
      window.move_to(i, j);
      for_channels(p.channels, [&](int64_t c, auto part) {
        const int64_t from = (i * p.across.count + j) * p.channels + c;
        const V largest = load(part, y + from);
        const V q = shared_gradient(window, image, c, part, around, largest, load(part, g + from));
        window.for_each_place([&](int64_t at) {
          if (at < 0) return;
          store(part_of(q, load(part, image + at + c), largest), part, dx + at + c);
        });
      });
    }
}

// The windows along one axis that a number is in, in the order of its places in them.
struct WindowsAt {
  int64_t windows[most_pooled];
  int64_t count = 0;

  WindowsAt(const WindowAxis& axis, int64_t place) {
    for (int64_t a = 0; a < axis.size; ++a) {
      const int64_t begin = place + axis.before - a * axis.dilation;
      if (begin < 0) break;
      if (begin % axis.stride == 0 && begin / axis.stride < axis.count)
        windows[count++] = begin / axis.stride;
    }
  }
};

// What the numbers of an image get from their windows, whose shares are q.
void spread_gradients(const WindowProblem& p, const float* image, const float* y, const float* q,
                      float* dx) {
  for (int64_t h = 0; h < p.down.image; ++h) {
    const WindowsAt down(p.down, h);
    for (int64_t w = 0; w < p.across.image; ++w) {
      const WindowsAt across(p.across, w);
      const int64_t here = (h * p.across.image + w) * p.channels;
      for_channels(p.channels, [&](int64_t c, auto part) {
        const V x = load(part, image + here + c);
        V sum = hn::Zero(D());
        for (int64_t a = 0; a < down.count; ++a)
          for (int64_t b = 0; b < across.count; ++b) {
            const int64_t at =
                (down.windows[a] * p.across.count + across.windows[b]) * p.channels + c;
            const V flow = part_of(load(part, q + at), x, load(part, y + at));
            sum = a + b == 0 ? flow : hn::Add(sum, flow);
          }
        store(sum, part, dx + here + c);
      });
    }
  }
}

void gradient_of_overlapping(const WindowProblem& p, const float* image, float fill, const float* y,
                             const float* g, float* q, float* dx) {
  const V around = hn::Set(D(), fill);
  Window window(p);
  for (int64_t i = 0; i < p.down.count; ++i)
    for (int64_t j = 0; j < p.across.count; ++j) {
      window.move_to(i, j);
      for_channels(p.channels, [&](int64_t c, auto part) {
        const int64_t at = (i * p.across.count + j) * p.channels + c;
        store(
            shared_gradient(window, image, c, part, around, load(part, y + at), load(part, g + at)),
            part, q + at);
      });
    }
  spread_gradients(p, image, y, q, dx);
}

const PoolKernels& table() {
  static constexpr PoolKernels kernels{.pool_rows = pool_rows,
                                       .gradient_of_apart = gradient_of_apart,
                                       .gradient_of_overlapping = gradient_of_overlapping};
  return kernels;
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace chainrule::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace chainrule::kernels {
namespace {

HWY_EXPORT(table);

// Below this many numbers a hand-off to other threads costs more than it saves.
constexpr std::int64_t worth_sharing_pools = 1 << 15;

// Runs work(task, worker) for all tasks, which together read this many numbers.
template <class Work>
void share_pools(std::int64_t tasks, std::int64_t floats, ThreadPool& pool, Work work) {
  const std::int64_t most = std::min<std::int64_t>(pool.size() == 1 ? 1 : 4 * pool.size(), tasks);
  const std::int64_t chunks =
      std::clamp<std::int64_t>(floats / worth_sharing_pools, 1, std::max<std::int64_t>(most, 1));
  pool.parallel_for(chunks, [&](std::int64_t chunk, int worker) {
    for (std::int64_t task = tasks * chunk / chunks; task < tasks * (chunk + 1) / chunks; ++task)
      work(task, worker);
  });
}

bool are_apart(const WindowAxis& axis) { return axis.stride > (axis.size - 1) * axis.dilation; }

std::int64_t pooled_floats(const WindowProblem& p) {
  return p.down.count * p.across.count * p.channels;
}

}  // namespace

void max_pool(const WindowProblem& p, const float* x, float fill, float* y, Epilogue epilogue,
              ThreadPool& pool) {
  const std::int64_t floats = pooled_floats(p), pieces = p.batch == 1 ? p.down.count : 1;
  const std::int64_t row = p.across.count * p.channels;
  const PoolKernels& kernels = HWY_DYNAMIC_DISPATCH(table)();
  share_pools(p.batch * pieces, p.batch * p.image_floats(), pool, [&](std::int64_t task, int) {
    const std::int64_t n = task / pieces, piece = task % pieces;
    const std::int64_t begin = p.down.count * piece / pieces;
    const std::int64_t end = p.down.count * (piece + 1) / pieces;
    kernels.pool_rows(p, x + n * p.image_floats(), fill, y + n * floats, begin, end);
    if (epilogue.call != nullptr)
      epilogue.call(epilogue.context, n * floats + begin * row, n * floats + end * row);
  });
}

std::size_t max_pool_gradient_floats(const WindowProblem& p, int threads) {
  return static_cast<std::size_t>(threads * whole_lines(pooled_floats(p)));
}

void max_pool_gradient(const WindowProblem& p, const float* x, float fill, const float* y,
                       const float* g, float* dx, Epilogue epilogue, float* workspace,
                       ThreadPool& pool) {
  const std::int64_t floats = pooled_floats(p), image = p.image_floats();
  const PoolKernels& kernels = HWY_DYNAMIC_DISPATCH(table)();
  const auto kernel = are_apart(p.down) && are_apart(p.across) ? kernels.gradient_of_apart
                                                               : kernels.gradient_of_overlapping;
  share_pools(p.batch, p.batch * image, pool, [&](std::int64_t n, int worker) {
    kernel(p, x + n * image, fill, y + n * floats, g + n * floats,
           workspace + worker * whole_lines(floats), dx + n * image);
    if (epilogue.call != nullptr) epilogue.call(epilogue.context, n * image, (n + 1) * image);
  });
}

}  // namespace chainrule::kernels
#endif
