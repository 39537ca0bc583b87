//===- ChainBuilder.h - the loop that computes a chain ----------*- C++ -*-===//

#ifndef TESSERA_PASSES_PLAN_CHAINBUILDER_H
#define TESSERA_PASSES_PLAN_CHAINBUILDER_H

#include "passes/plan/BlockSizes.h"
#include "passes/plan/ChainMatch.h"

namespace tessera::plan {

/// Replaces the three launches of the chain by a loop over blocks of this size,
/// in the place of the last of them. Chains that are no softmax need blocks of
/// all keys. `firstSymbol` is the first symbol that the module does not use.
void buildBlocks(const Chain &chain, const BlockSizes &block,
                 unsigned firstSymbol);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_CHAINBUILDER_H
