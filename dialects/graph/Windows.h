//===- Windows.h - geometry of sliding windows ------------------*- C++ -*-===//
//
// Convolutions and poolings share it: extents of the result, and coordinates
// of the element under each point of the window.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_WINDOWS_H
#define TESSERA_DIALECTS_GRAPH_WINDOWS_H

#include "dialects/graph/Shapes.h"

namespace tessera::graph {

/// A window of `kernel` points along each spatial axis.
struct Window {
  Extents input, kernel, pads;
  llvm::ArrayRef<int64_t> strides, dilations;
  bool ceilMode = false;

  unsigned rank() const { return input.size(); }
  mlir::AffineExpr before(unsigned i) const { return pads[i]; }
  mlir::AffineExpr after(unsigned i) const { return pads[rank() + i]; }
  /// Elements from the window's first to its last, inclusive.
  mlir::AffineExpr span(unsigned i) const;
  /// How many windows there are along axis i.
  mlir::AffineExpr outputExtent(unsigned i) const;
  /// The element under point `k` of window `o` along axis i.
  mlir::AffineExpr coordinate(unsigned i, mlir::AffineExpr o,
                              mlir::AffineExpr k) const;
  /// Whether a window may reach outside the tensor.
  bool reachesOutside() const;
};

/// Checks the attributes' lengths and ranges.
llvm::LogicalResult checkWindow(MaybeLocation location, const Window &window);

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_WINDOWS_H
