//===- Nest.cpp - a launch while its function is written ------------------===//

#include "codegen/cpu/Nest.h"
#include "mlir/IR/IntegerSet.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

static DimSet dimsOfExpr(AffineExpr expr) {
  DimSet set = 0;
  expr.walk([&](AffineExpr e) {
    if (auto dim = dyn_cast<AffineDimExpr>(e)) {
      set |= DimSet(1) << dim.getPosition();
    }
  });
  return set;
}

bool Nest::isPacked(unsigned input) const {
  auto schedule = const_cast<LaunchOp &>(launch).getSchedule();
  return schedule && llvm::is_contained(schedule->getPacked().asArrayRef(),
                                        static_cast<int64_t>(input));
}

SmallVector<unsigned> Nest::loopsWithin(unsigned dim) const {
  ArrayRef<int64_t> order =
      const_cast<LaunchOp &>(launch).getSchedule()->getOrder().asArrayRef();
  SmallVector<unsigned> loops;
  for (int64_t d : ArrayRef(llvm::find(order, dim), order.end()).drop_front()) {
    if (!isReduction(d)) {
      loops.push_back(d);
    }
  }
  return loops;
}

std::optional<int64_t> Nest::tilesAlong(unsigned dim) const {
  auto extent = staticExtent(dim);
  return extent ? std::optional(llvm::divideCeil(*extent, tile[dim]))
                : std::nullopt;
}

DimSet Nest::dimsOfArgument(unsigned index) {
  DimSet set = dimsOfExpr(launch.getInputMap(index).getResult(0));
  if (auto guard = dyn_cast<IntegerSetAttr>(launch.getGuards()[index])) {
    for (AffineExpr constraint : guard.getValue().getConstraints()) {
      set |= dimsOfExpr(constraint);
    }
  }
  return launch.getFeedback()[index] >= 0 ? set | sequentialDims : set;
}

DimSet Nest::dimsOf(Value value) {
  auto [found, inserted] = dimsCache.try_emplace(value, 0);
  if (!inserted) {
    return found->second;
  }
  DimSet set = 0;
  if (auto argument = dyn_cast<BlockArgument>(value)) {
    set = isWholeType(argument.getType())
              ? 0
              : dimsOfArgument(argument.getArgNumber());
  } else {
    Operation *op = value.getDefiningOp();
    for (Value operand : op->getOperands()) {
      set |= dimsOf(operand);
    }
    if (auto map = op->getAttrOfType<AffineMapAttr>("map")) {
      DimSet own = numDims() == 64 ? ~DimSet(0) : (DimSet(1) << numDims()) - 1;
      set |= dimsOfExpr(map.getValue().getResult(0)) & own;
    }
    if (isa<ReduceOp>(op)) {
      set &= ~reductionDims;
    }
  }
  return dimsCache[value] = set;
}

SmallVector<ReduceOp> Nest::reduces() {
  return llvm::to_vector(launch.getBody().front().getOps<ReduceOp>());
}

void initialiseNest(Nest &nest, OpBuilder &b, ValueRange symbols) {
  LaunchOp launch = nest.launch;
  nest.symbols = llvm::to_vector(symbols);
  unsigned dims = launch.getNumDims();
  for (unsigned d = 0; d < dims; ++d) {
    nest.extents.push_back(
        emitExpr(b, nest.loc, launch.getExtents().getResult(d), {}, symbols));
    if (launch.getIterator(d) == IteratorKind::reduction) {
      nest.reductionDims |= DimSet(1) << d;
    } else if (launch.getIterator(d) == IteratorKind::sequential) {
      nest.sequentialDims |= DimSet(1) << d;
    }
  }
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    nest.inputForms.push_back(
        launch.isWholeInput(i)
            ? LinearForm()
            : linearFormOf(launch.getInputMap(i).getResult(0), dims));
  }
  for (unsigned i = 0; i < launch.getOutputs().size(); ++i) {
    nest.outputForms.push_back(
        linearFormOf(launch.getOutputMap(i).getResult(0), dims));
  }
  ScheduleAttr schedule = *launch.getSchedule();
  nest.vectorDim = schedule.getVectorDim();
  nest.lanes = nest.vectorDim < 0 ? 1 : schedule.getLanes();
  nest.tile = llvm::to_vector(schedule.getTile().asArrayRef());
  // Far enough to hide the way from memory, near enough to stay in the first
  // cache; 8 to 16 KB measured alike.
  constexpr int64_t kUsualPrefetch = 12 << 10;
  int64_t prefetch = schedule.getPrefetch();
  nest.prefetchBytes =
      prefetch == 0 ? kUsualPrefetch : std::max<int64_t>(0, prefetch);
  nest.dot = dotProductOf(launch);
  if (nest.dot) {
    // The last group is a whole one, of zeros where there is nothing.
    nest.extents[nest.dot->dim] =
        constantIndex(b, nest.loc, llvm::alignTo(nest.dot->extent, kGroup));
  }
}

} // namespace tessera::cpu
