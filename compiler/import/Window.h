//===- Window.h - what convolutions and pools share -------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_WINDOW_H
#define TESSERA_COMPILER_IMPORT_WINDOW_H

#include "compiler/import/Node.h"

namespace tessera::import {

/// Strides, dilations and explicit pads (before..., after...) of a window.
struct Window {
  llvm::SmallVector<int64_t> strides, dilations;
  llvm::SmallVector<mlir::AffineExpr> kernel, pads;

  /// Elements from the first to the last under the window along axis i.
  mlir::AffineExpr span(unsigned i) const;
};

/// Reads a window over the spatial axes of input 0. Padding rules (auto_pad)
/// become explicit amounts.
mlir::FailureOr<Window> readWindow(Node &node,
                                   llvm::ArrayRef<mlir::AffineExpr> kernel);
mlir::FailureOr<Window> readWindow(Node &node, llvm::ArrayRef<int64_t> kernel);

/// Notes that the extents of input 0 hold at least one position of a window.
void needOnePosition(Node &node, const Window &window);

/// The spatial extents of the weight, input `weight` of a convolution; those
/// that `kernel_shape` gives are no longer free afterwards.
mlir::FailureOr<llvm::SmallVector<mlir::AffineExpr>> kernelOf(Node &node,
                                                              unsigned weight);

/// An attribute with one value for each of `count` axes.
mlir::FailureOr<llvm::SmallVector<int64_t>>
perAxis(Node &node, llvm::StringRef attribute, size_t count, int64_t byDefault);

/// The convolution of `x` with `w` and, unless null, a bias by the attributes
/// of the node, whose inputs 0 and `weight` have their shapes. Outside of `x`,
/// which has integers then, `padValue` is read.
mlir::Value convolution(Node &node, unsigned weight, mlir::Value x,
                        mlir::Value w, mlir::Value bias, int64_t padValue = 0);

/// The averages of windows of `x`, which has the shape of input 0.
mlir::Value averagePool(Node &node, mlir::Value x);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_WINDOW_H
