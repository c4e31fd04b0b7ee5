#include "train/influence/influence.h"

#include <algorithm>

#include "chainrule/ops.h"
#include "train/loop/training_step.h"

namespace chainrule {
namespace {

constexpr std::int64_t rows_per_chunk = 32;

std::string other_name(const std::string& parameter) { return "other." + parameter; }

// Of one row, without dropout.
Graph gradient_graph(const Model& model) {
  Graph graph;
  const std::vector<Value> gradients = trace_gradients(graph, model, 1).gradients;
  for (std::size_t i = 0; i < gradients.size(); ++i)
    graph.output(model.parameters()[i].name, gradients[i]);
  return graph;
}

Graph product_graph(const Model& model, std::int64_t members) {
  Graph graph;
  const Value weight = row_weight_input(graph, {.row_weights = members}, 1);
  const std::vector<Value> gradients = trace_gradients(graph, model, 1, {}, {}, weight).gradients;
  Value product;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const auto& [name, shape] = model.parameters()[i];
    const Value other = graph.variable(other_name(name), shape);
    const Value part = reshape(sum(gradients[i] * other), {});
    product = product ? product + part : part;
  }
  graph.output("product", product ? product : graph.constant(0));
  return graph;
}

void feed(Program& program, const data::Dataset& data, std::int64_t row) {
  data.gather(std::span(&row, 1), program.input("x").data(), program.input("target").data());
  if (!program.has_input("row_weight")) return;
  std::int64_t member = 0;
  for (float& weight : program.input("row_weight")) weight = data.row_weight(row, member++);
}

}  // namespace

struct RowGradients::Worker {
  Worker(const Model& model, std::int64_t members)
      : program(product_graph(model, members), session) {}

  Session session{1};
  Program program;
};

RowGradients::RowGradients(const Model& model, int threads, std::int64_t members)
    : parameters_(model.parameters().begin(), model.parameters().end()), threads_(threads) {
  for (int i = 0; i < threads_.size(); ++i)
    workers_.push_back(std::make_unique<Worker>(model, members));
  gradient_ = std::make_unique<Program>(gradient_graph(model), workers_[0]->session);
}

RowGradients::~RowGradients() = default;

void RowGradients::set_weights(const Model& model) {
  for (const auto& worker : workers_)
    for (const auto list : {model.parameters(), model.buffers()})
      for (const auto& [name, shape] : list)
        if (worker->session.has(name))  // no gradient may need it
          std::ranges::copy(model.session().values(name), worker->session.values(name).begin());
}

void RowGradients::set_other(const data::Dataset& data, std::int64_t row) {
  feed(*gradient_, data, row);
  gradient_->run();
  for (const auto& worker : workers_)
    for (const auto& [name, shape] : parameters_)
      std::ranges::copy(gradient_->output(name), worker->session.values(other_name(name)).begin());
}

void RowGradients::set_other(std::span<const float> all) {
  for (const auto& [name, shape] : parameters_) {
    const auto own = all.first(static_cast<std::size_t>(shape.size()));
    for (const auto& worker : workers_)
      std::ranges::copy(own, worker->session.values(other_name(name)).begin());
    all = all.subspan(own.size());
  }
}

std::vector<float> RowGradients::other() const {
  std::vector<float> all;
  for (const auto& [name, shape] : parameters_) {
    const std::span<const float> values = workers_[0]->session.values(other_name(name));
    all.insert(all.end(), values.begin(), values.end());
  }
  return all;
}

std::int64_t members_that_weigh(const Run& run) {
  const std::int64_t per_row = run.data().train.data->weights_per_row();
  return per_row > 1 ? per_row : 0;
}

std::vector<double> RowGradients::products(const data::Dataset& data,
                                           std::span<const std::int64_t> rows,
                                           const OnShare& on_share) {
  std::vector<double> products(rows.size());
  const auto count = static_cast<std::int64_t>(rows.size());
  const std::int64_t chunks = (count + rows_per_chunk - 1) / rows_per_chunk;
  // Between parts of the rows, the caller is told.
  const std::int64_t chunks_per_part = on_share ? std::max<std::int64_t>(1, chunks / 20) : chunks;
  for (std::int64_t first = 0; first < chunks; first += chunks_per_part) {
    const std::int64_t part = std::min(chunks_per_part, chunks - first);
    multiply(data, rows, first, part, products);
    if (on_share) on_share(static_cast<double>(first + part) / static_cast<double>(chunks));
  }
  return products;
}

void RowGradients::multiply(const data::Dataset& data, std::span<const std::int64_t> rows,
                            std::int64_t first, std::int64_t chunks,
                            std::vector<double>& products) {
  const auto count = static_cast<std::int64_t>(rows.size());
  threads_.parallel_for(chunks, [&](std::int64_t place, int worker) {
    const std::int64_t chunk = first + place;
    Program& program = workers_[static_cast<std::size_t>(worker)]->program;
    const std::int64_t end = std::min(count, (chunk + 1) * rows_per_chunk);
    for (std::int64_t i = chunk * rows_per_chunk; i < end; ++i) {
      const auto at = static_cast<std::size_t>(i);
      feed(program, data, rows[at]);
      program.run();
      products[at] = static_cast<double>(program.output("product")[0]);
    }
  });
}

}  // namespace chainrule
