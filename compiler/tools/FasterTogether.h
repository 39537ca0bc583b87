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
#include "llvm/Support/Error.h"
#include <optional>
#include <vector>

namespace tessera::tools {

/// For each kernel which of its schedules a version of the model has: 0 is the
/// default, 1 the fastest alone, and so on.
using Choice = std::vector<size_t>;

/// A version of the model that was measured.
struct TimedChoice {
  Choice choice;
  /// Nanoseconds of a run of the model.
  double time = 0;
};

/// Measures the first of these versions, at least two.
using TimeChoices = llvm::function_ref<llvm::Expected<std::vector<TimedChoice>>(
    llvm::ArrayRef<Choice>)>;

struct FasterChoice {
  Choice choice;
  /// How many times faster the model is; nothing where that was not measured.
  std::optional<double> gain;
};

/// How often versions are compared, what is known from before included.
inline constexpr unsigned kMostComparisons = 4;

/// What of `wanted` makes the model faster: groups of kernels that do not are
/// halved until single ones are left. `known` has been measured already, the
/// defaults first.
llvm::Expected<FasterChoice> fasterTogether(const Choice &wanted,
                                            llvm::ArrayRef<TimedChoice> known,
                                            TimeChoices time);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_FASTERTOGETHER_H
