//===- BandGroups.h - which launches take turns -----------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_BANDGROUPS_H
#define TESSERA_CODEGEN_SCHEDULE_BANDGROUPS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tessera::schedule {

/// Launches that take turns: the steps of a function from `begin` to before
/// `end`, in so many bands.
struct BandGroup {
  unsigned begin = 0, end = 0;
  int64_t bands = 0;
  /// Whether all that they use has a place of its own. Otherwise what some
  /// store takes the place of what others have read, band by band.
  bool apart = true;
};

/// The groups of scheduled launches, last first, that keep the most bytes in a
/// second cache of this size.
llvm::SmallVector<BandGroup> chooseBandGroups(mlir::func::FuncOp func,
                                              int64_t cacheBytes);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_BANDGROUPS_H
