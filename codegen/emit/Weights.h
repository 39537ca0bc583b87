//===- Weights.h - streams the weights segment to a file --------*- C++ -*-===//
//
// Weights go from their source to the file in one pass and are never held in
// memory as a whole; their hash is taken on the way.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_WEIGHTS_H
#define TESSERA_CODEGEN_EMIT_WEIGHTS_H

#include "codegen/emit/Artifact.h"
#include "llvm/Support/raw_ostream.h"

namespace tessera::emit {

/// What the descriptor says about a written segment.
struct WeightsIdentity {
  /// Padded to TSR_ALIGNMENT.
  uint64_t bytes = 0;
  uint64_t hash = 0;
  /// Pairs a library with its weights file.
  uint64_t buildId = 0;
};

/// Bytes of the segment in the file: the weights, padded.
uint64_t paddedWeightsBytes(const ArtifactDescription &artifact);

/// Writes the segment at the stream's position.
llvm::Expected<WeightsIdentity>
streamWeights(const ArtifactDescription &artifact, llvm::raw_ostream &stream);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_WEIGHTS_H
