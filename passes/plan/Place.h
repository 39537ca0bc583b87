//===- Place.h - where the elements of a tensor lie -------------*- C++ -*-===//
//
// A place is a strided view of a buffer: reshapes, concatenated pieces and
// tensors with a border differ only in offset and strides.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_PLACE_H
#define TESSERA_PASSES_PLAN_PLACE_H

#include "dialects/kernel/Extents.h"

namespace tessera::plan {

/// Memory with one owner: a model input or output, a constant, or a range of
/// the arena.
struct Storage {
  enum class Kind { argument, output, weight, arena };
  Kind kind;
  mlir::Type element;
  /// Position among the model's inputs or outputs.
  int64_t index = 0;
  /// The constant of a weight.
  mlir::ElementsAttr value;
  /// Number of elements of an arena range.
  mlir::AffineExpr elements;
  /// How an arena range with a border is laid out and what fills the border; of
  /// an output only its extents.
  kernel::Extents extents;
  llvm::SmallVector<int64_t> order, border;
  mlir::TypedAttr pad;
  /// The buffer, once created.
  mlir::Value buffer;
};

/// Where element `c` of a tensor lies: at `offset + sum(c[i] * strides[i])`.
struct Place {
  Storage *storage = nullptr;
  mlir::AffineExpr offset;
  llvm::SmallVector<mlir::AffineExpr> strides;
  /// For each dimension, how far outside the tensor the storage's pad can be
  /// read, on both sides.
  llvm::SmallVector<int64_t> border;

  /// The element offset of a point.
  mlir::AffineExpr at(llvm::ArrayRef<mlir::AffineExpr> coordinates) const;
};

/// A tensor of these extents, dense in the given order of dimensions
/// (outermost first), with a border of pad values on both sides. Neighbouring
/// rows share their border. `elements` receives the size of the memory.
Place densePlace(mlir::MLIRContext *context,
                 llvm::ArrayRef<mlir::AffineExpr> extents,
                 llvm::ArrayRef<int64_t> order, llvm::ArrayRef<int64_t> border,
                 mlir::AffineExpr &elements);

/// 0, 1 ... rank - 1.
llvm::SmallVector<int64_t> rowMajorOrder(unsigned rank);

/// Whether the elements lie side by side in row-major order.
bool isRowMajor(const Place &place, llvm::ArrayRef<mlir::AffineExpr> extents);

/// The same elements under another shape, when strides can express it.
std::optional<Place> reshapePlace(const Place &place,
                                  llvm::ArrayRef<mlir::AffineExpr> from,
                                  llvm::ArrayRef<mlir::AffineExpr> to);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_PLACE_H
