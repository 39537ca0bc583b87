//===- Tune.h - what the kinds of tuning share ------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_TUNE_H
#define TESSERA_COMPILER_TOOLS_TUNE_H

#include "codegen/schedule/Target.h"
#include "codegen/tune/Machine.h"
#include "codegen/tune/TuneKernel.h"
#include "codegen/tune/TuningRecords.h"
#include "compiler/tools/CompileFlags.h"

namespace tessera::tools {

struct TuneOptions {
  std::string model, records, json;
  /// File of numbers that replace those of the target's row, or empty.
  std::string targetFacts;
  /// Seconds for everything.
  double budget = 60;
  /// NAME=N: sizes of free dimensions to measure at.
  std::vector<std::string> sizes;
  /// Files to merge into `records` in place of tuning.
  std::vector<std::string> merged;
  /// M, N, K of a product to tune in place of a model.
  std::vector<int64_t> product;
  std::string elementType = "f32";
  unsigned runs = 9, jobs = 0;
  bool again = false, isExhaustive = false, isCached = true;
  /// The product's matrices start one element beyond a cache line.
  bool isUnaligned = false;
  CompileFlags flags;
};

/// Where measurements happen.
struct Workshop {
  std::shared_ptr<const schedule::Target> target;
  tune::Machine machine;
  tune::Peaks peaks;

  /// Chooses the target and measures the machine's peaks. An error when this
  /// machine cannot run the target's code.
  static llvm::Expected<Workshop> create(const TuneOptions &options);

  /// The record of a result; `kernelClass` and `leastTime` (nanoseconds at the
  /// machine's peak) describe the kernel.
  tune::TuningRecord recordOf(const tune::TuneResult &result,
                              llvm::StringRef key, llvm::StringRef kernelClass,
                              double leastTime) const;
};

/// Set once the user interrupts; what was found until then is kept.
const std::atomic<bool> &interruption();

/// Tunes the kernels of a model; returns how the tool ends.
llvm::Expected<int> tuneModel(const TuneOptions &options);

/// Tunes one matrix product over a list of tiles.
llvm::Expected<int> tuneMatmul(const TuneOptions &options);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_TUNE_H
