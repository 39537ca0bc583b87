//===- JoinedLaunches.h - launches without a wait in between ----*- C++ -*-===//
//
// Launches that follow each other can be handed out to threads together: each
// thread computes its part of the first, then its part of the second, and so
// on, and all wait once. That is right where no part of one touches what
// another part of an earlier one touches, unless both only read.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_JOINEDLAUNCHES_H
#define TESSERA_CODEGEN_SCHEDULE_JOINEDLAUNCHES_H

#include "codegen/schedule/Footprint.h"

namespace tessera::schedule {

/// A launch that may be one of several joined ones.
struct JoinCandidate {
  kernel::LaunchOp launch;
  Units units;
  llvm::SmallVector<Footprint> footprints;
};

/// The launch as a candidate; null for one that has to be handed out alone.
std::optional<JoinCandidate> joinCandidateOf(kernel::LaunchOp launch);

/// How joined launches are split.
struct JoinedSplit {
  /// For each launch how many of its tasks make a unit. The launches with such
  /// have equally many units, and unit i of all of them goes to one thread; the
  /// others (0) are split by themselves.
  llvm::SmallVector<int64_t> tasksOfUnit;
};

/// A split of launches, given in order, that needs no wait between them; null
/// when none was found. Nothing else decides whether launches may be joined.
std::optional<JoinedSplit>
splitOfJoined(llvm::ArrayRef<JoinCandidate> launches);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_JOINEDLAUNCHES_H
