//===- DefinedSizes.h - which sizes a run knows when ------------*- C++ -*-===//
//
// Some dimensions are known only behind the call that computes them. Whatever
// depends on one has to come later: a place within a tensor, and the check that
// the caller's memory is large enough for an output.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_DEFINEDSIZES_H
#define TESSERA_PASSES_PLAN_DEFINEDSIZES_H

#include "dialects/kernel/Library.h"
#include "llvm/ADT/DenseMap.h"

namespace tessera::plan {

class DefinedSizes {
public:
  /// Of the calls in a block, of the library or of a plan.
  DefinedSizes(mlir::ModuleOp module, mlir::Block &block);

  /// The calls that compute what the expressions depend on, each once.
  llvm::SmallVector<mlir::Operation *>
  callsFor(llvm::ArrayRef<mlir::AffineExpr> exprs) const;

  /// Whether all these calls come before an operation of the block.
  bool areKnownAt(mlir::Operation *op,
                  llvm::ArrayRef<mlir::AffineExpr> exprs) const;

private:
  mlir::ModuleOp module;
  unsigned dimensionCount;
  /// By the dimension's number.
  llvm::DenseMap<int64_t, mlir::Operation *> calls;
};

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_DEFINEDSIZES_H
