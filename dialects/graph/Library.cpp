//===- Library.cpp - operators that the runtime's library computes --------===//

#include "dialects/kernel/Library.h"
#include "dialects/graph/Graph.h"

using namespace mlir;
using namespace tessera;

void graph::LibraryOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  kernel::addDefinitionEffects(getExtents(), getElements(), effects);
}

LogicalResult graph::LibraryOp::verify() {
  return kernel::verifyLibrary(*this, getPositions(), getExtents(),
                               getElements());
}

FailureOr<SmallVector<Value>> graph::LibraryOp::lower(OpBuilder &builder) {
  auto call = kernel::LibraryOp::create(
      builder, getLoc(), getResultTypes(), getFunctionAttr(), getInputs(),
      getPositionsAttr(), getParametersAttr(), getExtentsAttr(),
      getElementsAttr(), getScratchAttr());
  return SmallVector<Value>(call.getResults());
}
