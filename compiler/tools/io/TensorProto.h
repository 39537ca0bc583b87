//===- TensorProto.h - ONNX tensors in .pb files ----------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_IO_TENSORPROTO_H
#define TESSERA_COMPILER_TOOLS_IO_TENSORPROTO_H

#include "compiler/tools/io/Tensor.h"

namespace tessera::tools {

/// Reads one serialised TensorProto.
llvm::Expected<HostTensor> parseTensorProto(llvm::StringRef data);

/// The serialised TensorProto.
std::string formatTensorProto(const HostTensor &tensor);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_IO_TENSORPROTO_H
