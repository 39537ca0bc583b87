//===- WeightsFile.h - weights in a file beside the library -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_WEIGHTSFILE_H
#define TESSERA_CODEGEN_EMIT_WEIGHTSFILE_H

#include "codegen/emit/Descriptor.h"
#include "codegen/emit/File.h"

namespace tessera::emit {

/// Writes `<stem of library>.weights`, still under a temporary name, and fills
/// the placement for the library's descriptor.
llvm::Expected<PendingFile>
writeWeightsFile(const ArtifactDescription &artifact, llvm::StringRef library,
                 WeightsPlacement &placement);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_WEIGHTSFILE_H
