//===- LinearForm.h - element offsets that are sums of steps ----*- C++ -*-===//
//
// An access map of a launch gives one element offset. Where it is linear in a
// dimension, moving along that dimension adds a coefficient; register tiles
// turn this into constant displacements and decide what is a vector load.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_LINEARFORM_H
#define TESSERA_DIALECTS_KERNEL_LINEARFORM_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace tessera::kernel {

/// `sum of coefficients[d] * d + rest`; `rest` may use the dimensions whose
/// coefficient is null.
struct LinearForm {
  llvm::SmallVector<mlir::AffineExpr> coefficients;
  mlir::AffineExpr rest;

  bool isLinear() const {
    return llvm::all_of(coefficients,
                        [](mlir::AffineExpr e) { return bool(e); });
  }
  /// The coefficient when it is a known number.
  std::optional<int64_t> stride(unsigned dim) const;
  /// Whether the access moves along `dim`.
  bool uses(unsigned dim) const { return stride(dim) != 0; }
};

/// Splits `expr`, an expression over `dims` dimensions and symbols.
LinearForm linearFormOf(mlir::AffineExpr expr, unsigned dims);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_LINEARFORM_H
