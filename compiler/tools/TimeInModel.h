//===- TimeInModel.h - kernels' times within their model --------*- C++ -*-===//
//
// A kernel that is run again and again finds its inputs in the nearest cache;
// within a model they come from where the kernel before left them. Which
// schedule is the fastest can differ.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_TIMEINMODEL_H
#define TESSERA_COMPILER_TOOLS_TIMEINMODEL_H

#include "compiler/driver/CompileOptions.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <atomic>

namespace tessera::tools {

/// Nanoseconds that all launches of a kernel take in one run of the model, by
/// the kernel's key.
using TimesInModel = llvm::StringMap<double>;

/// How long a version of the model took.
struct TimedVersion {
  TimesInModel kernels;
  /// Nanoseconds of a run of the model in each round of a comparison; those of
  /// all versions were measured one after the other.
  std::vector<double> rounds;
};

/// Compiles the model with the schedules of each file of records (an empty name
/// stands for defaults), and runs these versions in turn on random inputs for
/// `seconds`, at least a few times; `sizes` (NAME=N) are those of free
/// dimensions. The times of each version, in order; of the first two only where
/// compiling more takes half of the time. An error when the model cannot be run
/// like this, or once `stop` is set.
llvm::Expected<std::vector<TimedVersion>>
timeInModel(const CompileOptions &options, llvm::ArrayRef<std::string> records,
            llvm::ArrayRef<std::string> sizes, double seconds,
            const std::atomic<bool> *stop = nullptr);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_TIMEINMODEL_H
