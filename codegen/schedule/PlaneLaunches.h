//===- PlaneLaunches.h - launches that split what others read ---*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_PLANELAUNCHES_H
#define TESSERA_CODEGEN_SCHEDULE_PLANELAUNCHES_H

#include "codegen/schedule/SafeRange.h"

namespace tessera::schedule {

/// A launch whose products are to be computed from parts.
struct SplitRequest {
  kernel::LaunchOp launch;
  TileProduct product;
  Planes planes;
  SafeRange range;

  int64_t parts();
  /// What the launch reads, from its first element on.
  mlir::Value source();
  mlir::AffineExpr origin();
};

/// Planes of parts, and a bool: whether all that was read lies in the range and
/// rows are enough for tiles.
struct SplitSource {
  mlir::Value planes, isInside;
};

/// Adds launches in front of the first of `requests`, which read the same, that
/// split what these read.
SplitSource createPlanes(llvm::ArrayRef<SplitRequest> requests,
                         const Target &target);

/// Runs `launch` only where `buffer` holds `value`.
void addCondition(kernel::LaunchOp launch, mlir::Value buffer, bool value);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_PLANELAUNCHES_H
