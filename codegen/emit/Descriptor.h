//===- Descriptor.h - the constant that describes a model -------*- C++ -*-===//
//
// Builds, as a small LLVM module, what stands between the exported functions
// and the runtime: the tsr_descriptor, one thin wrapper for each entry point,
// and the notes by which the loader and this folder find their way.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_DESCRIPTOR_H
#define TESSERA_CODEGEN_EMIT_DESCRIPTOR_H

#include "codegen/emit/Weights.h"

namespace tessera::emit {

/// Where a library finds its weights.
enum class WeightsPlace {
  none,
  /// A segment appended after linking: offset and identity are patched in.
  segment,
  /// A section of an object that defines `<prefix>_generated_weights`.
  object,
  /// A file beside the library.
  file,
};

struct WeightsPlacement {
  WeightsPlace place = WeightsPlace::none;
  WeightsIdentity identity;
  /// For `file`.
  std::string fileName;
};

/// Note whose header becomes that of the weights segment. Its alignment keeps
/// it out of the other notes' header.
inline constexpr llvm::StringLiteral kWeightsNote = ".note.tessera.weights";

/// The object with descriptor, wrappers and notes.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
descriptorObject(const ArtifactDescription &artifact,
                 const WeightsPlacement &weights);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_DESCRIPTOR_H
