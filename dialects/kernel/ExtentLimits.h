//===- ExtentLimits.h - which extents are refused ---------------*- C++ -*-===//
//
// Sizes come from files that nobody vouches for. Past these limits products
// overflow, and expressions take longer to simplify than anybody waits.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_EXTENTLIMITS_H
#define TESSERA_DIALECTS_KERNEL_EXTENTLIMITS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/ArrayRef.h"
#include <string>

namespace tessera::kernel {

/// No tensor has more bytes.
inline constexpr int64_t kMostBytes = int64_t(1) << 40;
/// Twice the rank that models may have: some operators see an axis as two.
inline constexpr int64_t kMostAxes = 32;

/// Whether expressions have so few parts that they can be computed with.
bool areShort(llvm::ArrayRef<mlir::AffineExpr> exprs);

/// What is wrong with the extents of a tensor; empty when they are fine.
std::string problemOfType(mlir::RankedTensorType type);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_EXTENTLIMITS_H
