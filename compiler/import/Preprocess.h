//===- Preprocess.h - from images to what a model takes ---------*- C++ -*-===//
//
// Resizing, cropping and normalising as operations in front of the model, which
// fuse with it like any others.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_PREPROCESS_H
#define TESSERA_COMPILER_IMPORT_PREPROCESS_H

#include "compiler/import/PreprocessRule.h"
#include "compiler/import/Term.h"

namespace tessera::import {

/// A letter an axis: N (images), C (channels), H (rows), W (columns). One of
/// the two may lack N.
struct ImageLayouts {
  std::string image, model;
};

/// What the rule makes of images: a tensor of `element` (floats) in the model's
/// layout. Computed in f32; problems are the node's.
Term preprocess(const Term &pixels, const PreprocessRule &rule,
                const ImageLayouts &layouts, int64_t channels,
                mlir::Type element);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_PREPROCESS_H
