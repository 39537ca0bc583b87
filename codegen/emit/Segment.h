//===- Segment.h - weights as one more segment of a library -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_SEGMENT_H
#define TESSERA_CODEGEN_EMIT_SEGMENT_H

#include "codegen/emit/File.h"
#include "codegen/emit/Weights.h"

namespace tessera::emit {

/// Appends the weights to a linked library as a read-only segment and enters
/// them in its headers and descriptor. The library was linked with a
/// descriptor for WeightsPlace::segment.
llvm::Error appendWeights(const ArtifactDescription &artifact,
                          const PendingFile &library);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_SEGMENT_H
