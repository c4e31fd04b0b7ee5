#include <algorithm>
#include <memory>

#include <fmt/format.h>

#include "chainrule/train.h"
#include "peer.h"

namespace chainrule::bench {
namespace {

class OwnStep {
 public:
  OwnStep(const Problem& problem, int threads, const CompileOptions& options = {})
      : session_(threads), program_(graph_of(problem.workload), session_, options) {
    for (const auto& [name, values] : problem.start)
      std::ranges::copy(values.values, session_.values(name).begin());
    std::ranges::copy(problem.x.values, program_.input("x").begin());
    std::ranges::copy(problem.target.values, program_.input("target").begin());
    Optimizer optimizer = problem.workload.optimizer;
    program_.input("learning_rate")[0] = static_cast<float>(learning_rate(optimizer));
  }

  std::vector<CallTime> time_calls(std::int64_t steps) {
    std::vector<double> seconds(program_.listing().size(), 0);
    for (std::int64_t i = 0; i < steps; ++i) {
      *step_ = static_cast<float>(++count_);
      program_.run(seconds);
    }
    std::vector<CallTime> calls;
    for (std::size_t i = 0; i < seconds.size(); ++i)
      calls.push_back({program_.listing()[i], seconds[i] / static_cast<double>(steps)});
    return calls;
  }

  float run(std::int64_t steps) {
    for (std::int64_t i = 0; i < steps; ++i) {
      *step_ = static_cast<float>(++count_);
      program_.run();
    }
    return program_.output("loss")[0];
  }

 private:
  static Graph graph_of(const Workload& w) {
    return training_graph(w.network(), w.loss, w.optimizer, w.batch, w.row(), w.outputs()).graph;
  }

  Session session_;
  Program program_;
  float* step_ = program_.input("step").data();
  std::int64_t count_ = 0;
};

Peer engine(const std::string& name, const CompileOptions& options) {
  return {.name = name, .make = [options](const Problem& problem, const Setting& setting) {
            auto step = std::make_shared<OwnStep>(problem, setting.threads, options);
            return timed([step](std::int64_t steps) { return step->run(steps); }, setting.clock);
          }};
}

}  // namespace

std::vector<CallTime> time_calls(const Workload& workload, int threads) {
  OwnStep step(draw(workload), threads);
  constexpr double seconds = 1;
  double warm = 0;
  for (const CallTime& call : step.time_calls(10)) warm += 10 * call.seconds;
  return step.time_calls(1 + static_cast<std::int64_t>(10 * seconds / warm));
}

Peer own() { return engine("chainrule", {}); }
Peer own_without(const std::string& pass) { return engine("without " + pass, {.skip = {pass}}); }

}  // namespace chainrule::bench
