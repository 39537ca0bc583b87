//===- ChainLoop.h - the loops over the blocks of a chain -------*- C++ -*-===//
//
// A loop over blocks of queries, of which several may run at the same time, and
// inside it, where a block does not have all keys, one over blocks of those.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_CHAINLOOP_H
#define TESSERA_PASSES_PLAN_CHAINLOOP_H

#include "mlir/IR/Builders.h"
#include "passes/plan/BlockSizes.h"
#include "passes/plan/ChainMatch.h"

namespace tessera::plan {

/// Memory that each run of the loop has a part of.
struct Scratch {
  mlir::Value buffer;
  /// Where the part of the present run starts.
  mlir::AffineExpr start;
};

class ChainLoop {
public:
  /// Creates the loop over blocks of queries; from then on `builder` builds
  /// what it repeats. `firstSymbol` is the first one that is not in use.
  ChainLoop(mlir::OpBuilder &builder, mlir::Location loc, const Chain &chain,
            const BlockSizes &block, unsigned firstSymbol);

  /// Where the present run is along the chain's outer axes.
  llvm::SmallVector<mlir::AffineExpr> outer;
  /// The first query and key of the block, and how many it has; outside of the
  /// loop over keys these are all keys.
  mlir::AffineExpr queryStart, queries, keyStart, keys;

  /// Whether keys come in several blocks.
  bool hasKeyBlocks() const;

  /// Creates the loop over blocks of keys, which `builder` then fills.
  void enterKeys();

  /// Lets `builder` go on behind the loop over blocks of keys.
  void leaveKeys();

  /// The operation directly in the loop over queries that is or holds `launch`.
  mlir::Operation *stepAround(mlir::Operation *launch);

  /// Memory for this many elements of each run.
  Scratch createScratch(mlir::Type element, int64_t elements);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  BlockSizes block;
  mlir::AffineExpr keyExtent, keyBlocks;
  unsigned nextSymbol;
  kernel::LoopOp loop;
  /// Which of the runs at the same time this one is.
  mlir::AffineExpr run;
};

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_CHAINLOOP_H
