// Cross-validation: a run for every fold, in one folder.
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "base/boundary.h"
#include "base/file.h"
#include "chainrule/error.h"
#include "train/record/run_files.h"
#include "train/record/run_folder.h"
#include "train/run/ranks.h"

namespace chainrule {
namespace {

Spread spread_of(const std::vector<RunResult>& folds, double Scores::*score) {
  double sum = 0, squares = 0, count = 0;
  for (const RunResult& fold : folds) {
    if (fold.test.rows == 0) continue;
    sum += fold.test.*score;
    ++count;
  }
  const double mean = sum / count;
  for (const RunResult& fold : folds)
    if (fold.test.rows > 0) squares += (fold.test.*score - mean) * (fold.test.*score - mean);
  return {mean, std::sqrt(squares / (count - 1))};
}

}  // namespace

FoldsResult train_folds(const TrainRequest& request, const RunObserver& observer) {
  if (request.folds < 2)
    throw UsageError(fmt::format("folds = {}; there must be 2 or more", request.folds));
  require_file_of_ranks(request);
  std::optional<RunFolder> folder;  // of rank 0
  TrainRequest one = request;
  FoldsResult result;
  if (has_folder(request.ranks)) {
    folder.emplace(request.out);
    one.data = kept_data(request.data, *folder);
    result.folder = folder->path();
  }
  for (int fold = 1; fold <= request.folds; ++fold) {
    one.fold = fold;
    one.out = fmt::format("{}/fold{}", result.folder, fold);
    result.folds.push_back(train_run(one, observer));
    if (folder) folder->keep();
    if (result.folds.back().history.stopped == StopReason::caller) return result;
  }
  if (!folder) return result;
  if (!result.folds.front().target.classes.empty()) {
    result.scores = {{"accuracy", spread_of(result.folds, &Scores::accuracy)},
                     {"macro_f1", spread_of(result.folds, &Scores::macro_f1)},
                     {"log_loss", spread_of(result.folds, &Scores::log_loss)}};
  } else {
    result.scores = {{"rmse", spread_of(result.folds, &Scores::rmse)},
                     {"mae", spread_of(result.folds, &Scores::mae)},
                     {"r2", spread_of(result.folds, &Scores::r2)}};
  }
  write_file(folder->file(summary_name), to_json(result) + "\n");
  remove_file(folder->file(record_name));  // it held the folder for this process
  return result;
}

}  // namespace chainrule
