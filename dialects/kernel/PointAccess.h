//===- PointAccess.h - coordinates at the points of a nest ------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_POINTACCESS_H
#define TESSERA_DIALECTS_KERNEL_POINTACCESS_H

#include "mlir/IR/AffineExpr.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVector.h"

namespace tessera::kernel {

/// The value of the expression; divisions round down and by zero give zero.
int64_t evaluate(mlir::AffineExpr expr, llvm::ArrayRef<int64_t> dims,
                 llvm::ArrayRef<int64_t> symbols);

/// Coordinates as functions of the point; linear ones are a row of factors.
class Access {
public:
  Access(llvm::ArrayRef<mlir::AffineExpr> exprs, unsigned dims,
         llvm::ArrayRef<int64_t> symbols);

  llvm::ArrayRef<int64_t> at(llvm::ArrayRef<int64_t> point);

private:
  llvm::SmallVector<mlir::AffineExpr> exprs;
  llvm::ArrayRef<int64_t> symbols;
  llvm::SmallVector<llvm::SmallVector<int64_t>> rows;
  llvm::SmallVector<int64_t> coordinates;
};

/// Counts through the points of some dimensions, the last one fastest.
class Points {
public:
  Points(llvm::ArrayRef<unsigned> dims, llvm::ArrayRef<int64_t> extents)
      : dims(dims), extents(extents) {}

  /// Moves to the first point; false when there is none.
  bool first(llvm::MutableArrayRef<int64_t> point) const {
    bool any = true;
    for (unsigned d : dims) {
      point[d] = 0;
      any &= extents[d] > 0;
    }
    return any;
  }

  bool next(llvm::MutableArrayRef<int64_t> point) const {
    for (unsigned d : llvm::reverse(dims)) {
      if (++point[d] < extents[d]) {
        return true;
      }
      point[d] = 0;
    }
    return false;
  }

  int64_t count() const {
    int64_t total = 1;
    for (unsigned d : dims) {
      total *= extents[d];
    }
    return total;
  }

  llvm::ArrayRef<unsigned> getDims() const { return dims; }

private:
  llvm::SmallVector<unsigned> dims;
  llvm::ArrayRef<int64_t> extents;
};

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_POINTACCESS_H
