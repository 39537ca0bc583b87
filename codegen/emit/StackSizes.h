//===- StackSizes.h - how much stack generated code needs -------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_STACKSIZES_H
#define TESSERA_CODEGEN_EMIT_STACKSIZES_H

#include "codegen/emit/Artifact.h"

namespace tessera::emit {

/// A bound on the stack that one call of the model needs, from the frame sizes
/// that LLVM notes in the objects.
llvm::Expected<uint64_t> stackBytesOf(const ArtifactDescription &artifact,
                                      uint64_t scratchWords);

/// The object without its frame sizes, which no library needs; null when it
/// has none.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
withoutStackSizes(llvm::MemoryBufferRef object);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_STACKSIZES_H
