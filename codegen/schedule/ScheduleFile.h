//===- ScheduleFile.h - recorded schedules ----------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H
#define TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/StringMap.h"

namespace tessera::schedule {

/// What a launch computes, as a short key that does not depend on where its
/// buffers lie: a hash of extents, iterators, maps, element types and body.
std::string kernelKeyOf(kernel::LaunchOp launch);

/// Schedules read from a file of JSON records, one a line:
/// {"kernel": KEY, "target": NAME, "schedule": "#tsk.schedule<...>"}.
class ScheduleFile {
public:
  /// Reads `path`; a record that does not parse is ignored with a warning on
  /// `where`.
  llvm::LogicalResult read(llvm::StringRef path, mlir::Operation *where);

  /// The schedule recorded for the launch on `target`, or null.
  kernel::ScheduleAttr lookup(kernel::LaunchOp launch,
                              llvm::StringRef target) const;

private:
  llvm::StringMap<kernel::ScheduleAttr> records;
};

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H
