//===- SplitWeights.cpp - panels of constants as tiles --------------------===//
//
// Constants stay f32 in memory, whence they come slower than they are split.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/SplitWeights.h"
#include "codegen/cpu/Access.h"
#include "codegen/schedule/TileProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tessera::cpu {

using schedule::kTileColumns;
using schedule::kTileSums;

namespace {
/// The arithmetic on one vector of each of two rows.
class PairSplitter {
public:
  PairSplitter(OpBuilder &b, Location loc)
      : b(b), loc(loc), words(VectorType::get({kTileColumns}, b.getI32Type())),
        numbers(VectorType::get({kTileColumns}, b.getF32Type())) {}

  /// Both rows' next part as words, the second row's in the upper halves; what
  /// is left stays in `rows`.
  Value nextPart(MutableArrayRef<Value> rows, bool isRounded) {
    Value halves[2];
    for (auto [half, row] : llvm::zip(halves, rows)) {
      half = vector::BitCastOp::create(b, loc, words, row);
      if (isRounded) {
        half = arith::AndIOp::create(
            b, loc, arith::AddIOp::create(b, loc, half, splat(0x8000)),
            splat(0xffff0000));
      }
    }
    Value low = arith::ShRUIOp::create(b, loc, halves[0], splat(16));
    for (auto [half, row] : llvm::zip(halves, rows)) {
      row = arith::SubFOp::create(
          b, loc, row, vector::BitCastOp::create(b, loc, numbers, half));
    }
    return arith::OrIOp::create(b, loc, low, halves[1]);
  }

  Value load(Value pointer) {
    return LLVM::LoadOp::create(b, loc, numbers, pointer, /*alignment=*/4);
  }

  /// The row at `pointer`, or zeros.
  Value loadWhere(Value isThere, Value pointer) {
    Value zeros = arith::ConstantOp::create(b, loc, b.getZeroAttr(numbers));
    return arith::SelectOp::create(b, loc, isThere, load(pointer), zeros);
  }

private:
  Value splat(int64_t value) {
    return arith::ConstantOp::create(
        b, loc,
        DenseElementsAttr::get(words, Attribute(b.getI32IntegerAttr(
                                          static_cast<int32_t>(value)))));
  }

  OpBuilder &b;
  Location loc;
  VectorType words, numbers;
};
} // namespace

static Value advance(OpBuilder &b, Location loc, Value pointer, Type element,
                     Value elements) {
  return LLVM::GEPOp::create(b, loc, pointer.getType(), element, pointer,
                             ValueRange{elements});
}

/// The body of a loop over [0, count).
static OpBuilder loopOver(OpBuilder &b, Location loc, Value count,
                          Value &position) {
  auto loop = scf::ForOp::create(b, loc, constantIndex(b, loc, 0), count,
                                 constantIndex(b, loc, 1));
  position = loop.getInductionVar();
  return OpBuilder::atBlockTerminator(loop.getBody());
}

/// Splits the rows 2 * pair and the next of a step whose first row is `row` of
/// those in the run.
static void emitPair(OpBuilder &b, Location loc, const WeightBlock &block,
                     Value source, Value row, Value pair, Value target) {
  PairSplitter splitter(b, loc);
  Value first = mulIndex(b, loc, pair, constantIndex(b, loc, 2));
  Value rows[2];
  for (int64_t i = 0; i < 2; ++i) {
    Value at = addIndex(b, loc, first, constantIndex(b, loc, i));
    if (block.rows % kTileSums == 0) {
      rows[i] = splitter.load(advance(b, loc, source, b.getF32Type(),
                                      mulIndex(b, loc, at, block.width)));
      continue;
    }
    Value isThere = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt,
                                          addIndex(b, loc, row, at),
                                          constantIndex(b, loc, block.rows));
    // A row that is not there may lie behind the constant.
    at = arith::SelectOp::create(b, loc, isThere, at, constantIndex(b, loc, 0));
    rows[i] =
        splitter.loadWhere(isThere, advance(b, loc, source, b.getF32Type(),
                                            mulIndex(b, loc, at, block.width)));
  }
  constexpr int64_t rowBytes = 64;
  for (int64_t part = 0; part < block.parts; ++part) {
    Value word = splitter.nextPart(rows, /*isRounded=*/part < 2);
    Value offset = addIndex(
        b, loc, mulIndex(b, loc, pair, constantIndex(b, loc, rowBytes)),
        constantIndex(b, loc, part * block.mostColumns * kTileBytes));
    LLVM::StoreOp::create(b, loc, word,
                          advance(b, loc, target, b.getI8Type(), offset), 64);
  }
}

void emitSplitWeights(OpBuilder &b, Location loc, const WeightBlock &block,
                      Value first, Value count) {
  Value step, column, pair;
  OpBuilder inStep = loopOver(b, loc, count, step);
  int64_t stepsOfRun = llvm::divideCeil(block.rows, kTileSums);
  Value all = addIndex(inStep, loc, first, step),
        ofRun = constantIndex(inStep, loc, stepsOfRun);
  Value run = arith::DivUIOp::create(inStep, loc, all, ofRun),
        inRun = arith::RemUIOp::create(inStep, loc, all, ofRun);
  Value row =
      mulIndex(inStep, loc, inRun, constantIndex(inStep, loc, kTileSums));
  Value firstRow = addIndex(
      inStep, loc, row,
      mulIndex(inStep, loc, run, constantIndex(inStep, loc, block.rows)));
  Value rowStart = mulIndex(inStep, loc, firstRow, block.width);
  Value tiles = advance(
      inStep, loc, block.tiles, inStep.getI8Type(),
      mulIndex(inStep, loc, step,
               constantIndex(inStep, loc,
                             block.parts * block.mostColumns * kTileBytes)));
  OpBuilder inColumn = loopOver(inStep, loc, block.columns, column);
  Value source =
      advance(inColumn, loc, block.panel, inColumn.getF32Type(),
              addIndex(inColumn, loc, rowStart,
                       mulIndex(inColumn, loc, column,
                                constantIndex(inColumn, loc, kTileColumns))));
  Value target = advance(inColumn, loc, tiles, inColumn.getI8Type(),
                         mulIndex(inColumn, loc, column,
                                  constantIndex(inColumn, loc, kTileBytes)));
  OpBuilder inPair = loopOver(
      inColumn, loc, constantIndex(inColumn, loc, kTileSums / 2), pair);
  emitPair(inPair, loc, block, source, row, pair, target);
}

} // namespace tessera::cpu
