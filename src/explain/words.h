// Every sentence of the page, in every language.
#pragma once

#include <string_view>

#include "chainrule/explain.h"

namespace chainrule::page {

enum class Phrase {
  page_title,
  network_title,
  input,
  target,
  weights,
  biases,
  hidden_about,
  output_about,
  loss_about,
  optimizer_about,
  shared_text,
  dropout_note,
  condition_note,
  choice_note,
  forward_title,
  forward_text,
  definition,
  hidden_layer,
  output_layer,
  errors_title,
  errors_text,
  probabilities_text,
  total_text,
  step_title,
  first_step_text,
  only_step_text,
  logits_text,
  one_error_text,
  inner_step_text,
  sum_over_outputs,
  sum_over_neurons,
  deltas_text,
  old_weights,
  update_title,
  update_text,
  parameter,
  before,
  gradient,
  after,
  check_title,
  again,
  errors_again,
  error_fell,
  error_rose,
  error_stayed,
  products_agree,
  products_differ,
  differences_agree,
  differences_differ,
  kinks,
  passed,
  failed,
  learning_rate,
  step_count,
  contents,
  input_layer,
  diagram_text,
  diagram_lit,
};

// The phrase with {0}, {1}, ... where its arguments go.
std::string_view phrase(Phrase which, Language language);

// A loss or an optimizer by its readers' word; the name itself if there is none.
std::string_view human_name(std::string_view name, Language language);

}  // namespace chainrule::page
