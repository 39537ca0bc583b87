//===- TimeInModel.h - kernels' times within their model --------*- C++ -*-===//
//
// A kernel that is run again and again finds its inputs in the nearest cache;
// within a model they come from where the kernel before left them. Which of two
// schedules is faster can differ.
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

/// Nanoseconds that all launches of a kernel take in one run of the model, with
/// its default schedule and with the recorded one.
struct TimeInModel {
  double standard = 0, recorded = 0;
};

/// Compiles the model with default schedules and with those of the file
/// `records`, and runs both in turn on random inputs for `seconds`, at least a
/// few times; `sizes` (NAME=N) are those of free dimensions. The times by
/// kernel. An error when the model cannot be run like this, or once `stop` is
/// set.
llvm::Expected<llvm::StringMap<TimeInModel>>
timeInModel(const CompileOptions &options, llvm::StringRef records,
            llvm::ArrayRef<std::string> sizes, double seconds,
            const std::atomic<bool> *stop = nullptr);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_TIMEINMODEL_H
