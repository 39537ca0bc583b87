//===- GrowingBound.h - expressions that only grow with sizes ---*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_GROWINGBOUND_H
#define TESSERA_DIALECTS_KERNEL_GROWINGBOUND_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::kernel {

/// `coefficient * product`; the product of a constant is 1.
struct Term {
  mlir::AffineExpr product;
  int64_t coefficient;
};

/// The terms of a simplified expression.
llvm::SmallVector<Term> termsOf(mlir::AffineExpr expr);

/// An expression that is never less than `expr`, does not decrease with any
/// symbol, and has no negative coefficient. No symbol may be negative, as no
/// dimension is.
mlir::AffineExpr growingBound(mlir::AffineExpr expr);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_GROWINGBOUND_H
