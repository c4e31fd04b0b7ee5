// chainrule_torch_networks [COUNT] [--seed N] [--sabotage]
//
// Draws networks at random and lets Chainrule and LibTorch train them for 20 steps in double
// precision, from the same numbers; both must come out the same, but for rounding. Then one step by
// the compiled program, in single precision, beside ours in double. With --sabotage a layer of
// torch's is wrong by a millionth, once in its numbers and once in its derivative, and that must be
// seen. Prints a table, or the first network that differs; exits 0 if none does, 1 if one does, 2
// for a wrong argument.
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>

#include <fmt/format.h>

#include "networks/drawing.h"
#include "tally.h"

namespace chainrule::beside_torch {
namespace {

// All that is given is moved by up to so many parts of itself, to see how much of it comes out: by
// 2^13 roundings.
constexpr double disturbance = 0x1p-40;

// Networks that make more of it than this, or come this near to a kink, are not compared.
constexpr double most_growth = 0x1p8, nearest_kink = 0x1p-30;

struct Arguments {
  std::uint64_t count = 50, seed = 1;
  bool sabotage = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size();
}

bool read(int count, char** given, Arguments& arguments) {
  for (int i = 1; i < count; ++i) {
    const std::string_view argument = given[i];
    if (argument == "--sabotage")
      arguments.sabotage = true;
    else if (argument == "--seed" && i + 1 < count) {
      if (!read_number(given[++i], arguments.seed)) return false;
    } else if (!read_number(argument, arguments.count))
      return false;
  }
  return true;
}

class Comparing {
 public:
  // Returns whether the network was compared; throws Differs.
  bool one(const DrawnTraining& training, bool sabotage) {
    const Outcome theirs = run_torch(training);
    const Growth grown = growth(run_torch(training, disturbance), theirs, disturbance);
    if (!(grown.first <= most_growth && grown.last <= most_growth)) {
      ++tally_.growing;
      return false;
    }
    if (theirs.kink < nearest_kink) {
      ++tally_.near_kinks;
      return false;
    }
    const Outcome ours = run_reference(training);
    if (sabotage)
      sabotaged(training, ours, grown);
    else
      compare(training, ours, theirs, grown);
    return true;
  }

  const Tally& tally() const { return tally_; }

 private:
  void compare(const DrawnTraining& training, const Outcome& ours, const Outcome& theirs,
               const Growth& grown) {
    tally_.enter(training);
    for (const Difference& difference : differences(ours, theirs)) {
      const double limit = limit_of(difference.part, grown);
      if (difference.size > limit) throw Differs("Chainrule", "LibTorch", difference, limit);
      tally_.add(training, difference, limit);
    }
    if (theirs.first_kink < single_limit(grown)) {
      ++tally_.near_kinks_in_single;
      return;
    }
    DrawnTraining first = training;
    first.batches.resize(1);
    const Outcome reference = run_reference(first), program = run_program(first);
    ++tally_.single_networks;
    for (const Difference& difference : single_differences(first, program, reference, grown)) {
      if (!is_within_single(difference, grown))
        throw Differs("in single precision", "in double", difference, single_limit(grown));
      tally_.add_single(difference, single_limit(grown));
    }
  }

  void sabotaged(const DrawnTraining& training, const Outcome& ours, const Growth& grown) {
    Drawing draw(training.seed + 1);
    Sabotage sabotage{.layer = static_cast<std::size_t>(
                          draw.from(0, static_cast<std::int64_t>(training.layers.size()) - 1))};
    for (const auto what : {Sabotage::What::values, Sabotage::What::gradients}) {
      sabotage.what = what;
      bool is_seen = false;
      for (const Difference& difference : differences(ours, run_torch(training, 0, sabotage)))
        is_seen |= difference.size > limit_of(difference.part, grown);
      tally_.add_sabotage(training.layers[sabotage.layer].kind, what, is_seen);
    }
  }

  Tally tally_{};
};

int run(const Arguments& arguments) {
  Comparing comparing;
  std::uint64_t seed = arguments.seed;
  for (std::uint64_t done = 0; done < arguments.count; ++seed) {
    const DrawnTraining training = draw_training(seed);
    try {
      if (comparing.one(training, arguments.sabotage)) ++done;
    } catch (const std::exception& error) {
      const std::string_view what = error.what();  // torch's go on with their stack
      fmt::print("{}\n{}\nOnce more: chainrule_torch_networks 1 --seed {}\n", training.describe(),
                 what.substr(0, what.find('\n')), seed);
      return 1;
    }
  }
  const Tally& tally = comparing.tally();
  fmt::print("{}", arguments.sabotage ? tally.sabotage_table() : tally.table());
  fmt::print("Drawn: {}. Not compared: {} near a kink, {} that rounding grows in.\n",
             seed - arguments.seed, tally.near_kinks, tally.growing);
  return arguments.sabotage && !tally.sees_enough() ? 1 : 0;
}

}  // namespace
}  // namespace chainrule::beside_torch

int main(int count, char** given) {
  chainrule::beside_torch::Arguments arguments;
  if (!chainrule::beside_torch::read(count, given, arguments)) {
    fmt::print(stderr, "usage: chainrule_torch_networks [COUNT] [--seed N] [--sabotage]\n");
    return 2;
  }
  return chainrule::beside_torch::run(arguments);
}
