//===- FasterTogether.cpp - which schedules help the whole model ----------===//

#include "compiler/tools/FasterTogether.h"
#include "llvm/ADT/STLExtras.h"
#include <algorithm>
#include <cmath>
#include <utility>

using namespace llvm;
using namespace tessera::tools;

namespace {
/// Kernels that get their wanted schedules together.
using Group = std::vector<size_t>;

class Halving {
public:
  explicit Halving(const Choice &wanted);

  bool isDone() const { return undecided.empty(); }
  /// The defaults, and each undecided group alone.
  std::vector<Choice> choices() const;
  /// Keeps the groups that are faster beyond noise than the defaults, which are
  /// the first, and halves the others; those that were not measured stay.
  void decide(ArrayRef<TimedChoice> timed);
  FasterChoice result() const { return {kept, gain}; }

private:
  Choice onlyOf(const Group &group) const;
  void keep(const Group &group, double gainOfGroup);
  void halve(const Group &group);

  const Choice &wanted;
  const Choice defaults;
  Choice kept = defaults;
  std::optional<double> gain = 1;
  std::vector<Group> undecided;
};
} // namespace

Halving::Halving(const Choice &wanted)
    : wanted(wanted), defaults(wanted.size(), 0) {
  Group all;
  for (size_t kernel = 0; kernel < wanted.size(); ++kernel) {
    if (wanted[kernel] > 0) {
      all.push_back(kernel);
    }
  }
  if (!all.empty()) {
    undecided.push_back(std::move(all));
  }
}

/// Other kernels have their defaults.
Choice Halving::onlyOf(const Group &group) const {
  Choice choice = defaults;
  for (size_t kernel : group) {
    choice[kernel] = wanted[kernel];
  }
  return choice;
}

std::vector<Choice> Halving::choices() const {
  std::vector<Choice> choices = {defaults};
  for (const Group &group : undecided) {
    choices.push_back(onlyOf(group));
  }
  return choices;
}

/// The measured version with this choice; null where there is none.
static const TimedChoice *versionOf(ArrayRef<TimedChoice> timed,
                                    const Choice &choice) {
  const auto *found = find_if(
      timed, [&](const TimedChoice &each) { return each.choice == choice; });
  return found == timed.end() ? nullptr : found;
}

void Halving::decide(ArrayRef<TimedChoice> timed) {
  for (Group &group : std::exchange(undecided, {})) {
    const TimedChoice *version = versionOf(timed, onlyOf(group));
    if (!version) {
      undecided.push_back(std::move(group));
      continue;
    }
    double gainOfGroup = gainBeyondNoise(timed.front().rounds, version->rounds);
    if (gainOfGroup > 1) {
      keep(group, gainOfGroup);
    } else {
      halve(group);
    }
  }
}

/// The gain of several groups together is not known.
void Halving::keep(const Group &group, double gainOfGroup) {
  gain = kept == defaults ? std::optional(gainOfGroup) : std::nullopt;
  for (size_t kernel : group) {
    kept[kernel] = wanted[kernel];
  }
}

/// Nothing is left of a single kernel.
void Halving::halve(const Group &group) {
  if (group.size() > 1) {
    auto middle = group.begin() + group.size() / 2;
    undecided.emplace_back(group.begin(), middle);
    undecided.emplace_back(middle, group.end());
  }
}

double tessera::tools::gainBeyondNoise(ArrayRef<double> before,
                                       ArrayRef<double> after) {
  std::vector<double> gains;
  for (auto [slow, fast] : zip_equal(before, after)) {
    gains.push_back(slow / fast);
  }
  double rounds = gains.size();
  double faster = count_if(gains, [](double gain) { return gain > 1; });
  // Of equal versions each is the faster one in half of the rounds, with a
  // standard deviation of sqrt(rounds) / 2.
  if (gains.empty() || faster < rounds / 2 + std::sqrt(rounds)) {
    return 1;
  }
  auto median = gains.begin() + gains.size() / 2;
  std::nth_element(gains.begin(), median, gains.end());
  return *median;
}

FasterChoice tessera::tools::fasterTogether(const Choice &wanted,
                                            ArrayRef<TimedChoice> known,
                                            TimeChoices time) {
  Halving halving(wanted);
  unsigned comparisons = 0;
  if (versionOf(known, wanted)) {
    halving.decide(known);
    ++comparisons;
  }
  for (; comparisons < kMostComparisons && !halving.isDone(); ++comparisons) {
    auto timed = time(halving.choices());
    if (!timed) {
      break;
    }
    halving.decide(*timed);
  }
  return comparisons > 0 || halving.isDone()
             ? halving.result()
             : FasterChoice{wanted, std::nullopt};
}
