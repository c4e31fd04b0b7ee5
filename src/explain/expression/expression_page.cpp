#include "explain/expression/expression_page.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "chainrule/error.h"
#include "explain/expression/asked.h"
#include "explain/expression/paths.h"
#include "explain/expression/whole_expression.h"
#include "explain/expression/worked_line.h"
#include "explain/formula/formula.h"
#include "explain/formula/rounding.h"
#include "explain/page/kept.h"
#include "explain/page/notation_notes.h"
#include "explain/page/steps_table.h"
#include "ops/op_list.h"

namespace chainrule::page {
namespace {

class ExpressionBuilder {
 public:
  ExpressionBuilder(const ExpressionFile& file, AskedOfExpression asked, std::int64_t step,
                    const Feeds& feeds, Tamper tamper)
      : file_(file),
        asked_(std::move(asked)),
        result_(asked_.result),
        step_(step),
        feeds_(feeds),
        tamper_(std::move(tamper)),
        whole_(file, result_, step, feeds) {}

  Page build() {
    page_.title = {Phrase::expression_title, {Quantity{result_}}};
    page_.is_of_run = true;  // its JSON is its lines'
    for (const Statement& statement : file_.statements)
      lines_.push_back(
          worked_line(statement, [this](const std::string& symbol) { return quantity(symbol); }));
    find_uses();
    page_.sections = {given_section(), forward_section(), local_section(), backward_section()};
    if (Section paths = path_section(); !paths.blocks.empty())
      page_.sections.push_back(std::move(paths));
    judge();
    if (is_updated()) page_.sections.push_back(update_section());
    if (!asked_.symbol.empty()) keep_asked();
    page_.sections.push_back(check_section());
    add_notation_notes(page_);
    return std::move(page_);
  }

 private:
  Quantity quantity(const std::string& symbol) const { return whole_.quantity(symbol); }
  bool is_updated() const { return file_.optimizer && result_ == file_.result; }
  bool is_given(const std::string& symbol) const {
    return std::ranges::find(file_.given, symbol, &Quantity::symbol) != file_.given.end();
  }

  // Which values the result is made of, and by which local derivatives.
  void find_uses() {
    reaches_.insert(result_);
    for (std::size_t i = lines_.size(); i-- > 0;)
      for (std::size_t m = 0; m < lines_[i].made.size(); ++m) {
        const std::string& made = file_.statements[i].made[m];
        if (!reaches_.contains(made)) continue;
        for (std::size_t u = 0; u < lines_[i].uses.size(); ++u) {
          reaches_.insert(lines_[i].uses[u]);
          uses_[lines_[i].uses[u]].push_back({made, &lines_[i].locals[m][u]});
        }
      }
    for (auto& [symbol, uses] : uses_) {
      std::ranges::reverse(uses);
      for (Use& use : uses) {
        Quantity& local = use.local->quantity;
        if (tamper_) tamper_(local.symbol, local.value);
        // Two derivatives of the result by the same value: along one line, and in all.
        if (use.made == result_ && uses.size() > 1) local.symbol += " directly";
      }
    }
  }

  Section given_section() const {
    Section section{{Phrase::expression_section}, {}};
    Listing given{Phrase::expression_given, {}};
    for (const Quantity& value : file_.given) given.quantities.push_back(quantity(value.symbol));
    if (!given.quantities.empty()) section.blocks.emplace_back(std::move(given));
    for (const std::string& symbol : file_.symbols)
      if (symbol.ends_with('\'')) {
        section.blocks.emplace_back(Sentence{Phrase::expression_again,
                                             {Quantity{symbol.substr(0, symbol.find('\''))},
                                              Quantity{symbol.substr(0, symbol.find('\'') + 1)}}});
        break;
      }
    if (is_updated())
      section.blocks.emplace_back(Sentence{Phrase::optimizer_about,
                                           {Name{std::string(name_of(*file_.optimizer))},
                                            Quantity{"", whole_.learning_rate(), true}}});
    return section;
  }

  Section forward_section() const {
    Section section{{Phrase::forward_title},
                    {Sentence{Phrase::expression_forward, {Quantity{result_}}}}};
    for (const WorkedLine& line : lines_) section.blocks.emplace_back(Group(line.made));
    return section;
  }

  Section local_section() const {
    Section section{{Phrase::locals_title}, {Sentence{Phrase::locals_text}}};
    for (const WorkedLine& line : lines_)
      for (std::size_t m = 0; m < line.made.size(); ++m)
        if (reaches_.contains(line.made[m].quantity.symbol) && !line.locals[m].empty())
          section.blocks.emplace_back(Group(line.locals[m]));
    return section;
  }

  // The derivative along one use; through the result's own line it is the local one.
  Expression along(const std::string& symbol, std::size_t which) const {
    const Use& use = uses_.at(symbol)[which];
    Expression local(use.local->quantity);
    if (use.made == result_) return local;
    return {multiply_op, {Expression(derivatives_.at(use.made)), std::move(local)}};
  }

  Section backward_section() {
    Section section{{Phrase::backward_title},
                    {Sentence{Phrase::backward_text, {Quantity{result_}}}}};
    for (std::size_t i = file_.symbols.size(); i-- > 0;) {
      const std::string& symbol = file_.symbols[i];
      const auto uses = uses_.find(symbol);
      if (symbol == result_ || uses == uses_.end()) continue;
      std::vector<Expression> terms;
      for (std::size_t u = 0; u < uses->second.size(); ++u) terms.push_back(along(symbol, u));
      const Expression sum = sum_of(terms);
      // What the result's line alone uses was told with the local derivatives.
      if (sum.quantity() != nullptr) {
        derivatives_.emplace(symbol, *sum.quantity());
        note_rounding(*uses->second[0].local);
        continue;
      }
      const double value = evaluate(sum);
      Quantity derivative{.symbol = derivative_symbol(result_, symbol),
                          .value = value,
                          .given = is_whole(value),
                          .element = whole_.derivative_element(symbol),
                          .role = Role::gradient};
      derivatives_.emplace(symbol, derivative);
      section.blocks.emplace_back(Group{{derivative, sum}});
      for (const Use& use : uses->second) note_rounding(*use.local);
      note_rounding({derivative, sum});
    }
    Listing all{Phrase::derivatives, {}};
    for (const Quantity& given : file_.given) all.quantities.push_back(derivative_by(given.symbol));
    if (!all.quantities.empty()) section.blocks.emplace_back(std::move(all));
    return section;
  }

  // 0 where the result does not depend on it.
  Quantity derivative_by(const std::string& symbol) const {
    const auto found = derivatives_.find(symbol);
    if (found != derivatives_.end()) return found->second;
    return {.symbol = derivative_symbol(result_, symbol), .given = true, .role = Role::gradient};
  }

  Section path_section() {
    Section section{{Phrase::paths_title}, {}};
    std::map<std::string, std::vector<std::string>> next;
    for (const auto& [symbol, uses] : uses_)
      for (const Use& use : uses) next[symbol].push_back(use.made);
    std::int64_t number = 0;
    for (const Quantity& given : file_.given) {
      const bool is_wanted =
          asked_.symbol.empty() || asked_.symbol == derivative_symbol(result_, given.symbol);
      if (!is_wanted) continue;
      const std::vector<Path> paths = paths_to(result_, given.symbol, next);
      if (paths.size() > most_paths) {
        section.blocks.emplace_back(Sentence{
            Phrase::paths_many,
            {Quantity{given.symbol}, Quantity{result_}, static_cast<std::int64_t>(most_paths)}});
        continue;
      }
      // What two factors make, the section before has said.
      if (paths.empty() || (paths.size() == 1 && paths[0].size() <= 3)) continue;
      section.blocks.emplace_back(Sentence{
          Phrase::paths_of,
          {Quantity{given.symbol}, Quantity{result_}, static_cast<std::int64_t>(paths.size())}});
      section.blocks.emplace_back(path_lines(given.symbol, paths, number));
    }
    const bool has_lines = std::ranges::any_of(
        section.blocks, [](const Block& block) { return std::holds_alternative<Group>(block); });
    return has_lines ? section : Section{section.title, {}};
  }

  Group path_lines(const std::string& symbol, const std::vector<Path>& paths,
                   std::int64_t& number) {
    Group group;
    std::vector<Expression> products;
    for (const Path& path : paths) {
      std::vector<Quantity> factors;
      for (std::size_t i = path.size() - 1; i > 0; --i)
        factors.push_back(local(path[i], path[i - 1]));
      Expression product(factors[0]);
      for (std::size_t i = 1; i < factors.size(); ++i)
        product = Expression(multiply_op, {product, Expression(factors[i])});
      if (paths.size() == 1) {
        products.push_back(product);
        break;
      }
      const double value = evaluate(product);
      const Quantity way{
          .symbol = fmt::format("way {}", ++number), .value = value, .given = is_whole(value)};
      group.push_back({way, product});
      products.emplace_back(way);
    }
    const Expression sum = sum_of(products);
    Quantity total = derivative_by(symbol);
    total.value = evaluate(sum);
    total.given = is_whole(total.value);
    group.push_back({total, sum});
    path_sums_.emplace_back(symbol, total.value);
    return group;
  }

  const Quantity& local(const std::string& of, const std::string& by) const {
    const auto& uses = uses_.at(by);
    return std::ranges::find(uses, of, &Use::made)->local->quantity;
  }

  void note_rounding(const Line& line) {
    const auto known = [this](const Quantity& quantity) {
      const auto found = roundings_.find(quantity.symbol);
      return Rounded{quantity.value, found == roundings_.end() ? 0 : found->second};
    };
    roundings_[line.quantity.symbol] = 2 * evaluate_rounded(*line.formula, known).error;
  }

  // The page's products beside the engine's gradient of the whole, and finite differences.
  void judge() {
    double largest = 0;
    for (const auto& [symbol, derivative] : derivatives_)
      largest = std::max(largest, std::abs(whole_.derivative(symbol)));
    const double least = 1e-3 * largest;
    Verdict& verdict = page_.verdict;
    const auto compare = [&](const std::string& symbol, double told) {
      const double engine = whole_.derivative(symbol);
      const double scale = std::max({std::abs(told), std::abs(engine), least});
      const double error = scale == 0 ? 0 : std::abs(told - engine) / scale;
      double allowed = product_tolerance;
      if (!(error <= allowed) && std::isfinite(error))
        allowed = std::max(allowed, (roundings_[derivative_symbol(result_, symbol)] +
                                     whole_.derivative_rounding(symbol)) /
                                        scale);
      verdict.note_product(error, allowed);
    };
    for (const auto& [symbol, derivative] : derivatives_) compare(symbol, derivative.value);
    for (const auto& [symbol, sum] : path_sums_) compare(symbol, sum);
    const double floor = std::max(least, 1e-5 * std::abs(quantity(result_).value));
    for (const Quantity& given : file_.given)
      verdict.note(difference(derivative_by(given.symbol).value,
                              whole_.around(quantity(given.symbol), floor)));
    verdict.passed = verdict.products_agree() && verdict.differences_agree();
  }

  Section update_section() {
    std::vector<Quantity> derivatives;
    for (const std::string& name : file_.trained) derivatives.push_back(derivative_by(name));
    Section section{{Phrase::update_title}, {Sentence{Phrase::update_text}}};
    Table table{{Phrase::parameter, Phrase::before, Phrase::gradient, Phrase::after}, {}};
    const auto changes = whole_.changes(derivatives);
    for (std::size_t i = 0; i < changes.size(); ++i) {
      Group group;
      for (const WholeExpression::Change& change : changes[i])
        group.push_back({change.after, change.formula});
      section.blocks.emplace_back(std::move(group));
      table.rows.push_back({changes[i].back().before, derivatives[i], changes[i].back().after});
    }
    if (asked_.symbol.empty()) section.blocks.emplace_back(std::move(table));
    return section;
  }

  Section check_section() {
    Section section{{Phrase::check_title}, {}};
    auto& blocks = section.blocks;
    if (is_updated()) {
      const WholeExpression after(file_, result_, step_ + 1, whole_.next_feeds());
      blocks.emplace_back(Sentence{Phrase::value_now,
                                   {Quantity{result_}, Quantity{"", after.quantity(result_).value},
                                    Quantity{"", quantity(result_).value}}});
    }
    const Verdict& verdict = page_.verdict;
    blocks.emplace_back(
        Sentence{verdict.products_agree() ? Phrase::products_agree : Phrase::products_differ,
                 {Figure{verdict.max_relative_error}, Figure{verdict.allowed_error}}});
    blocks.emplace_back(Sentence{
        verdict.differences_agree() ? Phrase::expression_differences_agree
                                    : Phrase::expression_differences_differ,
        {Figure{verdict.difference_error}, Figure{verdict.allowed_difference}, verdict.differences,
         static_cast<std::int64_t>(file_.given.size()), Quantity{result_}}});
    if (verdict.kinks > 0) blocks.emplace_back(Sentence{Phrase::expression_kinks, {verdict.kinks}});
    blocks.emplace_back(Sentence{verdict.passed ? Phrase::passed : Phrase::failed});
    return section;
  }

  // The asked line and all that it is made of.
  void keep_asked() {
    std::multimap<std::string, const Line*> lines;  // a derivative is told twice: by its paths, too
    for_each_line(page_.sections,
                  [&](const Line& line) { lines.emplace(line.quantity.symbol, &line); });
    std::set<std::string> kept;
    std::vector<std::string> open{asked_.symbol};
    if (!asked_.value.empty()) {
      open.push_back(asked_.value + "+");
      for (const auto& [symbol, line] : lines)
        if (symbol.ends_with("_" + asked_.value + "+")) open.push_back(symbol);
    }
    while (!open.empty()) {
      const std::string symbol = std::move(open.back());
      open.pop_back();
      if (!kept.insert(symbol).second) continue;
      const auto [first, last] = lines.equal_range(symbol);
      for (auto line = first; line != last; ++line)
        if (line->second->formula)
          for_each_quantity(*line->second->formula,
                            [&](const Quantity& used) { open.push_back(used.symbol); });
    }
    keep_only(kept, page_.sections);
  }

  struct Use {
    std::string made;
    Line* local;  // the derivative of what is made by it
  };

  const ExpressionFile& file_;
  AskedOfExpression asked_;
  std::string result_;
  std::int64_t step_;
  Feeds feeds_;
  Tamper tamper_;
  WholeExpression whole_;
  Page page_;
  std::vector<WorkedLine> lines_;                 // by statement
  std::set<std::string> reaches_;                 // what the result is made of, itself included
  std::map<std::string, std::vector<Use>> uses_;  // by what is used, in the lines' order
  std::map<std::string, Quantity> derivatives_;   // of the result
  std::map<std::string, double> roundings_;       // of derivatives, by their symbols
  std::vector<std::pair<std::string, double>> path_sums_;
};

}  // namespace

Page expression_page(const ExpressionFile& file, const std::string& asked, std::int64_t step,
                     const Tamper& tamper) {
  if (step < 0 || step > file.steps)
    throw UsageError(fmt::format("step {}: the file has steps 1 to {}", step, file.steps));
  const bool as_table = step == 0 && file.steps > 1 && asked.empty();
  const std::int64_t last = as_table ? file.steps + 1 : std::max<std::int64_t>(step, 1);
  std::vector<std::vector<Quantity>> rows;
  Feeds feeds;
  for (std::int64_t s = 1; as_table ? s <= last : s < last; ++s) {
    const WholeExpression whole(file, file.result, s, feeds);
    rows.push_back({whole.quantity(file.result)});
    for (const std::string& name : file.trained) rows.back().push_back(whole.quantity(name));
    feeds = whole.next_feeds();
  }
  if (as_table) return steps_page(rows);
  return ExpressionBuilder(file, asked_of(file, asked), last, feeds, tamper).build();
}

}  // namespace chainrule::page
