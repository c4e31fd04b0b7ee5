// Running a graph: the reference evaluator, slow and obviously right, and compiled programs.
// Threads: a session and all its programs belong to one thread at a time, since running a program
// writes to both; while none of them runs or is built, many threads may call what is const.
// Different sessions may be at work side by side.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "chainrule/graph.h"

namespace chainrule {

using Feeds = std::map<std::string, DoubleTensor, std::less<>>;

// The value of every node, by id, in double precision, one scalar loop per operation. `feeds` gives
// inputs and variables by name. Throws UsageError if one is missing or has another shape.
std::vector<DoubleTensor> evaluate(const Graph& graph, const Feeds& feeds);

// What programs share: the variables, which keep their values from run to run, and the threads.
class Session {
 public:
  explicit Session(int threads = 1);  // >= 1, else UsageError
  ~Session();
  Session(Session&&) noexcept;
  Session& operator=(Session&&) noexcept;

  int threads() const;  // fewer than asked for where the system starts no more

  // The names of all variables that the session's programs have, in alphabetical order.
  std::vector<std::string> variables() const;
  bool has(std::string_view variable) const;
  const Shape& shape(std::string_view variable) const;
  // A variable's memory; it stays where it is. Variables start at 0. Throws UsageError, with the
  // nearest name, if there is none of this name.
  std::span<float> values(std::string_view variable);
  std::span<const float> values(std::string_view variable) const;
  void set(std::string_view variable, const DoubleTensor& value);  // rounded to single precision

  // The variables' newest values are elsewhere: `fetch` writes them to those that are here, once,
  // before somebody asks for one, or runs a program without memory of its own for variables.
  void fetch_on_demand(std::function<void()> fetch);
  void fetch() const;  // now, if that was said

 private:
  friend class Program;
  struct State;
  std::unique_ptr<State> state_;
};

// Memory of a caller's, by name.
using GivenMemory = std::map<std::string, std::span<float>, std::less<>>;

struct CompileOptions {
  std::set<std::string> skip{};  // compiler passes to leave out; see compiler_passes()
  Parts parts{};
  // Inputs and outputs that lie in memory of the caller's, of their size; it must outlive the
  // program.
  GivenMemory memory{};
  // Variables that lie there in the place of the session's; what the graph has not, it leaves out.
  GivenMemory variables{};
  // One of several programs of this graph that run at the same time, on the same variables: each
  // makes its share of every update, if the updates are elementwise. Throws UsageError if not.
  int share = 0, shares = 1;
};
std::vector<std::string_view> compiler_passes();  // those that may be left out

// What one kernel call of a program does.
struct KernelCall {
  std::string what{};  // the nodes that it computes, in the graph's names
  // Whose work it is: that of its matrix product, or else of its last node. Its other nodes may
  // belong to a neighbouring layer, as a derivative does that a product takes along.
  Origin origin{};
  bool updates = false;           // does it also write the next values of variables?
  bool is_whole_program = false;  // straight-line code, for everything at once
  Shape shape{};                  // of its results
  std::vector<Shape> operands{};  // of its product or reduction; none for an elementwise chain
  double product_flops = 0;       // of matrix products, two per multiply-add
  double flops = 0;               // and, one per number, of elementwise operations and sums
  double bytes = 0;               // operands and results in memory, each once
  // The least that updates must move: a parameter, its gradient and its next value (12 bytes), or
  // a number of the optimizer's memory and its next value (8 bytes).
  double update_bytes = 0;
};

// A graph compiled to a flat list of kernel calls in planned memory, in single precision. Running
// it allocates nothing and looks nothing up. The results are the same bits for any number of
// threads.
class Program {
 public:
  // Variables that the session does not have yet are added to it. The session must outlive the
  // program. Throws UsageError if a variable is there under another shape.
  Program(const Graph& graph, Session& session, const CompileOptions& options = {});
  ~Program();
  Program(Program&&) noexcept;
  Program& operator=(Program&&) noexcept;

  // Memory to write before a run, and to read after one; it stays where it is. What is in an output
  // is overwritten by the next run. Throws UsageError if there is no such name.
  bool has_input(std::string_view name) const;
  std::span<float> input(std::string_view name);
  std::span<const float> output(std::string_view name) const;
  std::span<float> output(std::string_view name);

  // Throws UsageError, and does nothing, if a leaf is below what the graph demands of it.
  void run();
  // The same, and adds to seconds[i] what kernel call i of the listing took.
  void run(std::span<double> seconds);
  // The same, and writes to ends[i] when it was over.
  void run(std::span<std::chrono::steady_clock::time_point> ends);
  // The same, and calls `after` with the number of each kernel call that is over.
  void run(const std::function<void(std::size_t)>& after);

  // The kernel call behind which an output is what it will be, and is no longer read;
  // calls().size() where it is so only when the run is over.
  std::size_t final_call(std::string_view output) const;

  std::vector<std::string> listing() const;  // one line per kernel call
  std::span<const KernelCall> calls() const;
  std::int64_t arena_bytes() const;  // memory for intermediate results

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace chainrule
