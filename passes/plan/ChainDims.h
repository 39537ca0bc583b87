//===- ChainDims.h - sizes and dimensions of a chain ------------*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_CHAINDIMS_H
#define TESSERA_PASSES_PLAN_CHAINDIMS_H

#include "passes/plan/BlockSizes.h"
#include "passes/plan/ChainMatch.h"

namespace tessera::plan {

/// The dimensions of the results that the scores do not have.
llvm::SmallVector<unsigned> columnsOf(const Chain &chain);

/// The dimensions of the scores' launch that it sums over.
llvm::SmallVector<unsigned> depthsOf(const Chain &chain);

/// The points of these dimensions together, where the number is fixed.
std::optional<int64_t> pointsIn(kernel::LaunchOp launch,
                                llvm::ArrayRef<unsigned> dims);

/// Whether input `i` of the scores' launch has a query's elements that are
/// summed, not those of different queries, side by side.
bool isTransposed(const Chain &chain, unsigned i);

/// The lengths of the chain as `chooseBlockSizes` wants them; null where the
/// sums of the results have no fixed size.
std::optional<ChainSizes> sizesOf(const Chain &chain);

/// How many scores the chain has at the least sizes of free dimensions.
int64_t leastScoresOf(const Chain &chain);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_CHAINDIMS_H
