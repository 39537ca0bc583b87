//===- Bands.h - launches that take turns -----------------------*- C++ -*-===//
//
// Where launches in a row move more data than the second cache holds, each one
// reads from the third what the one before has stored. Split into bands, a few
// tasks of each in turn, it finds that in the second.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_SCHEDULE_BANDS_H
#define TESSERA_CODEGEN_SCHEDULE_BANDS_H

#include "codegen/schedule/JoinedLaunches.h"

namespace tessera::schedule {

/// How launches take turns, one list entry each.
struct Bands {
  /// How many tasks, counted from the first, are done behind each band.
  llvm::SmallVector<llvm::SmallVector<int64_t>> ends;
  /// How many bands at the end of a part the part behind needs, so that they
  /// must be done before that one starts.
  llvm::SmallVector<int64_t> edges;
};

/// Whether ranges of the arena are compared by their places, or are taken to
/// lie apart, as they do once they are in use at the same time.
enum class Places { known, apart };

/// Bytes that move on with a launch's units.
int64_t movedBytesOf(const JoinCandidate &launch);

/// The share of the bands that lies at the edge of a part, at most.
double edgeShareOf(const Bands &bands);

/// Whether no launch that moves much does far more than its share ahead of
/// those behind it, and few bands lie at edges.
bool areEven(const Bands &bands, llvm::ArrayRef<JoinCandidate> launches);

/// Splits launches, given in order, into `count` bands. The last launch's are
/// equal; in each band the others do what the ones behind need. Right in any
/// case, but where a launch needs all of another the first band has all of it.
Bands bandsOf(llvm::ArrayRef<JoinCandidate> launches, int64_t count,
              Places places);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_BANDS_H
