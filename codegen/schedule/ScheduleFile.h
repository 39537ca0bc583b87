//===- ScheduleFile.h - recorded schedules ----------------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H
#define TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H

#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/StringMap.h"
#include <optional>

namespace tessera::schedule {

/// What a launch computes, as a short key that does not depend on where its
/// buffers lie: a hash of extents, iterators, maps, element types and body.
std::string kernelKeyOf(kernel::LaunchOp launch);

/// Attribute of a launch whose schedule was recorded with its times: those of
/// the default and of the recorded schedule, in nanoseconds.
inline constexpr llvm::StringLiteral kTunedAttr = "tsk.tuned";

/// A schedule and the times it was measured with; 0: not measured.
struct RecordedSchedule {
  kernel::ScheduleAttr schedule;
  double defaultTime = 0, time = 0;

  /// How many times faster than the default; 1: not measured.
  double gain() const { return time > 0 ? defaultTime / time : 1; }
};

/// Whether a line is short and flat enough to be parsed: the parsers of JSON
/// and of attributes call themselves for every bracket.
bool mayBeRecord(llvm::StringRef line);

/// Schedules read from files of JSON records, one a line:
/// {"kernel": KEY, "target": NAME, "schedule": "#tsk.schedule<...>"}, and where
/// `tessera tune` wrote them also "machine", "default_ns" and "ns".
class ScheduleFile {
public:
  /// Reads `path` over what was read before. A record that does not parse is
  /// ignored with a warning on `where`, and so are those of another machine
  /// than `machine`, unless that is empty.
  llvm::LogicalResult read(llvm::StringRef path, llvm::StringRef machine,
                           mlir::Operation *where);

  /// What is recorded for the launch on `target`. Of several machines' records
  /// in one file the one with the greatest gain.
  std::optional<RecordedSchedule> lookup(kernel::LaunchOp launch,
                                         llvm::StringRef target) const;

private:
  llvm::StringMap<RecordedSchedule> records;
};

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_SCHEDULEFILE_H
