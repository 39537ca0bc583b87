//===- MatrixTiles.cpp - instructions on matrix tiles ---------------------===//

#include "codegen/cpu/MatrixTiles.h"
#include "codegen/cpu/Access.h"
#include "codegen/schedule/TileProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace tessera::cpu {

using schedule::kTileColumns;
using schedule::kTileRows;

/// Numbers of the first tile of sums, and of each factor.
static constexpr int kSums = 0, kLeft = 4, kRight = 6, kTiles = 8;

static void call(OpBuilder &b, Location loc, StringRef intrinsic,
                 ArrayRef<int> tiles, ValueRange more = {}) {
  SmallVector<Value> operands;
  for (int tile : tiles) {
    operands.push_back(LLVM::ConstantOp::create(b, loc, b.getI8Type(),
                                                b.getI8IntegerAttr(tile)));
  }
  llvm::append_range(operands, more);
  LLVM::CallIntrinsicOp::create(
      b, loc, b.getStringAttr("llvm.x86." + intrinsic.str()), operands);
}

static Value advance(OpBuilder &b, Location loc, Value pointer, int64_t bytes) {
  return LLVM::GEPOp::create(b, loc, pointer.getType(), b.getI8Type(), pointer,
                             ValueRange{constantIndex(b, loc, bytes)});
}

void emitTileConfiguration(OpBuilder &b, Location loc, Value memory) {
  constexpr int bytes = 64, rowBytes = 16, rows = 48;
  SmallVector<int8_t> configuration(bytes, 0);
  configuration[0] = 1;
  for (int tile = 0; tile < kTiles; ++tile) {
    configuration[rowBytes + 2 * tile] = 64;
    configuration[rows + tile] = kTileRows;
  }
  Value value = arith::ConstantOp::create(
      b, loc,
      DenseElementsAttr::get(VectorType::get({bytes}, b.getI8Type()),
                             ArrayRef<int8_t>(configuration)));
  LLVM::StoreOp::create(b, loc, value, memory, bytes);
  call(b, loc, "ldtilecfg", {}, memory);
}

void emitTileRelease(OpBuilder &b, Location loc) {
  call(b, loc, "tilerelease", {});
}

void emitZeroSums(OpBuilder &b, Location loc) {
  for (int i = 0; i < 4; ++i) {
    call(b, loc, "tilezero", {kSums + i});
  }
}

/// Loads or stores all tiles of sums.
static void moveSums(OpBuilder &b, Location loc, StringRef intrinsic,
                     Value memory, int64_t rowBytes) {
  for (int i = 0; i < 4; ++i) {
    Value corner = advance(b, loc, memory,
                           i / 2 * kTileRows * rowBytes +
                               i % 2 * kTileColumns * sizeof(float));
    call(b, loc, intrinsic, {kSums + i},
         {corner, constantIndex(b, loc, rowBytes)});
  }
}

void emitLoadSums(OpBuilder &b, Location loc, Value memory, int64_t rowBytes) {
  moveSums(b, loc, "tileloadd64", memory, rowBytes);
}

void emitStoreSums(OpBuilder &b, Location loc, Value memory, int64_t rowBytes) {
  moveSums(b, loc, "tilestored64", memory, rowBytes);
}

/// Parts of the left and of the right factor, from 0, in an order that changes
/// one of them at a time.
static ArrayRef<std::pair<int, int>> productsOf(int64_t parts) {
  static constexpr std::pair<int, int> six[] = {{0, 2}, {0, 1}, {1, 1},
                                                {1, 0}, {2, 0}, {0, 0}};
  static constexpr std::pair<int, int> three[] = {{0, 1}, {0, 0}, {1, 0}};
  static constexpr std::pair<int, int> one[] = {{0, 0}};
  if (parts == 3) {
    return six;
  }
  return parts == 2 ? ArrayRef(three) : ArrayRef(one);
}

static void loadPair(OpBuilder &b, Location loc, int first,
                     const TilePair &pair) {
  for (int i = 0; i < 2; ++i) {
    call(b, loc, "tileloadd64", {first + i},
         {advance(b, loc, pair.memory, i * pair.tileBytes),
          constantIndex(b, loc, pair.rowBytes)});
  }
}

void emitPartProducts(OpBuilder &b, Location loc, int64_t parts,
                      llvm::function_ref<TilePair(int64_t)> left,
                      llvm::function_ref<TilePair(int64_t)> right) {
  int loadedLeft = -1, loadedRight = -1;
  for (auto [x, y] : productsOf(parts)) {
    if (x != loadedLeft) {
      loadPair(b, loc, kLeft, left(x));
    }
    if (y != loadedRight) {
      loadPair(b, loc, kRight, right(y));
    }
    loadedLeft = x;
    loadedRight = y;
    for (int i = 0; i < 4; ++i) {
      call(b, loc, "tdpbf16ps", {kSums + i, kLeft + i / 2, kRight + i % 2});
    }
  }
}

} // namespace tessera::cpu
