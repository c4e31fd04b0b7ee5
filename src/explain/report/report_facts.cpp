#include "explain/report/report_facts.h"

#include <array>

#include <fmt/format.h>

#include "explain/page/particles.h"
#include "explain/write/html.h"
#include "train/settings/config.h"

namespace chainrule::page {
namespace {

class FactsWriter {
 public:
  FactsWriter(const ReportParts& parts, const RunResult& result)
      : parts_(parts), result_(result), fit_(result.config.fit) {}

  std::string write() {
    add("optimizer", "옵티마이저", optimizer());
    add("learning rate", "학습률", rate());
    add("loss", "손실", to_string(result_.config.loss));
    add("batches", "배치",
        said("{} rows, up to {} epochs{}", "{}행, 최대 {}에폭{}", fit_.batch_size, fit_.epochs,
             fit_.patience > 0 ? said(", patience {}", ", 조기 종료 {}에폭", fit_.patience) : ""));
    if (const data::MembersSee see = result_.config.members_see; see != data::MembersSee::all)
      add("rows of members", "구성원의 데이터",
          see == data::MembersSee::bags
              ? said("each sees a bootstrap sample of its own", "구성원마다 다른 부트스트랩 표본")
              : said("each sees all but one fold", "구성원마다 폴드 하나를 뺀 나머지"));
    if (const std::string best = best_epoch(); !best.empty())
      add("best epoch", "가장 좋은 에폭", best);
    add("seed", "시드", fmt::format("{}", result_.config.seed));
    return "<dl class=\"facts\">\n" + list_ + "</dl>\n";
  }

 private:
  template <class... Args>
  std::string said(std::string_view en, std::string_view ko, const Args&... args) const {
    return with_particles(fmt::format(fmt::runtime(parts_.say(en, ko)), args...));
  }

  void add(std::string_view en, std::string_view ko, const std::string& value) {
    list_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", html_escaped(parts_.say(en, ko)),
                         html_escaped(value));
  }

  std::string optimizer() const {
    const Optimizer& optimizer = result_.config.optimizer;
    std::string text(name_of(optimizer));
    if (const auto* sgd = std::get_if<SGD>(&optimizer); sgd != nullptr && sgd->momentum > 0)
      text += said(", momentum {}", ", 모멘텀 {}", sgd->momentum);
    const double decay = std::visit([](const auto& rule) { return rule.weight_decay; }, optimizer);
    if (decay > 0) text += said(", weight decay {:.4g}", ", 가중치 감쇠 {:.4g}", decay);
    if (fit_.clip_norm > 0)
      text += said(", gradients clipped to {:.4g}", ", 기울기 클리핑 {:.4g}", fit_.clip_norm);
    if (fit_.weight_average > 0)
      text += said(", weights averaged with decay {:.4g}", ", 가중치 평균(감쇠 {:.4g})",
                   fit_.weight_average);
    return text;
  }

  std::string rate() const {
    Optimizer optimizer = result_.config.optimizer;
    const Schedule& schedule = fit_.schedule;
    std::string text = fmt::format("{:.4g}, {}", learning_rate(optimizer), name_of(schedule.shape));
    if (schedule.warmup > 0)
      text += said(", rising over the first {:.3g}% of the steps",
                   ", 처음 {:.3g}%의 스텝 동안 증가", 100 * schedule.warmup);
    return text;
  }

  // None where no epoch was judged, or nothing but the last one could be kept.
  std::string best_epoch() const {
    const History& history = result_.history;
    const bool is_judged = !history.epochs.empty() && history.epochs.front().validation;
    if (!is_judged || history.best_epoch == 0) return "";
    const std::string words = said("{} of {}, by {}", "{1}에폭 중 {0}번째({2} 기준)",
                                   history.best_epoch, history.epochs.size(), metric());
    return words + (fit_.keep_best
                        ? said("; its weights are the model's", "; 모델의 가중치는 이때의 것")
                        : said("; the model has the last epoch's weights",
                               "; 모델의 가중치는 마지막 에폭의 것"));
  }
  std::string metric() const {
    return fit_.metric == Metric::loss
               ? parts_.say("validation loss", "검증 손실")
               : fmt::format("{} {}", parts_.say("validation", "검증"), name_of(fit_.metric));
  }

  const ReportParts& parts_;
  const RunResult& result_;
  const FitOptions& fit_;
  std::string list_;
};

}  // namespace

std::string training_facts(const ReportParts& parts, const RunResult& result) {
  return FactsWriter(parts, result).write();
}

}  // namespace chainrule::page
