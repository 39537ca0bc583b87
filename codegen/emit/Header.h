//===- Header.h - the C header beside a library -----------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_HEADER_H
#define TESSERA_CODEGEN_EMIT_HEADER_H

#include "codegen/emit/Artifact.h"
#include "codegen/emit/File.h"

namespace tessera::emit {

/// Gives the weights file (if any), the header (unless its path is empty) and
/// the library their names: the library last, so that it is never seen alone.
llvm::Error commitWithHeader(const ArtifactDescription &artifact,
                             llvm::StringRef headerPath, PendingFile *weights,
                             PendingFile &library);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_HEADER_H
