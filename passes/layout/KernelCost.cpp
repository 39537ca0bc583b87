//===- KernelCost.cpp - what an order of dimensions costs a kernel --------===//

#include "passes/layout/KernelCost.h"
#include "dialects/kernel/InnerInputs.h"
#include <cmath>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::layout {

/// Lanes of a vector; only ratios of costs matter.
static constexpr double kLanes = 16;
/// Rows of a register tile: how often a loaded operand of a contraction is
/// used.
static constexpr double kReuse = 6;
/// Storing lanes apart costs more than loading them.
static constexpr double kScatterFactor = 2;
/// A contraction along a dimension of its constant operand streams packed
/// panels; along another it broadcasts them.
static constexpr double kUnpackedFactor = 1.5;
/// A contraction in vectors along a reduction dimension has no reuse and ends
/// in sums across lanes.
static constexpr double kAcrossFactor = 3;

int64_t assumedValueOf(AffineExpr extent) {
  constexpr int64_t assumedExtent = 128;
  unsigned symbols = 0;
  extent.walk([&](AffineExpr e) {
    if (auto symbol = dyn_cast<AffineSymbolExpr>(e)) {
      symbols = std::max(symbols, symbol.getPosition() + 1);
    }
  });
  SmallVector<AffineExpr> values(
      symbols, getAffineConstantExpr(assumedExtent, extent.getContext()));
  auto value = constantOf(extent.replaceSymbols(values));
  return std::max<int64_t>(value.value_or(assumedExtent), 1);
}

unsigned lastDimOf(Value tensor) {
  Extents extents = extentsOf(tensor);
  for (unsigned d = extents.size(); d > 0; --d) {
    if (constantOf(extents[d - 1]) != 1) {
      return d - 1;
    }
  }
  return 0;
}

static bool usesDim(const LinearForm &form, unsigned dim) {
  return !form.coefficients[dim] || form.stride(dim) != 0;
}

void KernelCost::addAccess(Value tensor, AffineMap map, bool isInner,
                           bool isOutput, bool isGather) {
  Access access;
  access.tensor = tensor;
  access.isInner = isInner;
  access.isGather = isGather;
  access.isOutput = isOutput;
  access.isPacked = isInner && !isOutput && !isGather &&
                    isa_and_nonnull<arith::ConstantOp>(tensor.getDefiningOp());
  bool movesInReduction = false;
  for (AffineExpr coordinate : map.getResults()) {
    access.coordinates.push_back(linearFormOf(coordinate, map.getNumDims()));
    for (unsigned d = 0; d < extents.size(); ++d) {
      movesInReduction |=
          reductions[d] && usesDim(access.coordinates.back(), d);
    }
  }
  access.points = isInner || movesInReduction ? points : parallelPoints;
  hasPacked |= access.isPacked;
  accesses.push_back(std::move(access));
}

KernelCost::KernelCost(KernelOp kernel) {
  for (unsigned d = 0; d < kernel.getNumDims(); ++d) {
    extents.push_back(assumedValueOf(kernel.getExtents().getResult(d)));
    reductions.push_back(kernel.getIterator(d) == IteratorKind::reduction);
    points *= extents.back();
    parallelPoints *= reductions.back() ? 1 : extents.back();
  }
  Block &body = kernel.getBody().front();
  SmallVector<bool> inner = innerInputs(body);
  for (unsigned i = 0; i < kernel.getInputs().size(); ++i) {
    if (!kernel.isWholeInput(i)) {
      addAccess(kernel.getInputs()[i], kernel.getInputMap(i), inner[i],
                /*isOutput=*/false, /*isGather=*/false);
    }
  }
  for (auto gather : body.getOps<GatherOp>()) {
    auto source = cast<BlockArgument>(gather.getSource());
    addAccess(kernel.getInputs()[source.getArgNumber()], gather.getMap(),
              inner[source.getArgNumber()], /*isOutput=*/false,
              /*isGather=*/true);
  }
  unsigned innerReads = 0;
  for (const Access &access : accesses) {
    innerReads += access.isInner && !access.isGather;
  }
  isContraction = innerReads > 1 && points > parallelPoints;
  for (unsigned o = 0; o < kernel.getNumResults(); ++o) {
    addAccess(kernel.getResult(o), kernel.getOutputMap(o), /*isInner=*/false,
              /*isOutput=*/true, /*isGather=*/false);
  }
}

double KernelCost::accessCost(const Access &access, unsigned dim,
                              unsigned innermost) const {
  constexpr double contiguous = 1, broadcast = 0.3;
  if (access.isPacked) {
    return contiguous;
  }
  bool moves = false, strided = false;
  for (auto [d, form] : llvm::enumerate(access.coordinates)) {
    if (usesDim(form, dim)) {
      moves = true;
      strided |= d != innermost || form.stride(dim) != 1;
    }
  }
  if (!moves) {
    // Computed coordinates may move along any dimension.
    return access.isGather ? kLanes / 2 : broadcast;
  }
  if (!strided) {
    return contiguous;
  }
  if (access.isOutput) {
    return kLanes * kScatterFactor;
  }
  return access.isInner && isContraction ? kLanes / kReuse : kLanes;
}

double
KernelCost::costAlong(unsigned dim,
                      llvm::function_ref<unsigned(Value)> innermost) const {
  double cost = points / kLanes;
  bool inPacked = false;
  for (const Access &access : accesses) {
    cost += access.points / kLanes *
            accessCost(access, dim, innermost(access.tensor));
    inPacked |= access.isPacked &&
                llvm::any_of(access.coordinates, [&](const LinearForm &form) {
                  return usesDim(form, dim);
                });
  }
  if (isContraction && reductions[dim]) {
    cost *= kAcrossFactor;
  } else if (hasPacked && !inPacked) {
    cost *= kUnpackedFactor;
  }
  // Lanes that have nothing to do in the last vector of a row.
  return cost * std::ceil(extents[dim] / kLanes) * kLanes / extents[dim];
}

double
KernelCost::costFor(llvm::function_ref<unsigned(Value)> innermost) const {
  double best = points;
  for (const Access &access : accesses) {
    best += access.points;
  }
  for (unsigned d = 0; d < extents.size(); ++d) {
    best = std::min(best, costAlong(d, innermost));
  }
  return best;
}

} // namespace tessera::layout
