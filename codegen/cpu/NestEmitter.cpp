//===- NestEmitter.cpp - the code of one launch ---------------------------===//
//
// One emitter for every class of kernel.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/NestEmitter.h"
#include "codegen/cpu/CacheBlocks.h"
#include "codegen/cpu/Combine.h"
#include "codegen/cpu/TileEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/SaveAndRestore.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

TileEmitter::TileEmitter(Nest &nest, OpBuilder &b, const Tile &tile)
    : nest(nest), b(b), tile(tile) {
  for (int64_t dim : nest.launch.getSchedule()->getOrder().asArrayRef()) {
    (nest.isReduction(dim) ? reductionOrder : parallelDims).push_back(dim);
  }
  points = pointsOf(nest, tile, parallelDims);
  yielded = llvm::to_vector(
      nest.launch.getBody().front().getTerminator()->getOperands());
}

/// How many passes over the reduction dimensions come before the value can be
/// computed.
unsigned TileEmitter::stageOf(Value value) {
  Operation *op = value.getDefiningOp();
  if (!op) {
    return 0;
  }
  if (auto found = stages.find(value); found != stages.end()) {
    return found->second;
  }
  unsigned stage = 0;
  for (Value operand : op->getOperands()) {
    stage = std::max(stage, stageOf(operand));
  }
  stage += isa<ReduceOp>(op);
  return stages[value] = stage;
}

bool TileEmitter::isExpensive(Value value) {
  auto isElementary = [](Value v) {
    return isa<math::MathDialect>(v.getDefiningOp()->getDialect());
  };
  auto isKnownBefore = [&](Value v) {
    Operation *op = v.getDefiningOp();
    return !op || isa<ReduceOp>(op) ||
           (nest.dimsOf(v) & nest.reductionDims) == 0;
  };
  return reaches(value, isElementary, isKnownBefore);
}

SmallVector<int64_t> TileEmitter::keyOf(Value value, const Point &point) {
  DimSet dims = nest.dimsOf(value) & ~nest.reductionDims;
  SmallVector<int64_t> key;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    key.push_back(dims >> d & 1 ? point.offset[d] : 0);
  }
  return key;
}

Value TileEmitter::known(PointEvaluator &evaluator, Value value,
                         const Point &point) {
  if (value == spilled && currentStage > stageOf(spilled)) {
    return evaluator.reload(spillOutput, point);
  }
  auto reduce = value.getDefiningOp<ReduceOp>();
  return reduce ? reduced.at({reduce.getOperation(), keyOf(value, point)})
                : Value();
}

Type TileEmitter::accumulatorType(ReduceOp reduce) {
  Type scalar = reduce.getValue().getType();
  bool wide = nest.vectorDim >= 0 &&
              (vectorIsReduced() ||
               (nest.dimsOf(reduce.getValue()) >> nest.vectorDim & 1));
  return wide ? Type(VectorType::get({nest.lanes}, scalar)) : scalar;
}

/// How many independent partial results each reduction of a stage has.
int64_t TileEmitter::partsOf(unsigned stage) {
  if (vectorIsReduced()) {
    return std::max<int64_t>(1, nest.tile[nest.vectorDim] / nest.lanes);
  }
  // A tile of few points would wait for each sum before the next addition: so
  // many chains of two additions a cycle hide a latency of four.
  constexpr int64_t chains = 8, mostParts = 4;
  int64_t running = 0;
  for (ReduceOp reduce : nest.reduces()) {
    if (stageOf(reduce.getValue()) != stage) {
      continue;
    }
    // Where computing what is added takes longer, waiting costs nothing.
    if (reduce.getKind() != ReduceKind::add || isExpensive(reduce.getValue())) {
      return 1;
    }
    std::set<SmallVector<int64_t>> distinct;
    for (const Point &point : points) {
      distinct.insert(keyOf(reduce, point));
    }
    running += distinct.size();
  }
  auto extent = nest.staticExtent(reductionOrder.back());
  if (running == 0 || running > chains / 2 || (extent && *extent < chains)) {
    return 1;
  }
  return std::min<int64_t>(llvm::bit_floor<uint64_t>(chains / running),
                           mostParts);
}

/// The packed inputs of which each vector serves several points of the tile.
/// Where it serves one, loads alone keep up with memory and prefetching costs
/// as much as it gains.
llvm::SmallBitVector TileEmitter::sharedPanels() {
  llvm::SmallBitVector panels(nest.inputs.size());
  for (unsigned i = 0; i < nest.inputs.size(); ++i) {
    int64_t sharing = 1;
    if (nest.isPacked(i)) {
      DimSet used = nest.dimsOf(nest.launch.getBody().getArgument(i));
      for (int64_t dim : parallelDims) {
        sharing *= used >> dim & 1 ? 1 : tile.size[dim];
      }
    }
    panels[i] = sharing > 1;
  }
  return panels;
}

SmallVector<Accumulator>
TileEmitter::accumulatorsOf(unsigned stage, SmallVectorImpl<Value> &initial) {
  SmallVector<Accumulator> accumulators;
  int64_t parts = partsOf(stage);
  for (ReduceOp reduce : nest.reduces()) {
    if (stageOf(reduce.getValue()) != stage) {
      continue;
    }
    std::set<SmallVector<int64_t>> seen;
    for (const Point &point : points) {
      if (!seen.insert(keyOf(reduce, point)).second) {
        continue;
      }
      for (int64_t part = 0; part < parts; ++part) {
        accumulators.push_back(
            {reduce, point, part, static_cast<unsigned>(initial.size())});
        Type type = accumulatorType(reduce);
        initial.push_back(neutralElement(b, nest.loc, reduce.getKind(), type));
        if (isPositional(reduce.getKind())) {
          Type index = isa<VectorType>(type)
                           ? Type(VectorType::get({nest.lanes}, b.getI64Type()))
                           : Type(b.getI64Type());
          initial.push_back(
              arith::ConstantOp::create(b, nest.loc, b.getZeroAttr(index)));
        }
      }
    }
  }
  return accumulators;
}

/// The linear position of a point among those of the reduction dimensions.
Value TileEmitter::positionOf(OpBuilder &at, PointEvaluator &evaluator,
                              const Point &point) {
  Value position = constantIndex(at, nest.loc, 0);
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    if (nest.isReduction(d)) {
      Value own = addIndex(at, nest.loc, point.base[d],
                           constantIndex(at, nest.loc, point.offset[d]));
      position = addIndex(
          at, nest.loc, mulIndex(at, nest.loc, position, nest.extents[d]), own);
    }
  }
  return position;
}

void TileEmitter::accumulate(OpBuilder &at, PointEvaluator &evaluator,
                             const Accumulator &accumulator, const Point &point,
                             MutableArrayRef<Value> values) {
  ReduceOp reduce = accumulator.reduce;
  Value &running = values[accumulator.firstCarried];
  if (nest.dot) {
    if (point.offset[nest.dot->dim] % kGroup == 0) {
      running = evaluator.accumulateGroup(running, point);
    }
    return;
  }
  bool wide = isa<VectorType>(running.getType());
  auto widen = [&](Value v) { return wide ? evaluator.asVector(v) : v; };
  auto product = reduce.getValue().getDefiningOp<arith::MulFOp>();
  Value next;
  if (isPositional(reduce.getKind())) {
    Value value = widen(evaluator.evaluate(reduce.getValue(), point));
    Value better = replacesBest(at, nest.loc, reduce.getKind(), running, value);
    Value &best = values[accumulator.firstCarried + 1];
    best = arith::SelectOp::create(
        at, nest.loc, better, widen(positionOf(at, evaluator, point)), best);
    next = arith::SelectOp::create(at, nest.loc, better, value, running);
  } else if (product && reduce.getKind() == ReduceKind::add &&
             reduce.getValue() != spilled) {
    next = math::FmaOp::create(
        at, nest.loc, widen(evaluator.evaluate(product.getLhs(), point)),
        widen(evaluator.evaluate(product.getRhs(), point)), running);
  } else {
    Value value = evaluator.evaluate(reduce.getValue(), point);
    if (reduce.getValue() == spilled) {
      evaluator.store(spillOutput, value, point);
    }
    next = combine(at, nest.loc, reduce, running, widen(value));
  }
  // Lanes behind the end of a row must not take part.
  bool drop = vectorIsReduced() && point.mask;
  running =
      drop ? arith::SelectOp::create(at, nest.loc, point.mask, next, running)
                 .getResult()
           : next;
}

void TileEmitter::emitStage(unsigned stage) {
  currentStage = stage;
  SmallVector<Value> initial;
  SmallVector<Accumulator> accumulators = accumulatorsOf(stage, initial);
  if (accumulators.empty()) {
    return;
  }
  startFromKept(accumulators, initial);
  int64_t parts = accumulators.back().part + 1;
  llvm::SmallBitVector panels = sharedPanels();
  auto body = [&](OpBuilder &at, const Tile &inner, ArrayRef<Value> carried) {
    PointEvaluator *self = nullptr;
    PointEvaluator evaluator(
        nest, at, [&](Value v, const Point &p) { return known(*self, v, p); });
    self = &evaluator;
    evaluator.prefetchPanelsOf(panels);
    SmallVector<Value> values(carried);
    for (auto [i, step] :
         llvm::enumerate(pointsOf(nest, inner, reductionOrder))) {
      int64_t part = vectorIsReduced()
                         ? step.offset[nest.vectorDim] / nest.lanes
                         : i % parts;
      for (const Accumulator &accumulator : accumulators) {
        if (accumulator.part != part) {
          continue;
        }
        Point point = step;
        for (int64_t dim : parallelDims) {
          point.offset[dim] = accumulator.point.offset[dim];
        }
        point.mask = vectorIsReduced() ? step.mask : accumulator.point.mask;
        accumulate(at, evaluator, accumulator, point, values);
      }
    }
    return values;
  };
  int64_t &steps = nest.tile[reductionOrder.back()];
  llvm::SaveAndRestore unrolled(steps, std::max(steps, parts));
  finishReductions(accumulators,
                   emitLoops(nest, b, reductionOrder, tile, initial, body));
}

void TileEmitter::finishReductions(ArrayRef<Accumulator> accumulators,
                                   ArrayRef<Value> values) {
  for (ReduceOp reduce : nest.reduces()) {
    SmallVector<Value> totals;
    SmallVector<Point> places;
    for (const Accumulator &accumulator : accumulators) {
      if (accumulator.reduce != reduce) {
        continue;
      }
      Value value = values[accumulator.firstCarried +
                           (isPositional(reduce.getKind()) ? 1 : 0)];
      if (accumulator.part == 0) {
        totals.push_back(value);
        places.push_back(accumulator.point);
      } else {
        totals.back() = combine(b, nest.loc, reduce, totals.back(), value);
      }
    }
    if (vectorIsReduced() && !totals.empty()) {
      totals = combineLanes(b, nest.loc, reduce, totals);
    }
    for (auto [total, point] : llvm::zip_equal(totals, places)) {
      reduced[{reduce.getOperation(), keyOf(reduce, point)}] = total;
    }
  }
}

void TileEmitter::emit() {
  chooseSpill();
  unsigned last = 0;
  for (ReduceOp reduce : nest.reduces()) {
    last = std::max(last, stageOf(reduce));
  }
  for (unsigned stage = 0; stage < last; ++stage) {
    emitStage(stage);
  }
  currentStage = last;
  BlockTest isLast = isLastBlock(nest, b, tile);
  if (!isLast.atRunTime) {
    return isLast.known ? emitAllOutputs() : keepSums();
  }
  auto branch =
      scf::IfOp::create(b, nest.loc, isLast.atRunTime, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(branch.thenYield());
  emitAllOutputs();
  b.setInsertionPoint(branch.elseYield());
  keepSums();
}

void emitNest(Nest &nest, OpBuilder &b, Value begin, Value end) {
  emitTasks(nest, b, begin, end, [&](OpBuilder &at, const Tile &tile) {
    TileEmitter(nest, at, tile).emit();
  });
}

} // namespace tessera::cpu
