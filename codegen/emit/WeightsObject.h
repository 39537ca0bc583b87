//===- WeightsObject.h - an object file around streamed bytes ---*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_WEIGHTSOBJECT_H
#define TESSERA_CODEGEN_EMIT_WEIGHTSOBJECT_H

#include "codegen/emit/Weights.h"

namespace tessera::emit {

/// Size of what writeWeightsObject writes; even, as archives need.
uint64_t weightsObjectBytes(const ArtifactDescription &artifact,
                            llvm::StringRef symbol);

/// Writes an ELF object whose one symbol, hidden, is the weights segment.
llvm::Error writeWeightsObject(const ArtifactDescription &artifact,
                               llvm::StringRef symbol,
                               llvm::raw_ostream &stream);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_WEIGHTSOBJECT_H
