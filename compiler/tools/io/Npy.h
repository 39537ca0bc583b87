//===- Npy.h - numpy's .npy files -------------------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_IO_NPY_H
#define TESSERA_COMPILER_TOOLS_IO_NPY_H

#include "compiler/tools/io/Tensor.h"

namespace tessera::tools {

/// Reads versions 1 to 3 in C and Fortran order, little endian.
llvm::Expected<HostTensor> parseNpy(llvm::StringRef data);

/// The file's contents, version 1.
std::string formatNpy(const HostTensor &tensor);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_IO_NPY_H
