//===- Placement.h - decides the place of every tensor ----------*- C++ -*-===//
//
// Walks the function backwards, so that every consumer has said where it wants
// an operand before the operand's producer is asked.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_PLACEMENT_H
#define TESSERA_PASSES_PLAN_PLACEMENT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "passes/plan/DefinedSizes.h"
#include "passes/plan/Place.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/MapVector.h"
#include <memory>

namespace tessera::plan {

class Placement {
public:
  Placement(mlir::func::FuncOp func, bool halo);

  /// The place of a tensor; every tensor has one.
  const Place &placeOf(mlir::Value tensor) const { return places.at(tensor); }

  /// The place that an operand of a concatenation must be copied to, or null
  /// when its producer writes it there.
  const Place *copyOf(mlir::OpOperand &operand) const {
    auto found = copies.find(&operand);
    return found == copies.end() ? nullptr : &found->second;
  }

  /// A new range of the arena for a tensor of these extents.
  Place freshPlace(mlir::Type element, llvm::ArrayRef<mlir::AffineExpr> extents,
                   llvm::ArrayRef<int64_t> order,
                   llvm::ArrayRef<int64_t> border = {},
                   mlir::TypedAttr pad = {});

  /// All memory in use, in a fixed order.
  llvm::ArrayRef<std::unique_ptr<Storage>> storages() const { return all; }

private:
  void placeArguments();
  void placeConstants();
  void visit(mlir::func::ReturnOp op);
  void visit(kernel::ConcatOp op);
  void visit(kernel::ReshapeOp op);
  void visit(kernel::KernelOp op);
  void visit(kernel::LibraryOp op);
  void placeReshapes();

  bool isKnownInTime(mlir::Operation *producer, const Place &place) const;
  /// Asks the producer of `operand` to write to `place`.
  void request(mlir::OpOperand &operand, const Place &place);
  /// A range of its own for a tensor nobody asked for.
  void placeFresh(mlir::Value tensor);
  Storage *newStorage(Storage::Kind kind, mlir::Type element);

  mlir::func::FuncOp func;
  bool halo;
  DefinedSizes sizes;
  llvm::SmallVector<std::unique_ptr<Storage>> all;
  llvm::DenseMap<mlir::Value, Place> places;
  llvm::DenseMap<mlir::OpOperand *, Place> copies;
  llvm::DenseMap<mlir::Attribute, Storage *> constants;
};

/// The order in memory of a tensor's dimensions, outermost first, as its
/// producer's `layouts` say; a concatenation follows its largest operand.
llvm::SmallVector<int64_t> orderOf(mlir::Value tensor);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_PLACEMENT_H
