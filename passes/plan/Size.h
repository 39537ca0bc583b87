//===- Size.h - byte counts that may depend on free dimensions --*- C++ -*-===//
//
// A size is a sum of products of symbols with coefficients that are not
// negative, so it grows with every free dimension, and comparing coefficients
// decides whether one size is never more than another. Sizes of static models
// are plain numbers.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_SIZE_H
#define TESSERA_PASSES_PLAN_SIZE_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/SmallVector.h"
#include <array>

namespace tessera::plan {

/// One coefficient for each product of the basis; the first is the constant.
using Size = llvm::SmallVector<int64_t, 2>;

/// How many assumed extents plans are compared at: a usual one, then ones that
/// are short and long.
inline constexpr unsigned kSamples = 3;

/// The products of symbols that occur in the sizes of one module.
class SizeBasis {
public:
  explicit SizeBasis(mlir::ModuleOp module);

  /// The least size of this basis that is never less than `bytes`.
  Size sizeOf(mlir::AffineExpr bytes);
  mlir::AffineExpr exprOf(const Size &size) const;

  /// The value when every free dimension has an assumed extent, the `sample`-th
  /// of `kSamples`. Orders candidates only; correctness never depends on it.
  int64_t nominal(const Size &size, unsigned sample = 0) const;

  Size zero() const { return Size(products.size(), 0); }
  mlir::MLIRContext *context() const { return products[0].getContext(); }

private:
  unsigned indexOf(mlir::AffineExpr product);

  mlir::ModuleOp module;
  llvm::SmallVector<mlir::AffineExpr> products;
  /// For each product its value at every sample.
  llvm::SmallVector<std::array<int64_t, kSamples>> nominals;
};

/// Sizes of the same length.
bool neverMore(const Size &a, const Size &b);
Size sumOf(const Size &a, const Size &b);
/// The least size that is never less than either.
Size boundOf(const Size &a, const Size &b);

/// Adds a size to a set of which no member is never more than another; the
/// greatest member is the greatest of all sizes added.
void addPeak(llvm::SmallVectorImpl<Size> &peaks, Size size);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_SIZE_H
