#include "progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>
#include <sys/ioctl.h>

#include "base/display.h"
#include "report.h"
#include "terminal.h"

using namespace chainrule;

namespace {

constexpr double seconds_between_updates = 0.1;
constexpr std::int64_t plain_lines = 20;

int terminal_columns() {
  winsize size{};
  return ::ioctl(::fileno(stderr), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string rate_words(double per_second) {
  if (per_second < 1e4) return fmt::format("{:.0f}", per_second);
  return per_second < 1e6 ? fmt::format("{:.1f}k", per_second / 1e3)
                          : fmt::format("{:.1f}M", per_second / 1e6);
}

bool is_worth_a_line(const Progress& progress) {
  if (progress.epochs <= plain_lines || progress.epoch == 1) return true;
  return progress.epoch * plain_lines / progress.epochs !=
         (progress.epoch - 1) * plain_lines / progress.epochs;
}

}  // namespace

std::string words_of(Metric metric, Language language) {
  switch (metric) {
    case Metric::log_loss:
      return said(Phrase::log_loss, language);
    case Metric::accuracy:
      return said(Phrase::accuracy, language);
    case Metric::loss:
      return said(Phrase::loss, language);
    case Metric::auc:
      return "AUC";
    case Metric::f1:
      return "macro F1";
    case Metric::rmse:
      return "RMSE";
    case Metric::mae:
      return "MAE";
    case Metric::r2:
      return "R2";
  }
  return "";
}

ProgressLine::ProgressLine(Language language)
    : language_(language), on_terminal_(is_terminal(stderr)) {}

// The loss, and what it is judged by, else what everybody knows.
std::string ProgressLine::validation_words(const Scores& scores) const {
  const Metric metric = metric_ != Metric::loss    ? metric_
                        : scores.confusion.empty() ? Metric::r2
                                                   : Metric::accuracy;
  const double score = scores.*score_of(metric);
  const std::string number = !std::isfinite(score)        ? "n/a"
                             : metric == Metric::accuracy ? fmt::format("{:.1f}%", 100 * score)
                             : metric == Metric::rmse || metric == Metric::mae
                                 ? fmt::format("{:.5g}", score)
                                 : fmt::format("{:.4f}", score);
  return said(Phrase::progress_validation, language_, scores.loss, words_of(metric, language_),
              number);
}

std::string ProgressLine::line_for(const Progress& progress) const {
  const auto digits = static_cast<int>(fmt::formatted_size("{}", progress.epochs));
  const double share = static_cast<double>(progress.step) / static_cast<double>(progress.steps);
  return said(Phrase::progress_line, language_, fmt::format("{:>{}}", progress.epoch, digits),
              progress.epochs, progress.train_loss, validation_,
              rate_words(progress.samples_per_second),
              duration(progress.seconds * (1 / share - 1), language_));
}

void ProgressLine::show(const Progress& progress) {
  if (progress.validation) validation_ = validation_words(*progress.validation);
  if (on_terminal_)
    show_on_terminal(progress);
  else if (progress.epoch_done && is_worth_a_line(progress))
    message(line_for(progress) + "\n");
}

void ProgressLine::show_on_terminal(const Progress& progress) {
  const bool is_last = progress.step == progress.steps;
  if (!is_last && progress.seconds - last_seconds_ < seconds_between_updates) return;
  last_seconds_ = progress.seconds;
  const std::string line = shortened(line_for(progress), terminal_columns() - 1);
  const int columns = display_width(line);
  rewrite_line(left_aligned(line, shown_columns_));
  shown_columns_ = columns;
}

void ProgressLine::finish() {
  if (shown_columns_ > 0) message("\n");
  shown_columns_ = 0;
}

ShareLine::ShareLine(Phrase what, Language language, bool is_quiet)
    : what_(said(what, language)),
      language_(language),
      is_shown_(!is_quiet && is_terminal(stderr)),
      start_(std::chrono::steady_clock::now()),
      last_(start_ - std::chrono::hours(1)) {}  // the first share is shown

ShareLine::~ShareLine() {
  if (columns_ == 0) return;
  rewrite_line(left_aligned("", columns_));
  rewrite_line("");
}

OnShare ShareLine::show() {
  if (!is_shown_) return {};
  return [this](double share) { update(share); };
}

void ShareLine::update(double share) {
  using Seconds = std::chrono::duration<double>;
  const auto now = std::chrono::steady_clock::now();
  if (share <= 0 || Seconds(now - last_).count() < seconds_between_updates) return;
  last_ = now;
  const double left = Seconds(now - start_).count() * (1 / share - 1);
  const std::string line = shortened(
      said(Phrase::progress_share, language_, what_, 100 * share, duration(left, language_)),
      terminal_columns() - 1);
  const int columns = display_width(line);
  rewrite_line(left_aligned(line, columns_));
  columns_ = columns;
}
