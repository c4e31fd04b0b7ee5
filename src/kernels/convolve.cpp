#include "kernels/convolve.h"

#include <algorithm>
#include <array>

#include "kernels/matmul_kernels.h"
#include "kernels/padded_images.h"
#include "kernels/tiling.h"

namespace chainrule::kernels {
namespace {

using std::int64_t;

// Places that a task computes at most, unless one row of windows has more; their part of the image
// and a panel of the filters stay in the second-level cache.
constexpr int64_t most_places = 224;

// How the work of a forward product is cut, and where its scratch memory lies.
struct Plan {
  Plan(const Convolution& x, const MatmulKernels& f)
      : images(x.images),
        block(sum_block(x.images.window_floats())),
        panels(divide_up(x.filters, f.panel_columns)) {
    const WindowProblem& p = x.images;
    rows = equal_pieces(p.down.count, std::max<int64_t>(most_places / p.across.count, 1));
    pieces = divide_up(p.down.count, rows);
    places_floats = whole_lines(2 * p.window_floats());
    filters_floats = whole_lines(panels * f.panel_columns * p.window_floats() + f.lanes);
    image_floats = whole_lines(images.floats_for(rows));
  }
  std::size_t floats(int threads) const {
    return static_cast<std::size_t>(places_floats + filters_floats + threads * image_floats);
  }

  PaddedImages images;
  int64_t block, panels;
  int64_t rows, pieces;  // rows of windows of a task, tasks of an image
  int64_t places_floats, filters_floats, image_floats;
};

// The product of windows with packed filters: panels of [window numbers, panel columns].
class Forward {
 public:
  Forward(const Convolution& x, const Plan& plan, const float* images, float* y, Epilogue epilogue,
          float* workspace)
      : x_(x),
        f_(matmul_kernels()),
        plan_(plan),
        images_(images),
        y_(y),
        epilogue_(epilogue),
        places_(reinterpret_cast<int64_t*>(workspace)),
        filters_(workspace + plan.places_floats),
        space_(filters_ + plan.filters_floats) {}

  void run(ThreadPool& pool) {
    for (int64_t k = 0; k < x_.images.window_floats(); ++k) places_[k] = plan_.images.place(k);
    const int64_t tasks = x_.images.batch * plan_.pieces;
    const int64_t chunks = std::min(tasks, tasks_worth(x_.forward(), pool.size()));
    pool.parallel_for(chunks, [&](int64_t chunk, int worker) {
      float* const space = space_ + worker * plan_.image_floats;
      for (int64_t task = tasks * chunk / chunks; task < tasks * (chunk + 1) / chunks; ++task)
        multiply_rows(task / plan_.pieces, task % plan_.pieces, space);
    });
  }

 private:
  int64_t block_end(int64_t begin) const {
    return std::min(begin + plan_.block, x_.images.window_floats());
  }

  // Some rows of windows of image n.
  void multiply_rows(int64_t n, int64_t piece, float* space) const {
    const WindowProblem& p = x_.images;
    const int64_t begin = piece * plan_.rows, end = std::min(begin + plan_.rows, p.down.count);
    plan_.images.copy(images_, n, begin, end, space);
    const int64_t places = (end - begin) * p.across.count;
    const int64_t first = (n * p.down.count + begin) * p.across.count;
    const int64_t step = equal_pieces(places, most_gathered_rows);
    for (int64_t place = 0; place < places; place += step)
      multiply_places(space, place, std::min(places - place, step), first + place);
    if (epilogue_.call != nullptr)
      epilogue_.call(epilogue_.context, first * x_.filters, (first + places) * x_.filters);
  }

  // `count` windows from `place` on, which are the result's from `row` on.
  void multiply_places(const float* rows, int64_t place, int64_t count, int64_t row) const {
    const WindowProblem& p = x_.images;
    std::array<const float*, most_gathered_rows> a;
    int64_t i = place / p.across.count, j = place % p.across.count;
    for (int64_t at = 0; at < count; ++at) {
      a[static_cast<std::size_t>(at)] = rows + i * p.down.stride * plan_.images.pitch() +
                                        j * p.across.stride * plan_.images.pixel();
      if (++j == p.across.count) j = 0, ++i;
    }
    const int64_t k = p.window_floats(), panel = f_.panel_columns;
    for (int64_t column = 0; column < x_.filters; column += panel)
      for (int64_t from = 0; from < k; from = block_end(from))
        f_.multiply_gathered({.rows = count,
                              .columns = std::min(panel, x_.filters - column),
                              .k = block_end(from) - from,
                              .tile_rows = equal_pieces(count, f_.max_tile_rows),
                              .a = a.data(),
                              .places = places_ + from,
                              .b = filters_ + column * k + from * panel,
                              .b_stride = panel,
                              .c = y_ + row * x_.filters + column,
                              .c_stride = x_.filters,
                              .add_to_c = from > 0});
  }

  const Convolution& x_;
  const MatmulKernels& f_;
  const Plan& plan_;
  const float* images_;
  float* y_;
  Epilogue epilogue_;
  int64_t* places_;
  float *filters_, *space_;
};

// The convolution whose windows are those of the result's gradient, and whose result is the
// images'.
Convolution turned_around(const Convolution& x) {
  const auto axis = [](const WindowAxis& forward) {
    return WindowAxis{.image = forward.count,
                      .count = forward.image,
                      .size = forward.size,
                      .stride = 1,
                      .dilation = forward.dilation,
                      .before = (forward.size - 1) * forward.dilation - forward.before};
  };
  const WindowProblem& p = x.images;
  return {.images = {.batch = p.batch,
                     .channels = x.filters,
                     .down = axis(p.down),
                     .across = axis(p.across)},
          .filters = p.channels};
}

}  // namespace

std::size_t convolve_floats(const Convolution& problem, int threads) {
  return Plan(problem, matmul_kernels()).floats(threads);
}

void convolve(const Convolution& problem, const float* x, const float* filters, float* y,
              Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const MatmulKernels& f = matmul_kernels();
  const Plan plan(problem, f);
  const int64_t k = problem.images.window_floats(), n = problem.filters, panel = f.panel_columns;
  float* const packed = workspace + plan.places_floats;
  for (int64_t column = 0; column < n; column += panel)
    f.pack_rows(filters + column, n, std::min(panel, n - column), k, packed + column * k, panel);
  Forward(problem, plan, x, y, epilogue, workspace).run(pool);
}

std::size_t image_gradient_floats(const Convolution& problem, int threads) {
  return Plan(turned_around(problem), matmul_kernels()).floats(threads);
}

void image_gradient(const Convolution& problem, const float* g, const float* filters, float* y,
                    Epilogue epilogue, float* workspace, ThreadPool& pool) {
  const MatmulKernels& f = matmul_kernels();
  const Convolution turned = turned_around(problem);
  const Plan plan(turned, f);
  const int64_t places = problem.images.down.size * problem.images.across.size;
  const int64_t channels = problem.images.channels, inner = problem.filters;
  const int64_t panel = f.panel_columns, k = turned.images.window_floats();
  float* const packed = workspace + plan.places_floats;
  // Place by place from the last to the first, each [channels, filters] transposed.
  for (int64_t column = 0; column < channels; column += panel)
    for (int64_t place = 0; place < places; ++place)
      f.pack_columns(filters + ((places - 1 - place) * channels + column) * inner, inner,
                     std::min(panel, channels - column), inner,
                     packed + column * k + place * inner * panel, panel);
  Forward(turned, plan, g, y, epilogue, workspace).run(pool);
}

}  // namespace chainrule::kernels
