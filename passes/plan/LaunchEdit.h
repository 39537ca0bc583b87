//===- LaunchEdit.h - launches rewritten for other spaces -------*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_LAUNCHEDIT_H
#define TESSERA_PASSES_PLAN_LAUNCHEDIT_H

#include "dialects/kernel/Extents.h"
#include "mlir/IR/Builders.h"

namespace tessera::plan {

/// Another space of points for a launch.
struct NewSpace {
  /// What each old dimension is, over the new dimensions and symbols.
  llvm::SmallVector<mlir::AffineExpr> dims;
  kernel::Extents extents;
  llvm::SmallVector<kernel::IteratorKind> iterators;
};

/// Gives the launch these dimensions; accesses, guards and body follow.
void rewriteDimensions(kernel::LaunchOp launch, const NewSpace &space);

/// Adds an input that is read at `offset`; returns what the body reads.
mlir::BlockArgument addInput(kernel::LaunchOp launch, mlir::Value buffer,
                             mlir::AffineExpr offset);

/// Adds an input of one number; returns what the body reads.
mlir::BlockArgument addNumber(kernel::LaunchOp launch, mlir::FloatAttr value);

/// Makes input `i` another buffer, read at `offset`.
void replaceInput(kernel::LaunchOp launch, unsigned i, mlir::Value buffer,
                  mlir::AffineExpr offset);

/// Removes an input that the body does not read.
void eraseInput(kernel::LaunchOp launch, unsigned i);

/// Makes `values`, stored at `offsets` in `buffers`, the launch's outputs.
void setOutputs(kernel::LaunchOp launch, mlir::ValueRange buffers,
                llvm::ArrayRef<mlir::AffineExpr> offsets,
                mlir::ValueRange values);

/// A launch over parallel dimensions without inputs and with an empty body;
/// `setOutputs` completes it.
kernel::LaunchOp createEmptyLaunch(mlir::OpBuilder &builder, mlir::Location loc,
                                   llvm::ArrayRef<mlir::AffineExpr> extents);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_LAUNCHEDIT_H
