//===- MatrixTiles.h - instructions on matrix tiles -------------*- C++ -*-===//
//
// All eight tiles have 16 rows of 64 bytes: two by two tiles of sums, and two
// of one part of each factor. Instructions name them by number, so no register
// is allocated and none is spilled.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_MATRIXTILES_H
#define TESSERA_CODEGEN_CPU_MATRIXTILES_H

#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// Makes tiles usable; `memory` has room for 64 bytes at such an address.
void emitTileConfiguration(mlir::OpBuilder &b, mlir::Location loc,
                           mlir::Value memory);
void emitTileRelease(mlir::OpBuilder &b, mlir::Location loc);

/// The sums of two by two tiles.
void emitZeroSums(mlir::OpBuilder &b, mlir::Location loc);
void emitLoadSums(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memory,
                  int64_t rowBytes);
void emitStoreSums(mlir::OpBuilder &b, mlir::Location loc, mlir::Value memory,
                   int64_t rowBytes);

/// Two tiles of a part of a factor in memory.
struct TilePair {
  mlir::Value memory;
  /// Bytes from one tile to the other, and from row to row.
  int64_t tileBytes, rowBytes;
};

/// Adds the products of parts of two factors that have so many each: six of
/// three parts, three of two, one of one.
void emitPartProducts(mlir::OpBuilder &b, mlir::Location loc, int64_t parts,
                      llvm::function_ref<TilePair(int64_t part)> left,
                      llvm::function_ref<TilePair(int64_t part)> right);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_MATRIXTILES_H
