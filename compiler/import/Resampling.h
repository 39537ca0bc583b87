//===- Resampling.h - tensors of other sizes --------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_RESAMPLING_H
#define TESSERA_COMPILER_IMPORT_RESAMPLING_H

#include "compiler/import/Term.h"

namespace tessera::import {

/// The extents of the result and, unless these say it, the scale of each axis.
struct ResizeTarget {
  Sizes shape;
  llvm::SmallVector<float> scales;
};

/// How a tensor is resampled; what is missing are attributes of the node. Names
/// are those of ONNX.
struct Resampling {
  ResizeTarget target;
  std::string mode, coordinates, nearest;
  /// The region of interest: where each axis begins, and where it ends.
  llvm::SmallVector<float> region = {};
};

/// Reads few points for each element of the result.
Term resized(const Term &x, const Resampling &rule);

/// The same where an element of a smaller result stands for all that it covers:
/// with `antialias`. Smaller axes have known extents.
Term resizeSmoothly(const Term &x, const Resampling &rule);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_RESAMPLING_H
