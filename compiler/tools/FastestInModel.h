//===- FastestInModel.h - which schedules win within the model --*- C++ -*-===//
//
// What wins alone may lose within its model, and of several that win the
// fastest alone need not be the fastest there.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H
#define TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H

#include "compiler/driver/CompileOptions.h"
#include "compiler/tools/RecordFiles.h"
#include "compiler/tools/TuneSummary.h"
#include <atomic>

namespace tessera::tools {

/// Records for each kernel that has schedules faster than the default the one
/// that is the fastest within the model, run for about `seconds` on random
/// inputs with `sizes` (NAME=N) for free dimensions; the default where none is
/// faster by 1 %, and where the model as a whole is not faster for it. A model
/// that cannot be run so is a warning, and the records stay as they are; so
/// they do once `stop` is set.
llvm::Expected<KeptInModel>
keepFastestInModel(llvm::MutableArrayRef<ModelKernel> kernels,
                   RecordFiles &files, const CompileOptions &compilation,
                   llvm::ArrayRef<std::string> sizes, double seconds,
                   const std::atomic<bool> &stop);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H
