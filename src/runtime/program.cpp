#include "chainrule/program.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/share.h"
#include "base/standard_arithmetic.h"
#include "base/suggest.h"
#include "chainrule/error.h"
#include "compile/divide.h"
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

// Of its elements those of a share.
void run_shared(const Tape& tape, ThreadPool& threads, const Share& share) {
  if (!tape.sums.empty()) return run_blocks(tape, threads);
  const std::int64_t first = share.begin(tape.size), last = share.end(tape.size);
  const std::int64_t tiles = (last - first + tape.tile_floats - 1) / tape.tile_floats;
  if (threads.size() == 1 || (last - first) * tape.operations < worth_sharing || tiles < 2) {
    run_tape(tape, first, last);
    return;
  }
  const std::int64_t chunks = std::min<std::int64_t>(tiles, 4 * threads.size());
  threads.parallel_for(chunks, [&](std::int64_t chunk, int) {
    const std::int64_t begin = first + tiles * chunk / chunks * tape.tile_floats;
    const std::int64_t end = first + tiles * (chunk + 1) / chunks * tape.tile_floats;
    run_tape(tape, begin, std::min(end, last));
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

  void fetch_now() {
    const auto fetching = std::exchange(fetch, nullptr);  // it asks for variables itself
    fetching();
  }

  ThreadPool pool;
  std::map<std::string, Variable, std::less<>> variables;
  std::function<void()> fetch;  // if the newest values are elsewhere
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

void Session::fetch_on_demand(std::function<void()> fetch) { state_->fetch = std::move(fetch); }

void Session::fetch() const {
  if (state_->fetch) state_->fetch_now();
}

std::span<float> Session::values(std::string_view variable) {
  fetch();
  return entry(state_->variables, "variable", variable).values.span();
}

std::span<const float> Session::values(std::string_view variable) const {
  fetch();
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
      run_shared(step.tape, *threads, step.work.updates ? share : Share{});
  }
  void copy_updates() {
    for (const Copy& copy : copies) std::copy_n(copy.from, copy.floats, copy.to);
  }
  // The last call that reads or writes a buffer, or that there is none before all are over: what is
  // copied then, and where one call does everything.
  std::size_t last_use(int buffer, std::span<const float> place) const {
    for (const Copy& copy : copies)
      if (copy.from >= place.data() && copy.from < place.data() + place.size()) return steps.size();
    for (std::size_t i = steps.size(); i-- > 0;)
      if (std::ranges::find(steps[i].buffers, buffer) != steps[i].buffers.end()) return i;
    return steps.size();
  }
  void fetch_variables() const {
    if (home != nullptr && home->fetch) [[unlikely]]
      home->fetch_now();
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
  Session::State* home = nullptr;  // of the variables, if they are all the session's
  Share share{};                   // of the updates
  Memory memory{};
  std::deque<Step> steps{};
  std::vector<Copy> copies{};  // updates and outputs that could not be made in place
  std::vector<Checked> checked{};
  std::map<std::string, std::span<float>, std::less<>> inputs{};
  std::map<std::string, std::span<float>, std::less<>> outputs{};
  std::map<std::string, std::size_t, std::less<>> final_calls{};  // of outputs
  std::vector<KernelCall> calls{};
};

Program::Program(const Graph& graph, Session& session, const CompileOptions& options) try
    : impl_(std::make_unique<Impl>()) {
  const StandardArithmetic arithmetic;
  const Draft draft = compile(graph, options.skip, {}, options.parts);
  impl_->threads = &session.state_->pool;
  if (options.variables.empty()) impl_->home = session.state_.get();
  impl_->share = {options.share, options.shares};
  Memory& memory = impl_->memory;
  memory.buffers.resize(draft.buffers.size());
  for (std::size_t i = 0; i < draft.buffers.size(); ++i)
    if (const Buffer& buffer = draft.buffers[i]; buffer.home == Buffer::Home::variable) {
      const Node& node = draft.graph.node(buffer.owner);
      memory.buffers[i] = session.state_->declare(node.name, node.shape).values.data();
      const auto given = options.variables.find(node.name);
      if (given != options.variables.end()) memory.buffers[i] = given->second.data();
    }
  impl_->steps = bind(draft, session.threads(), memory, options.memory);
  const bool is_one_call = !impl_->steps.empty() && impl_->steps[0].numbers.get() != nullptr;
  if (options.shares > 1 && (is_one_call || !can_divide_updates(draft)))
    throw UsageError(
        "shares: the updates of this graph are not all elementwise, or it is a single call");

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
  for (const Update& copy : draft.copies) {
    const std::int64_t floats = draft.graph.node(copy.value).shape.size();
    const std::int64_t begin = impl_->share.begin(floats);
    impl_->copies.push_back({.from = span_of(copy.value).data() + begin,
                             .to = span_of(copy.variable).data() + begin,
                             .floats = impl_->share.end(floats) - begin});
  }
  for (const Step& step : impl_->steps) impl_->calls.push_back(step.work);
  for (const Output& output : draft.graph.outputs())
    impl_->final_calls[output.name] = impl_->last_use(
        draft.buffer_of[static_cast<std::size_t>(output.node)], span_of(output.node));
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
  impl_->fetch_variables();
  impl_->require_bounds();
  for (const Step& step : impl_->steps) impl_->run(step);
  impl_->copy_updates();
}

void Program::run(std::span<double> seconds) {
  impl_->require_places(seconds.size());
  const StandardArithmetic arithmetic(StandardArithmetic::IfItShows{});
  impl_->fetch_variables();
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
  impl_->fetch_variables();
  impl_->require_bounds();
  Clock::time_point* at = ends.data();
  for (const Step& step : impl_->steps) {
    impl_->run(step);
    *at++ = Clock::now();
  }
  impl_->copy_updates();
}

void Program::run(const std::function<void(std::size_t)>& after) {
  const StandardArithmetic arithmetic(StandardArithmetic::IfItShows{});
  impl_->fetch_variables();
  impl_->require_bounds();
  for (std::size_t i = 0; i < impl_->steps.size(); ++i) {
    impl_->run(impl_->steps[i]);
    after(i);
  }
  impl_->copy_updates();
}

std::size_t Program::final_call(std::string_view output) const {
  return entry(impl_->final_calls, "output", output);
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
