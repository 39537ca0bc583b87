//===- TileProducts.cpp - sums of products on matrix tiles ----------------===//
//
// A task computes the sums of some rows and one panel of the constant, in
// passes over as many products as have room in the first cache: it splits the
// panel's rows of the pass and multiplies all its rows by them. Sums wait on
// the stack, where the launch's other work reads them as it reads registers.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/TileProducts.h"
#include "codegen/cpu/MatrixTiles.h"
#include "codegen/cpu/SplitWeights.h"
#include "codegen/cpu/TileEmitter.h"
#include "codegen/schedule/TileProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

using schedule::kTileColumns;
using schedule::kTileRows;
using schedule::kTileSums;

namespace {
/// Where the points of one task lie.
struct Task {
  Tile tile;
  /// Rows of its tiles; elements of a row of its panel and columns of 16 in it.
  Value rows, width, columns;
};

class TileProductEmitter {
public:
  TileProductEmitter(Nest &nest, OpBuilder &b)
      : nest(nest), b(b), loc(nest.loc), schedule(*nest.launch.getSchedule()),
        product(*schedule::tileProductOf(nest.launch, schedule.getVectorDim(),
                                         schedule.getLanes(),
                                         schedule.getOrder().asArrayRef(),
                                         schedule.getPacked().asArrayRef())),
        planes(*schedule::planesOf(nest.launch, product)),
        rows(*schedule::tileRowsOf(nest.launch, schedule.getTile().asArrayRef(),
                                   product.vectorDim, planes)),
        parts(schedule::partsOf(schedule.getAlgorithm())),
        panel(schedule.getTile()[product.vectorDim]),
        sumColumns(schedule::sumColumnsOf(panel)) {
    stepsOfRun = llvm::divideCeil(*nest.staticExtent(product.inner), kTileSums);
    steps = stepsOfRun;
    for (int64_t d : product.outer) {
      steps *= *nest.staticExtent(d);
    }
    stepsOfPass = std::min(steps, schedule::splitStepsOf(panel, parts));
  }

  void emit(Value begin, Value end);

private:
  Value constant(int64_t value) { return constantIndex(b, loc, value); }
  Value add(Value x, Value y) { return addIndex(b, loc, x, y); }
  Value times(Value x, int64_t y) { return mulIndex(b, loc, x, constant(y)); }
  Value bytesFrom(Value pointer, Value bytes) {
    return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(),
                               pointer, ValueRange{bytes});
  }
  Value onStack(int64_t bytes) {
    return LLVM::AllocaOp::create(
        b, loc, LLVM::LLVMPointerType::get(b.getContext()), b.getI8Type(),
        constant(bytes), /*alignment=*/64);
  }
  void forEach(Value from, Value to, int64_t step,
               llvm::function_ref<void(Value)> body);

  Task taskAt(Value number);
  void computeSums(const Task &task);
  void emitPass(const Task &task, Value first);
  void multiply(const Task &task, Value first, Value count, Value row,
                Value column);
  void multiplyStep(Value left, Value right);
  Value planeOffset(Value step);
  void emitOutputs(const Task &task);
  Value sumAt(OpBuilder &at, const Task &task, const Point &point);

  Nest &nest;
  OpBuilder b;
  Location loc;
  ScheduleAttr schedule;
  schedule::TileProduct product;
  schedule::Planes planes;
  schedule::TileRows rows;
  int64_t parts, panel, sumColumns, stepsOfRun, steps, stepsOfPass;
  Value sums, tiles;
};
} // namespace

void TileProductEmitter::forEach(Value from, Value to, int64_t step,
                                 llvm::function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(b, loc, from, to, constant(step));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(loop.getBody()->getTerminator());
  body(loop.getInductionVar());
}

void TileProductEmitter::emit(Value begin, Value end) {
  int64_t count =
      rows.count(schedule.getTile()[rows.inner],
                 rows.outer < 0 ? 1 : schedule.getTile()[rows.outer]);
  sums = onStack(llvm::alignTo(count, 2 * kTileRows) * sumColumns * 4);
  tiles =
      onStack(stepsOfPass * parts * (sumColumns / kTileColumns) * kTileBytes);
  emitTileConfiguration(b, loc, onStack(64));
  forEach(begin, end, 1, [&](Value number) {
    Task task = taskAt(number);
    computeSums(task);
    emitOutputs(task);
  });
  emitTileRelease(b, loc);
}

Task TileProductEmitter::taskAt(Value number) {
  Task task;
  Value zero = constant(0);
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    task.tile.bounds.push_back({zero, nest.extents[d], nest.staticExtent(d)});
    task.tile.base.push_back(zero);
    task.tile.size.push_back(1);
  }
  for (int64_t d : llvm::reverse(schedule.getOrder().asArrayRef())) {
    if (nest.isReduction(d)) {
      continue;
    }
    int64_t size = schedule.getTile()[d];
    auto fixed = nest.staticExtent(d);
    Value count =
        emitExpr(b, loc, getAffineDimExpr(0, b.getContext()).ceilDiv(size),
                 {nest.extents[d]}, {});
    Value index = arith::RemUIOp::create(b, loc, number, count);
    number = arith::DivUIOp::create(b, loc, number, count);
    Value lower = times(index, size), upper = add(lower, constant(size));
    bool isWhole = fixed && *fixed % size == 0;
    task.tile.base[d] = lower;
    task.tile.bounds[d] = {
        lower,
        isWhole ? upper
                : arith::MinSIOp::create(b, loc, upper, nest.extents[d])
                      .getResult(),
        isWhole ? std::optional(size) : std::nullopt};
  }
  auto pointsOf = [&](int64_t d) -> Value {
    const Bounds &bounds = task.tile.bounds[d];
    return bounds.length
               ? constant(*bounds.length)
               : arith::SubIOp::create(b, loc, bounds.upper, bounds.lower)
                     .getResult();
  };
  task.rows = pointsOf(rows.inner);
  if (rows.outer >= 0) {
    Value before = add(pointsOf(rows.outer), constant(-1));
    task.rows = add(times(before, rows.between), task.rows);
  }
  task.width = constant(panel);
  int64_t extent = *nest.staticExtent(product.vectorDim);
  // Panels that other targets read too are all of one width.
  if (int64_t rest = schedule.getPanel() ? 0 : extent % panel) {
    Value isLast = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge,
                                         task.tile.base[product.vectorDim],
                                         constant(extent - rest));
    task.width = arith::SelectOp::create(
        b, loc, isLast, constant(llvm::alignTo(rest, kTileColumns)),
        task.width);
  }
  task.columns =
      arith::DivUIOp::create(b, loc, task.width, constant(kTileColumns));
  return task;
}

void TileProductEmitter::computeSums(const Task &task) {
  if (steps <= stepsOfPass) {
    return emitPass(task, constant(0));
  }
  forEach(constant(0), constant(steps), stepsOfPass,
          [&](Value first) { emitPass(task, first); });
}

void TileProductEmitter::emitPass(const Task &task, Value first) {
  Value count = constant(stepsOfPass);
  if (steps % stepsOfPass != 0) {
    Value left = arith::SubIOp::create(b, loc, constant(steps), first);
    count = arith::MinSIOp::create(b, loc, count, left);
  }
  int64_t sumsOfRun = *nest.staticExtent(product.inner);
  int64_t panelElements = steps / stepsOfRun * sumsOfRun;
  // Panels follow each other, each as wide as the first.
  Value start = times(task.tile.base[product.vectorDim], panelElements * 4);
  WeightBlock block{bytesFrom(nest.inputs[product.right], start),
                    task.width,
                    task.columns,
                    sumsOfRun,
                    tiles,
                    parts,
                    sumColumns / kTileColumns};
  emitSplitWeights(b, loc, block, first, count);
  forEach(constant(0), task.rows, 2 * kTileRows, [&](Value row) {
    forEach(constant(0), task.columns, 2,
            [&](Value column) { multiply(task, first, count, row, column); });
  });
}

/// Adds the products of a pass to two by two tiles of sums.
void TileProductEmitter::multiply(const Task &task, Value first, Value count,
                                  Value row, Value column) {
  int64_t rowBytes = sumColumns * 4;
  Value start = bytesFrom(
      sums, add(times(row, rowBytes), times(column, kTileColumns * 4)));
  if (steps <= stepsOfPass) {
    emitZeroSums(b, loc);
  } else {
    Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                          first, constant(0));
    auto branch = scf::IfOp::create(b, loc, isFirst, /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(branch.thenYield());
    emitZeroSums(b, loc);
    b.setInsertionPoint(branch.elseYield());
    emitLoadSums(b, loc, start, rowBytes);
  }
  Value left = times(row, rows.step);
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    left = add(left, times(task.tile.base[d], planes.steps[d]));
  }
  Value right = bytesFrom(tiles, times(column, kTileBytes));
  forEach(constant(0), count, 1, [&](Value step) {
    int64_t stepBytes = parts * sumColumns / kTileColumns * kTileBytes;
    multiplyStep(add(left, planeOffset(add(first, step))),
                 bytesFrom(right, times(step, stepBytes)));
  });
  emitStoreSums(b, loc, start, rowBytes);
}

/// Elements of a plane from the first product of a sum to those of a step.
Value TileProductEmitter::planeOffset(Value step) {
  Value run = arith::DivUIOp::create(b, loc, step, constant(stepsOfRun));
  Value offset = times(
      arith::RemUIOp::create(b, loc, step, constant(stepsOfRun)), kTileSums);
  for (int64_t d : llvm::reverse(product.outer)) {
    Value extent = nest.extents[d];
    offset = add(offset, times(arith::RemUIOp::create(b, loc, run, extent),
                               planes.steps[d]));
    run = arith::DivUIOp::create(b, loc, run, extent);
  }
  return offset;
}

/// The products of one step: rows from the element `left` of the planes on,
/// columns from `right` on.
void TileProductEmitter::multiplyStep(Value left, Value right) {
  unsigned firstPlane = nest.inputs.size() - parts;
  SmallVector<Value> origin(nest.numDims(), constant(0));
  auto leftPair = [&](int64_t part) {
    const LinearForm &form = nest.inputForms[firstPlane + part];
    Value at = add(left, emitExpr(b, loc, form.rest, origin, nest.symbols));
    int64_t rowBytes = rows.step * 2;
    return TilePair{bytesFrom(nest.inputs[firstPlane + part], times(at, 2)),
                    kTileRows * rowBytes, rowBytes};
  };
  auto rightPair = [&](int64_t part) {
    int64_t partBytes = sumColumns / kTileColumns * kTileBytes;
    return TilePair{bytesFrom(right, constant(part * partBytes)), kTileBytes,
                    kTileColumns * 4};
  };
  emitPartProducts(b, loc, parts, leftPair, rightPair);
}

Value TileProductEmitter::sumAt(OpBuilder &at, const Task &task,
                                const Point &point) {
  auto distance = [&](int64_t d) -> Value {
    Value base =
        arith::SubIOp::create(at, loc, point.base[d], task.tile.base[d]);
    return addIndex(at, loc, base, constantIndex(at, loc, point.offset[d]));
  };
  auto scaled = [&](Value value, int64_t factor) {
    return mulIndex(at, loc, value, constantIndex(at, loc, factor));
  };
  Value row = distance(rows.inner);
  if (rows.outer >= 0) {
    row = addIndex(at, loc, row, scaled(distance(rows.outer), rows.between));
  }
  Value element =
      addIndex(at, loc, scaled(row, sumColumns), distance(product.vectorDim));
  Value pointer = LLVM::GEPOp::create(at, loc, sums.getType(), at.getF32Type(),
                                      sums, ValueRange{element});
  return LLVM::LoadOp::create(
      at, loc, VectorType::get({nest.lanes}, at.getF32Type()), pointer, 64);
}

/// What the launch computes from the sums, at all points of the task.
void TileProductEmitter::emitOutputs(const Task &task) {
  SmallVector<int64_t> dims;
  for (int64_t d : schedule.getOrder().asArrayRef()) {
    if (!nest.isReduction(d)) {
      dims.push_back(d);
    }
    nest.tile[d] = d == product.vectorDim ? panel : 1;
  }
  emitLoops(nest, b, dims, task.tile, {},
            [&](OpBuilder &at, const Tile &tile, ArrayRef<Value>) {
              TileEmitter(nest, at, tile).emitFromSums([&](const Point &point) {
                return sumAt(at, task, point);
              });
              return SmallVector<Value>();
            });
}

void emitTileProducts(Nest &nest, OpBuilder &b, Value begin, Value end) {
  TileProductEmitter(nest, b).emit(begin, end);
}

} // namespace tessera::cpu
