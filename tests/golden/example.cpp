#include "golden/example.h"

#include "base/hash.h"
#include "base/standard_arithmetic.h"
#include "chainrule/program.h"
#include "ops/op_list.h"

namespace chainrule::golden {

DoubleTensor drawn(const Shape& shape, double low, double high, RandomStream& random) {
  const StandardArithmetic arithmetic;
  DoubleTensor tensor(shape);
  for (double& number : tensor.values) number = low + (high - low) * random.uniform();
  return tensor;
}

std::string run(const Example& example, std::int64_t steps, const Way& way) {
  Session session(way.threads);
  Program program(example.graph, session, {.skip = way.skip});
  for (const auto& [name, value] : example.variables) session.set(name, value);
  std::uint64_t all = 0;
  for (std::int64_t step = 1; step <= steps; ++step) {
    for (const Node& node : example.graph.nodes())
      if (node.op == &input_op && program.has_input(node.name))
        example.feed(step, node.name, program.input(node.name));
    program.run();
    for (const Output& output : example.graph.outputs())
      all = hash(program.output(output.name), all);
  }
  for (const std::string& name : session.variables())
    all = hash(std::as_const(session).values(name), all);
  return hash_text(all);
}

}  // namespace chainrule::golden
