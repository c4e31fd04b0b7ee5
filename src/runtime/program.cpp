#include "chainrule/program.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/standard_arithmetic.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "compile/draft.h"
#include "runtime/bind.h"
#include "tensor/whole.h"

namespace chainrule {
namespace {

using Clock = std::chrono::steady_clock;

template <class Map>
std::vector<std::string> names_of(const Map& map) {
  std::vector<std::string> names;
  names.reserve(map.size());
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

template <class Map>
auto& entry(Map& map, std::string_view kind, std::string_view name) {
  const auto found = map.find(name);
  if (found == map.end())
    throw UsageError(
        fmt::format("there is no {} {}; {}", kind, name, suggestion(name, names_of(map))));
  return found->second;
}

// A hand-over to other threads costs about 10 us; a chain does about 2 operations per ns.
constexpr std::int64_t worth_sharing = 1 << 16;  // operations

void run_blocks(const Tape& tape, ThreadPool& threads) {
  const std::int64_t floats = tape.block_rows * tape.columns;
  const std::int64_t blocks = (tape.size + floats - 1) / floats;
  const bool is_shared = tape.size * tape.operations >= worth_sharing;
  const std::int64_t chunks = is_shared ? std::min<std::int64_t>(blocks, 4 * threads.size()) : 1;
  threads.parallel_for(chunks, [&](std::int64_t chunk, int) {
    for (std::int64_t at = blocks * chunk / chunks; at < blocks * (chunk + 1) / chunks; ++at)
      run_tape(tape, at * floats, std::min((at + 1) * floats, tape.size));
  });
  finish_sums(tape);
}

void run_shared(const Tape& tape, ThreadPool& threads) {
  if (!tape.sums.empty()) return run_blocks(tape, threads);
  const std::int64_t tiles = (tape.size + tape.tile_floats - 1) / tape.tile_floats;
  if (threads.size() == 1 || tape.size * tape.operations < worth_sharing || tiles < 2) {
    run_tape(tape, 0, tape.size);
    return;
  }
  const std::int64_t chunks = std::min<std::int64_t>(tiles, 4 * threads.size());
  threads.parallel_for(chunks, [&](std::int64_t chunk, int) {
    const std::int64_t begin = tiles * chunk / chunks * tape.tile_floats;
    const std::int64_t end = tiles * (chunk + 1) / chunks * tape.tile_floats;
    run_tape(tape, begin, std::min(end, tape.size));
  });
}

}  // namespace

struct Session::State {
  struct Variable {
    Shape shape;
    AlignedBuffer<float> values;
  };
  explicit State(int threads) : pool(threads) {}

  // Values are read and written in blocks, so that a variable need not be of the caller's shape.
  Variable& declare(const std::string& name, const Shape& shape) {
    auto [place, is_new] = variables.try_emplace(name);
    Variable& variable = place->second;
    if (is_new) {
      variable = {shape, AlignedBuffer<float>(static_cast<std::size_t>(shape.size()))};
    } else if (variable.shape != shape) {
      throw UsageError(fmt::format("the session has {} with shape {}, the graph with {}", name,
                                   variable.shape.to_string(), shape.to_string()));
    }
    return variable;
  }

  ThreadPool pool;
  std::map<std::string, Variable, std::less<>> variables;
};

Session::Session(int threads) try : state_(std::make_unique<State>(threads)) {
} catch (...) {
  throw_ours();
}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

int Session::threads() const { return state_->pool.size(); }
std::vector<std::string> Session::variables() const { return names_of(state_->variables); }
bool Session::has(std::string_view variable) const { return state_->variables.contains(variable); }

const Shape& Session::shape(std::string_view variable) const {
  return entry(state_->variables, "variable", variable).shape;
}

std::span<float> Session::values(std::string_view variable) {
  return entry(state_->variables, "variable", variable).values.span();
}

std::span<const float> Session::values(std::string_view variable) const {
  return entry(state_->variables, "variable", variable).values.span();
}

void Session::set(std::string_view variable, const DoubleTensor& value) {
  const StandardArithmetic arithmetic;
  if (value.shape != shape(variable))
    throw UsageError(fmt::format("{} has shape {}, the value given {}", variable,
                                 shape(variable).to_string(), value.shape.to_string()));
  require_whole(value);
  std::ranges::transform(value.values, values(variable).begin(),
                         [](double number) { return static_cast<float>(number); });
}

std::vector<std::string_view> compiler_passes() {
  std::vector<std::string_view> names;
  for (const Pass& pass : pipeline())
    if (!pass.required) names.push_back(pass.name);
  return names;
}

struct Program::Impl {
  struct Copy {
    const float* from;
    float* to;
    std::int64_t floats;
  };

  // A leaf that must be at least something.
  struct Checked {
    Bound bound;
    std::string name;
    const float* value;
  };

  void run(const Step& step) {
    if (step.numbers.get() != nullptr) return step.numbers.get()();
    fill_scalars(step.tape);
    if (step.op != nullptr)
      step.op->fast(step.call, *threads);
    else
      run_shared(step.tape, *threads);
  }
  void copy_updates() {
    for (const Copy& copy : copies) std::copy_n(copy.from, copy.floats, copy.to);
  }

  void require_places(std::size_t places) const {
    if (places != calls.size())
      throw UsageError(
          fmt::format("run: {} places for the times of {} kernel calls", places, calls.size()));
  }

  // Out of the way of steps that take a tenth of a microsecond.
  [[gnu::noinline]] void refuse_out_of_bounds() const {
    for (const Checked& leaf : checked)
      require_holds(leaf.bound, leaf.name, static_cast<double>(*leaf.value));
  }
  void require_bounds() const {
    if (!checked.empty()) [[unlikely]]
      refuse_out_of_bounds();
  }

  ThreadPool* threads = nullptr;
  Memory memory{};
  std::deque<Step> steps{};
  std::vector<Copy> copies{};  // updates and outputs that could not be made in place
  std::vector<Checked> checked{};
  std::map<std::string, std::span<float>, std::less<>> inputs{};
  std::map<std::string, std::span<float>, std::less<>> outputs{};
  std::vector<KernelCall> calls{};
};

Program::Program(const Graph& graph, Session& session, const CompileOptions& options) try
    : impl_(std::make_unique<Impl>()) {
  const StandardArithmetic arithmetic;
  const Draft draft = compile(graph, options.skip, {}, options.parts);
  impl_->threads = &session.state_->pool;
  Memory& memory = impl_->memory;
  memory.buffers.resize(draft.buffers.size());
  for (std::size_t i = 0; i < draft.buffers.size(); ++i)
    if (const Buffer& buffer = draft.buffers[i]; buffer.home == Buffer::Home::variable) {
      const Node& node = draft.graph.node(buffer.owner);
      memory.buffers[i] = session.state_->declare(node.name, node.shape).values.data();
    }
  impl_->steps = bind(draft, session.threads(), memory, options.memory);

  const auto span_of = [&](NodeId id) {
    const auto buffer = static_cast<std::size_t>(draft.buffer_of[static_cast<std::size_t>(id)]);
    return std::span(memory.buffers[buffer],
                     static_cast<std::size_t>(draft.graph.node(id).shape.size()));
  };
  for (const Buffer& buffer : draft.buffers)
    if (buffer.home == Buffer::Home::input)
      impl_->inputs[draft.graph.node(buffer.owner).name] = span_of(buffer.owner);
  for (const Bound& bound : graph.bounds()) {
    const std::string& name = graph.node(bound.leaf).name;
    const auto input = impl_->inputs.find(name);
    impl_->checked.push_back(
        {bound, name,
         input != impl_->inputs.end() ? input->second.data() : session.values(name).data()});
  }
  for (const Output& output : draft.graph.outputs()) {
    const std::span<float> place = span_of(output.node);
    std::span<float>& visible = impl_->outputs[output.name] = place;
    const auto given = options.memory.find(output.name);
    if (given != options.memory.end() && !impl_->inputs.contains(output.name))
      visible = given->second;
    if (visible.data() != place.data())
      impl_->copies.push_back({.from = place.data(),
                               .to = visible.data(),
                               .floats = static_cast<std::int64_t>(place.size())});
  }
  for (const Update& copy : draft.copies)
    impl_->copies.push_back({.from = span_of(copy.value).data(),
                             .to = span_of(copy.variable).data(),
                             .floats = draft.graph.node(copy.value).shape.size()});
  for (const Step& step : impl_->steps) impl_->calls.push_back(step.work);
} catch (...) {
  throw_ours();
}

Program::~Program() = default;
Program::Program(Program&&) noexcept = default;
Program& Program::operator=(Program&&) noexcept = default;

bool Program::has_input(std::string_view name) const { return impl_->inputs.contains(name); }

std::span<float> Program::input(std::string_view name) {
  return entry(impl_->inputs, "input", name);
}

std::span<const float> Program::output(std::string_view name) const {
  return entry(impl_->outputs, "output", name);
}

std::span<float> Program::output(std::string_view name) {
  return entry(impl_->outputs, "output", name);
}

void Program::run() {
  const StandardArithmetic arithmetic(StandardArithmetic::IfItShows{});
  impl_->require_bounds();
  for (const Step& step : impl_->steps) impl_->run(step);
  impl_->copy_updates();
}

void Program::run(std::span<double> seconds) {
  impl_->require_places(seconds.size());
  const StandardArithmetic arithmetic(StandardArithmetic::IfItShows{});
  impl_->require_bounds();
  Clock::time_point begin = Clock::now();
  double* at = seconds.data();
  for (const Step& step : impl_->steps) {
    impl_->run(step);
    const Clock::time_point end = Clock::now();
    *at++ += std::chrono::duration<double>(end - begin).count();
    begin = end;
  }
  impl_->copy_updates();
}

void Program::run(std::span<Clock::time_point> ends) {
  impl_->require_places(ends.size());
  const StandardArithmetic arithmetic(StandardArithmetic::IfItShows{});
  impl_->require_bounds();
  Clock::time_point* at = ends.data();
  for (const Step& step : impl_->steps) {
    impl_->run(step);
    *at++ = Clock::now();
  }
  impl_->copy_updates();
}

std::vector<std::string> Program::listing() const {
  std::vector<std::string> lines;
  for (const KernelCall& call : impl_->calls) lines.push_back(call.what);
  return lines;
}

std::span<const KernelCall> Program::calls() const { return impl_->calls; }

std::int64_t Program::arena_bytes() const {
  return static_cast<std::int64_t>(impl_->memory.arena.size() * sizeof(float));
}

}  // namespace chainrule
