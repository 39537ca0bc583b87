//===- TileOutputs.cpp - what a register tile stores ----------------------===//
//
// Results, sums that wait for the next cache block, and costly values kept
// between two passes.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/CacheBlocks.h"
#include "codegen/cpu/TileEmitter.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

bool reaches(Value value, llvm::function_ref<bool(Value)> found,
             llvm::function_ref<bool(Value)> ends) {
  SmallVector<Value> worklist{value};
  llvm::SmallDenseSet<Value, 16> seen;
  while (!worklist.empty()) {
    Value next = worklist.pop_back_val();
    if (!seen.insert(next).second || ends(next)) {
      continue;
    }
    if (found(next)) {
      return true;
    }
    if (Operation *op = next.getDefiningOp()) {
      llvm::append_range(worklist, op->getOperands());
    }
  }
  return false;
}

/// Whether `value` needs an input stored in the memory of `output`, stopping at
/// `cut`.
static bool readsMemoryOf(Value value, Value cut, Value output,
                          LaunchOp launch) {
  auto isInMemory = [&](Value v) {
    auto argument = dyn_cast<BlockArgument>(v);
    return argument && launch.getInputs()[argument.getArgNumber()] == output;
  };
  return reaches(value, isInMemory, [&](Value v) { return v == cut; });
}

/// Whether `value` uses `part`.
static bool dependsOn(Value value, Value part) {
  return reaches(
      value, [&](Value v) { return v == part; }, [](Value) { return false; });
}

/// Whether what `reduce` combines can be stored in `output` during its pass,
/// for good: nothing else reads that memory in this pass or a later one.
bool TileEmitter::isLastReader(ReduceOp reduce, Value output) {
  auto isInMemory = [&](Value v) {
    auto argument = dyn_cast<BlockArgument>(v);
    return argument &&
           nest.launch.getInputs()[argument.getArgNumber()] == output;
  };
  auto isKnownBefore = [&](Value v) {
    return v == reduce.getValue() || v.getDefiningOp<ReduceOp>();
  };
  for (ReduceOp other : nest.reduces()) {
    if (other != reduce && stageOf(other) >= stageOf(reduce) &&
        reaches(other.getValue(), isInMemory, isKnownBefore)) {
      return false;
    }
  }
  return llvm::none_of(yielded, [&](Value value) {
    return reaches(value, isInMemory, isKnownBefore);
  });
}

void TileEmitter::chooseSpill() {
  for (ReduceOp reduce : nest.reduces()) {
    Value candidate = reduce.getValue();
    if (!isExpensive(candidate)) {
      continue;
    }
    for (unsigned o = 0; o < yielded.size(); ++o) {
      Value output = nest.launch.getOutputs()[o];
      bool fits = cast<BufferType>(output.getType()).getElementType() ==
                      candidate.getType() &&
                  (nest.dimsOf(yielded[o]) & nest.reductionDims) &&
                  dependsOn(yielded[o], candidate);
      if (fits && !readsMemoryOf(yielded[o], candidate, output, nest.launch) &&
          (yielded[o] != candidate || isLastReader(reduce, output))) {
        spilled = candidate;
        spillOutput = o;
        return;
      }
    }
  }
}

/// Whether some rows end in vectors that are stored in part, and an input in
/// the same memory is read: a processor takes the start of the next row for
/// what was just stored, and waits until the store is done.
static bool readsBehindMaskedStores(Nest &nest, ArrayRef<Point> points) {
  bool hasMasks =
      llvm::any_of(points, [](const Point &point) { return bool(point.mask); });
  return hasMasks && llvm::any_of(nest.launch.getInputs(), [&](Value input) {
           return llvm::is_contained(nest.launch.getOutputs(), input);
         });
}

/// In a step of the last pass over the rows, where what is read lies near: what
/// the next tile will read at that step.
void TileEmitter::fetchNextRows(PointEvaluator &evaluator,
                                ArrayRef<Point> step) {
  auto hasSeveral = [&](int64_t dim) { return nest.staticExtent(dim) != 1; };
  auto along = llvm::find_if(llvm::reverse(parallelDims), hasSeveral);
  if (along == parallelDims.rend()) {
    return;
  }
  for (unsigned i = 0; i < nest.inputs.size(); ++i) {
    for (const Point &point : step) {
      evaluator.prefetchNextTile(i, *along, point);
    }
  }
}

void TileEmitter::emitOutputs(bool rows) {
  SmallVector<unsigned> outputs;
  for (unsigned o = 0; o < yielded.size(); ++o) {
    bool moves = llvm::any_of(reductionOrder, [&](int64_t dim) {
      return nest.outputForms[o].uses(dim);
    });
    // What was stored for good during a pass needs no pass of its own.
    bool isStored = spilled && o == spillOutput && yielded[o] == spilled;
    if (moves == rows && !isStored) {
      outputs.push_back(o);
    }
  }
  if (outputs.empty()) {
    return;
  }
  auto storeAll = [&](OpBuilder &at, ArrayRef<Point> step) {
    ArrayRef<Point> rest = step;
    PointEvaluator *self = nullptr;
    PointEvaluator evaluator(
        nest, at, [&](Value v, const Point &p) { return known(*self, v, p); });
    self = &evaluator;
    size_t together =
        readsBehindMaskedStores(nest, rest) ? rest.size() : size_t(1);
    for (; !rest.empty(); rest = rest.drop_front(together)) {
      // An output may share the memory of an input at the same point, so
      // everything is read before anything is stored.
      ArrayRef<Point> some = rest.take_front(together);
      SmallVector<Value> values;
      for (const Point &point : some) {
        for (unsigned o : outputs) {
          values.push_back(evaluator.evaluate(yielded[o], point));
        }
      }
      Value *value = values.begin();
      for (const Point &point : some) {
        for (unsigned o : outputs) {
          evaluator.store(o, *value++, point);
        }
      }
    }
    if (rows && vectorIsReduced()) {
      fetchNextRows(evaluator, step);
    }
  };
  if (!rows) {
    storeAll(b, points);
    return;
  }
  SmallVector<int64_t> all(parallelDims);
  all.append(reductionOrder);
  emitLoops(nest, b, reductionOrder, tile, {},
            [&](OpBuilder &at, const Tile &inner, ArrayRef<Value>) {
              storeAll(at, pointsOf(nest, inner, all));
              return SmallVector<Value>();
            });
}

/// The sums of the blocks before replace neutral elements, except in the first
/// block.
void TileEmitter::startFromKept(ArrayRef<Accumulator> accumulators,
                                MutableArrayRef<Value> initial) {
  BlockTest first = isFirstBlock(nest, b, tile);
  if (!first.atRunTime && first.known) {
    return;
  }
  unsigned output = schedule::outputForSums(nest.launch);
  SmallVector<unsigned> kept;
  SmallVector<Type> types;
  for (const Accumulator &accumulator : accumulators) {
    if (accumulator.part == 0) {
      kept.push_back(accumulator.firstCarried);
      types.push_back(initial[accumulator.firstCarried].getType());
    }
  }
  auto reload = [&](OpBuilder &at) {
    PointEvaluator evaluator(nest, at);
    SmallVector<Value> values;
    for (const Accumulator &accumulator : accumulators) {
      if (accumulator.part == 0) {
        values.push_back(evaluator.reload(output, accumulator.point));
      }
    }
    return values;
  };
  SmallVector<Value> values;
  if (first.atRunTime) {
    auto branch = scf::IfOp::create(b, nest.loc, types, first.atRunTime,
                                    /*addThenBlock=*/true,
                                    /*addElseBlock=*/true);
    OpBuilder neutral = branch.getThenBodyBuilder(),
              before = branch.getElseBodyBuilder();
    for (unsigned carried : kept) {
      values.push_back(initial[carried]);
    }
    scf::YieldOp::create(neutral, nest.loc, values);
    scf::YieldOp::create(before, nest.loc, reload(before));
    values.assign(branch.result_begin(), branch.result_end());
  } else {
    values = reload(b);
  }
  for (auto [carried, value] : llvm::zip(kept, values)) {
    initial[carried] = value;
  }
}

/// Stores the sums so far for the next block.
void TileEmitter::keepSums() {
  PointEvaluator evaluator(nest, b);
  unsigned output = schedule::outputForSums(nest.launch);
  for (ReduceOp reduce : nest.reduces()) {
    for (const Point &point : points) {
      evaluator.store(output, reduced.at({reduce, keyOf(reduce, point)}),
                      point);
    }
  }
}

void TileEmitter::emitAllOutputs() {
  // Values of a row may lie in the memory of an input that its points still
  // need.
  emitOutputs(/*rows=*/true);
  emitOutputs(/*rows=*/false);
}

void TileEmitter::emitFromSums(llvm::function_ref<Value(const Point &)> sumAt) {
  ReduceOp reduce = nest.reduces().front();
  currentStage = stageOf(reduce);
  for (const Point &point : points) {
    reduced[{reduce.getOperation(), keyOf(reduce, point)}] = sumAt(point);
  }
  emitAllOutputs();
}

} // namespace tessera::cpu
