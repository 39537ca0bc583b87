//===- Inputs.h - input tensors from the command line -----------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_INPUTS_H
#define TESSERA_COMPILER_TOOLS_INPUTS_H

#include "compiler/tools/Session.h"

namespace tessera::tools {

/// Options that run and bench share.
struct InputOptions {
  /// NAME=FILE.
  std::vector<std::string> files;
  /// NAME=N: free dimensions of inputs that are not given.
  std::vector<std::string> dimensions;
  /// Fills inputs that are not given.
  std::optional<uint64_t> seed;
};

/// One tensor for each of the model's inputs.
llvm::Expected<std::vector<HostTensor>> readInputs(const Session &session,
                                                   const InputOptions &options);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_INPUTS_H
