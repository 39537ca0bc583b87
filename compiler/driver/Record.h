//===- Record.h - what a library remembers of its compilation ---*- C++ -*-===//
//
// JSON inside every library, compressed: the graph before fusion, the launches
// with their work and schedules, the buffers of the plan. Sizes are affine maps
// of the free dimensions; reading evaluates them. Only tools read it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_DRIVER_RECORD_H
#define TESSERA_COMPILER_DRIVER_RECORD_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <string>
#include <vector>

namespace tessera {

/// Operations of the imported graph with the operations they read; constants
/// are left out.
llvm::json::Array graphRecord(mlir::ModuleOp model);

/// Everything that does not depend on a target, from the plan, and the graph.
llvm::json::Object planRecord(mlir::ModuleOp plan, llvm::json::Array graph);

/// The schedules of one target's launches, and what `planRecord` tells where
/// the target has other launches than the plan.
llvm::json::Object variantRecord(mlir::ModuleOp scheduled,
                                 llvm::StringRef target, bool hasOwnSteps);

/// An operation of the model before fusion.
struct RecordedNode {
  std::string operation, name, type;
  /// Positions of the nodes whose results it reads.
  std::vector<int64_t> inputs;
};

struct RecordedBuffer {
  /// "arena", "weight", "argument" or "output".
  std::string kind;
  std::string name;
  /// In the workspace; -1 elsewhere.
  int64_t offset = -1;
  int64_t bytes = 0;
};

struct RecordedLaunch {
  std::string kernelClass, key, nodes, schedule, symbol;
  /// The name of the schedule's algorithm; empty for what has no schedule.
  std::string algorithm() const;
  double operations = 0, bytes = 0;
  /// Positions of the buffers it reads, then of those it writes.
  std::vector<int64_t> buffers;
  size_t inputs = 0;
  /// From the tuning file: nanoseconds of the default and of the recorded
  /// schedule; 0: the schedule is the default.
  double defaultTime = 0, tunedTime = 0;
};

/// A record at fixed sizes.
struct ModelRecord {
  std::vector<RecordedNode> graph;
  std::vector<RecordedBuffer> buffers;
  std::vector<RecordedLaunch> launches;
  int64_t workspaceBytes = -1, workspaceLowerBound = -1;
  /// Bytes of weights in forms that only further targets read.
  int64_t otherWeightsBytes = 0;
};

/// Evaluates a record for the values `given` of the free dimensions (missing
/// ones count as their least size) and the schedules of `target`.
llvm::Expected<ModelRecord> readRecord(llvm::StringRef text,
                                       llvm::ArrayRef<int64_t> given,
                                       llvm::StringRef target);

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_RECORD_H
