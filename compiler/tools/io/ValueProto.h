//===- ValueProto.h - ONNX sequences and optionals in .pb files -*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_IO_VALUEPROTO_H
#define TESSERA_COMPILER_TOOLS_IO_VALUEPROTO_H

#include "compiler/tools/io/Tensor.h"

namespace tessera::tools {

/// A recorded value: a tensor, the values of a sequence, or nothing.
struct HostValue {
  enum Kind { tensor, sequence, nothing } kind = nothing;
  HostTensor own;
  std::vector<HostValue> elements;
};

/// Reads one serialised SequenceProto. The file decides how many elements there
/// are up to a limit, and how deeply they are nested.
llvm::Expected<HostValue> parseSequenceProto(llvm::StringRef data);

/// Reads one serialised OptionalProto.
llvm::Expected<HostValue> parseOptionalProto(llvm::StringRef data);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_IO_VALUEPROTO_H
