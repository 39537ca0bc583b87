//===- KernelPoints.h - points that kernels gain or lose --------*- C++ -*-===//
//
// Kernels of convolutions that give the same results with a few points more or
// less, and are faster; the window's pads change with them.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_KERNELPOINTS_H
#define TESSERA_COMPILER_IMPORT_KERNELPOINTS_H

#include "compiler/import/Term.h"
#include "compiler/import/Window.h"

namespace tessera::import {

/// The kernel of a transposed convolution with zeros behind it, so that each
/// remainder of a position by the stride meets as many of its points, and pads
/// that cut off what they add. Read outside of its extents, a constant kernel
/// could not be stored in panels.
Term wholeSteps(const Term &kernel, Window &window);

/// The kernel of a convolution over an input of extents `input` without points
/// at its ends that meet only the border, as those of large dilations over
/// small images do, and pads that make up for them.
Term withoutIdlePoints(Term kernel, llvm::ArrayRef<mlir::AffineExpr> input,
                       Window &window);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_KERNELPOINTS_H
