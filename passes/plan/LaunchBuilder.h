//===- LaunchBuilder.h - launches of kernels and copies ---------*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_LAUNCHBUILDER_H
#define TESSERA_PASSES_PLAN_LAUNCHBUILDER_H

#include "mlir/IR/Builders.h"
#include "passes/plan/Place.h"

namespace tessera::plan {

/// A bool in memory that a launch depends on.
struct PlacedCondition {
  mlir::Value buffer;
  mlir::AffineMap offset;
  bool holds;
};

/// The launch of a kernel whose inputs and results lie at these places.
/// `guards[i]` is null where input i needs none.
void createLaunch(mlir::OpBuilder &builder, kernel::KernelOp kernel,
                  llvm::ArrayRef<Place> inputs, llvm::ArrayRef<Place> results,
                  llvm::ArrayRef<mlir::Attribute> guards,
                  llvm::ArrayRef<PlacedCondition> conditions);

/// The call for an operation of the library whose tensors lie at these places;
/// the last result is its scratch memory, if it has any.
void createCall(mlir::OpBuilder &builder, kernel::LibraryOp op,
                llvm::ArrayRef<Place> inputs, llvm::ArrayRef<Place> results);

/// Copies a tensor of these extents between two places.
void createCopy(mlir::OpBuilder &builder, mlir::Location loc, const Place &from,
                const Place &to, llvm::ArrayRef<mlir::AffineExpr> extents);

/// Fills the border of a range of the arena with its pad value.
void createBorderFills(mlir::OpBuilder &builder, mlir::Location loc,
                       const Storage &storage);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_LAUNCHBUILDER_H
