//===- ChainDims.cpp - sizes and dimensions of a chain --------------------===//

#include "passes/plan/ChainDims.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Sizes.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

SmallVector<unsigned> columnsOf(const Chain &chain) {
  LaunchOp products = chain.products;
  SmallVector<unsigned> columns;
  for (unsigned d = 0; d < products.getNumDims(); ++d) {
    auto isThis = [&](const ChainAxis &axis) {
      return axis.products == int64_t(d);
    };
    if (!isThis(chain.query) && !isThis(chain.key) &&
        llvm::none_of(chain.outer, isThis) &&
        constantOf(products.getExtents().getResult(d)) != 1) {
      columns.push_back(d);
    }
  }
  return columns;
}

SmallVector<unsigned> depthsOf(const Chain &chain) {
  LaunchOp scores = chain.scores;
  SmallVector<unsigned> depths;
  for (unsigned d = 0; d < scores.getNumDims(); ++d) {
    if (scores.getIterator(d) == IteratorKind::reduction &&
        constantOf(scores.getExtents().getResult(d)) != 1) {
      depths.push_back(d);
    }
  }
  return depths;
}

std::optional<int64_t> pointsIn(LaunchOp launch, ArrayRef<unsigned> dims) {
  SmallVector<AffineExpr> extents;
  for (unsigned d : dims) {
    extents.push_back(launch.getExtents().getResult(d));
  }
  return constantOf(productOf(launch.getContext(), extents));
}

bool isTransposed(const Chain &chain, unsigned i) {
  LaunchOp scores = chain.scores;
  if (scores.isWholeInput(i) || !isa<UnitAttr>(scores.getGuards()[i])) {
    return false;
  }
  LinearForm form =
      linearFormOf(scores.getInputMap(i).getResult(0), scores.getNumDims());
  bool isSummed =
      llvm::any_of(depthsOf(chain), [&](unsigned d) { return form.uses(d); });
  return form.isLinear() && isSummed && !form.uses(chain.key.scores) &&
         form.uses(chain.query.scores) && form.stride(chain.query.scores) != 1;
}

std::optional<ChainSizes> sizesOf(const Chain &chain) {
  auto depth = pointsIn(chain.scores, depthsOf(chain)),
       columns = pointsIn(chain.products, columnsOf(chain));
  if (!depth || !columns) {
    return std::nullopt;
  }
  SmallVector<AffineExpr> outer;
  for (const ChainAxis &axis : chain.outer) {
    outer.push_back(axis.extent);
  }
  LaunchOp rows = chain.rows, scores = chain.scores;
  int64_t transposed = 0;
  for (unsigned i = 0; i < scores.getInputs().size(); ++i) {
    transposed += isTransposed(chain, i) ? *depth : 0;
  }
  Type stored =
           cast<BufferType>(scores.getOutputs()[0].getType()).getElementType(),
       summed =
           chain.softmax ? Value(chain.softmax->exponential).getType() : stored;
  return ChainSizes{constantOf(chain.query.extent),
                    constantOf(chain.key.extent),
                    constantOf(productOf(rows.getContext(), outer)),
                    transposed,
                    *columns,
                    std::max(storageBytesOf(stored), storageBytesOf(summed))};
}

int64_t leastScoresOf(const Chain &chain) {
  LaunchOp rows = chain.rows;
  SmallVector<AffineExpr> extents = {chain.query.extent, chain.key.extent};
  for (const ChainAxis &axis : chain.outer) {
    extents.push_back(axis.extent);
  }
  auto plan = rows->getParentOfType<ModuleOp>();
  SmallVector<int64_t> scores = evaluateSizes(
      extentMapOf(rows.getContext(), {productOf(rows.getContext(), extents)}),
      resolveSizes(plan, {}));
  return scores.empty() ? 0 : scores.front();
}

} // namespace tessera::plan
