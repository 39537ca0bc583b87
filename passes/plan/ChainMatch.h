//===- ChainMatch.h - contraction, row, contraction -------------*- C++ -*-===//
//
// Finds launches S = Q.K, P = rows of S, O = P.V whose scores S and P nothing
// else needs, by iterators and maps alone.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_CHAINMATCH_H
#define TESSERA_PASSES_PLAN_CHAINMATCH_H

#include "dialects/kernel/Extents.h"

namespace tessera::plan {

/// A dimension of the scores, and which dimension of each launch it is; -1: it
/// has one point there.
struct ChainAxis {
  mlir::AffineExpr extent;
  int64_t scores = -1, rows = -1, products = -1;
};

/// `e = exp(x - max x)`, `e / sum e` in the body of a row kernel.
struct SoftmaxBody {
  kernel::ReduceOp maximum, sum;
  /// The exponential that is summed.
  mlir::Value exponential;
};

struct Chain {
  kernel::LaunchOp scores, rows, products;
  /// The inputs of `rows` and `products` that are the launch's before them.
  unsigned rowsInput = 0, productsInput = 0;
  /// Which rows of scores are blocked, what is reduced, and the rest.
  ChainAxis query, key;
  llvm::SmallVector<ChainAxis> outer;
  /// Set when the rows are a softmax whose division can wait until after the
  /// products.
  std::optional<SoftmaxBody> softmax;
};

/// The chain around this row kernel; null when there is none.
std::optional<Chain> matchChain(kernel::LaunchOp rows);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_CHAINMATCH_H
