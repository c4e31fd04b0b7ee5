// Signs in what predictions are worth.
#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/elementary.h"
#include "train/loop/statistics.h"
#include "train/signs/evidence.h"
#include "train/signs/findings.h"

namespace chainrule {
namespace {

// Of what holds for the training rows, what is to hold for others too.
constexpr double half = 0.5;

// The log loss of who knows how frequent the classes are among these rows.
double entropy_of(const Confusion& confusion) {
  double rows = 0, sum = 0;
  for (const auto& row : confusion) {
    const double own = std::accumulate(row.begin(), row.end(), 0.0);
    rows += own;
    if (own > 0) sum += own * elementary::log(own);
  }
  return rows > 0 ? elementary::log(rows) - sum / rows : 0;
}

double most_frequent(const Confusion& confusion) {
  double rows = 0, most = 0;
  for (const auto& row : confusion) {
    const double own = std::accumulate(row.begin(), row.end(), 0.0);
    rows += own;
    most = std::max(most, own);
  }
  return most / rows;
}

struct Unseen {
  std::string name;
  const Scores* scores;  // of the test, or else of the validation rows
};

Unseen unseen_part(const RunResult& result) {
  return result.test.rows > 0 ? Unseen{"test", &result.test}
                              : Unseen{"validation", &result.validation};
}

// ---- Classes -----------------------------------------------------------------------------------

bool is_chance(const Agreement& found, std::initializer_list<const Scores*> parts) {
  return found.is_telling && !(found.z > normal_975) &&
         std::ranges::none_of(parts, [](const Scores* part) {
           return part->rows > 0 && ranks_better_than_chance(*part);
         });
}

// Of the rows not trained on, or, where those are too few to tell, of those trained on.
void find_chance_of_classes(const RunResult& result, std::vector<Sign>& signs) {
  const auto tell = [&](const std::string& where, const Confusion& confusion,
                        std::initializer_list<const Scores*> parts) {
    const Agreement found = agreement(confusion);
    if (is_chance(found, parts))
      signs.push_back({.kind = SignKind::chance_level,
                       .where = where,
                       .figure = found.accuracy,
                       .beside = most_frequent(confusion),
                       .of = found.rows});
    return found.is_telling;
  };
  const Scores &validation = result.validation, &test = result.test;
  const Confusion unseen = added(validation.confusion, test.confusion);
  const bool are_both = validation.rows > 0 && test.rows > 0;
  const std::string where = are_both ? "unseen" : unseen_part(result).name;
  if (unseen.empty() || !tell(where, unseen, {&validation, &test}))
    tell("training", result.train.confusion, {&result.train});
}

// Where a predictor that finds other classes as often as they are would have named one almost
// surely: with 3 such rows in 95% of cases (the rule of three).
void find_one_class(const RunResult& result, std::vector<Sign>& signs) {
  constexpr std::int64_t enough = 3;
  const Confusion all =
      added(added(result.train.confusion, result.validation.confusion), result.test.confusion);
  std::vector<std::int64_t> predicted(all.size(), 0);
  std::int64_t rows = 0;
  for (const auto& row : all)
    for (std::size_t p = 0; p < row.size(); ++p) {
      predicted[p] += row[p];
      rows += row[p];
    }
  const auto only = std::ranges::find(predicted, rows);
  if (rows == 0 || only == predicted.end()) return;
  const auto k = static_cast<std::size_t>(only - predicted.begin());
  const std::int64_t others = rows - std::accumulate(all[k].begin(), all[k].end(), std::int64_t{0});
  if (others >= enough)
    signs.push_back({.kind = SignKind::one_class,
                     .where = result.target.classes[k],
                     .count = others,
                     .of = rows});
}

void find_overfitting_of_classes(const RunResult& result, std::vector<Sign>& signs) {
  const Confusion unseen = added(result.validation.confusion, result.test.confusion);
  if (unseen.empty()) return;
  const Agreement seen = agreement(result.train.confusion), other = agreement(unseen);
  if (is_larger_share(seen.accuracy, seen.rows, other.accuracy, other.rows) &&
      other.kappa < half * seen.kappa)
    return signs.push_back({.kind = SignKind::overfitting,
                            .where = "accuracy",
                            .figure = seen.accuracy,
                            .beside = other.accuracy,
                            .of = other.rows});
  // Probabilities that are worth less than the classes' frequencies, where those of training rows
  // are worth more than half of what they could be.
  const Scores& scores = *unseen_part(result).scores;
  if (scores.log_loss > entropy_of(scores.confusion) &&
      result.train.log_loss < half * entropy_of(result.train.confusion))
    signs.push_back({.kind = SignKind::overfitting,
                     .where = "log_loss",
                     .figure = result.train.log_loss,
                     .beside = scores.log_loss,
                     .of = scores.rows});
}

// ---- Numbers -----------------------------------------------------------------------------------

void find_signs_of_numbers(const RunResult& result, std::vector<Sign>& signs) {
  constexpr std::int64_t telling_rows = 20;  // a correlation of 0.7 is missed once in 20 times
  Unseen part = unseen_part(result);
  if (part.scores->rows < telling_rows) part = {"training", &result.train};
  const Scores& scores = *part.scores;
  if (scores.rows < telling_rows || !std::isfinite(scores.r2)) return;
  if (!explains_more_than_chance(scores.r2, scores.rows))
    signs.push_back({.kind = SignKind::chance_level,
                     .where = part.name,
                     .figure = scores.r2,
                     .beside = 0,
                     .of = scores.rows});
  const double seen = result.train.r2;
  if (part.scores == &result.train || !explains_more_than_chance(seen, result.train.rows)) return;
  // Without an interval the rows are so many that half of the R2 is no chance.
  const bool is_sure = !(scores.r2_interval[1] >= seen);
  if (is_sure && scores.r2 < half * seen)
    signs.push_back({.kind = SignKind::overfitting,
                     .where = "r2",
                     .figure = seen,
                     .beside = scores.r2,
                     .of = scores.rows});
}

}  // namespace

void find_score_signs(const SignFacts& facts, std::vector<Sign>& signs) {
  const RunResult& result = facts.result();
  if (!result.has_model || result.train.rows == 0) return;
  if (result.target.task == data::Task::regression) return find_signs_of_numbers(result, signs);
  find_chance_of_classes(result, signs);
  find_one_class(result, signs);
  find_overfitting_of_classes(result, signs);
}

}  // namespace chainrule
