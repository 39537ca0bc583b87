//===- FastestInModel.h - which schedules win within the model --*- C++ -*-===//
//
// What wins alone may lose within its model, and of several that win the
// fastest alone need not be the fastest there.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H
#define TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H

#include "compiler/driver/CompileOptions.h"
#include "compiler/tools/FasterTogether.h"
#include "compiler/tools/RecordFiles.h"
#include "compiler/tools/TimeInModel.h"
#include "compiler/tools/TuneSummary.h"
#include <atomic>

namespace tessera::tools {

/// Times of the first of these versions, at least two, from about so many
/// seconds.
using TimeVersions =
    llvm::function_ref<llvm::Expected<std::vector<TimedVersion>>(
        llvm::ArrayRef<Choice>, double seconds)>;

/// Records for each kernel that has schedules faster than the default the one
/// that is the fastest within the model; the default where none is faster by
/// 1 %, and where the model as a whole is not faster for it. A comparison that
/// fails is a warning, unless `stop` ended it: records stay as they are where
/// it was the first, and have what is known to be faster where it was a later
/// one, which is each kernel's fastest as long as these were not compared
/// together.
KeptInModel keepFastest(llvm::MutableArrayRef<ModelKernel> kernels,
                        RecordFiles &files, TimeVersions time, double seconds,
                        const std::atomic<bool> &stop);

/// The same with times of the model, run on random inputs with `sizes` (NAME=N)
/// for free dimensions.
KeptInModel keepFastestInModel(llvm::MutableArrayRef<ModelKernel> kernels,
                               RecordFiles &files,
                               const CompileOptions &compilation,
                               llvm::ArrayRef<std::string> sizes,
                               double seconds, const std::atomic<bool> &stop);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_FASTESTINMODEL_H
