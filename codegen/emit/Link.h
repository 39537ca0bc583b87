//===- Link.h - lld as a function -------------------------------*- C++ -*-===//
//
// Links objects held in memory with the runtime's model part, which lies in
// the library folder beside the running program. Needs no toolchain: libc and
// libm are stood for by stubs that only know names, so that the result depends
// neither on the host's versions nor on anything else.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_LINK_H
#define TESSERA_CODEGEN_EMIT_LINK_H

#include "codegen/emit/Artifact.h"

namespace tessera::emit {

enum class LinkKind { shared, relocatable };

/// Links the artifact's objects and `extra` to the file `output`.
llvm::Error link(const ArtifactDescription &artifact,
                 llvm::ArrayRef<llvm::MemoryBufferRef> extra, LinkKind kind,
                 llvm::StringRef output);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_LINK_H
