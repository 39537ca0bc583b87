//===- FasterTogether.h - which schedules help the whole model --*- C++ -*-===//
//
// A schedule can make the kernels around it slower (one gained 5 % and cost the
// rest of mobilenet_v2_int8 as much), so schedules that win one by one are also
// judged by what they do to the model together.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_FASTERTOGETHER_H
#define TESSERA_COMPILER_TOOLS_FASTERTOGETHER_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include <optional>
#include <vector>

namespace tessera::tools {

/// For each kernel which of its schedules a version of the model has: 0 is the
/// default, 1 the fastest alone, and so on.
using Choice = std::vector<size_t>;

/// A version of the model that was measured.
struct TimedChoice {
  Choice choice;
  /// Nanoseconds of a run of the model in each round of the comparison, in
  /// which the versions were measured one after the other.
  std::vector<double> rounds;
};

/// Measures the first of these versions, at least two; none where that fails,
/// which ends the search.
using TimeChoices = llvm::function_ref<std::optional<std::vector<TimedChoice>>(
    llvm::ArrayRef<Choice>)>;

struct FasterChoice {
  Choice choice;
  /// How many times faster the model is; nothing where that was not measured.
  std::optional<double> gain;
};

/// How often versions are compared, what is known from before included.
inline constexpr unsigned kMostComparisons = 4;

/// How many times faster `after` is than `before`: the median of the rounds
/// where the difference is beyond noise, else 1. It is beyond noise where so
/// many rounds are faster that equal versions would show that in one case of
/// forty (sign test: two standard deviations more than half of the rounds, at
/// least 4 rounds).
double gainBeyondNoise(llvm::ArrayRef<double> before,
                       llvm::ArrayRef<double> after);

/// What of `wanted` makes the model faster beyond noise: groups of kernels that
/// do not are halved until single ones are left. `known` has been measured
/// already, the defaults first. All that is wanted where no comparison
/// succeeds.
FasterChoice fasterTogether(const Choice &wanted,
                            llvm::ArrayRef<TimedChoice> known,
                            TimeChoices time);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_FASTERTOGETHER_H
