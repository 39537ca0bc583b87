//===- Reference.h - what a model's values should be ------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_DIAGNOSE_REFERENCE_H
#define TESSERA_COMPILER_TOOLS_DIAGNOSE_REFERENCE_H

#include "compiler/import/Values.h"
#include "compiler/tools/TestCase.h"
#include "llvm/ADT/StringMap.h"

namespace tessera::tools {

/// Values by name and who computed them.
struct ReferenceValues {
  std::string source;
  llvm::StringMap<HostTensor> tensors;
};

/// The inputs and all `values` of a model for one data set. Asks ONNX Runtime,
/// then onnx's evaluator, in the Python that the environment variable
/// TESSERA_PYTHON names or that is found as `python3`; where neither works,
/// compiles the model without fusion and vectors.
llvm::Expected<ReferenceValues>
computeReference(const TestCase &test, const CompileOptions &options,
                 llvm::StringRef dataSet,
                 llvm::ArrayRef<import::ModelValue> values,
                 llvm::StringRef scratch);

/// Compiles `model` in the folder and runs it; the outputs.
llvm::Expected<std::vector<HostTensor>>
compileAndRun(CompileOptions options, llvm::StringRef model,
              std::vector<HostTensor> inputs, llvm::StringRef scratch);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_DIAGNOSE_REFERENCE_H
