//===- SplitWeights.h - panels of constants as tiles ------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_SPLITWEIGHTS_H
#define TESSERA_CODEGEN_CPU_SPLITWEIGHTS_H

#include "mlir/IR/Builders.h"

namespace tessera::cpu {

/// Bytes of a tile register.
inline constexpr int64_t kTileBytes = 1024;

/// Some rows of a panel of a constant, and where their parts go.
struct WeightBlock {
  /// The first element of the first row, elements of a row, and columns of 16
  /// elements in it.
  mlir::Value panel, width, columns;
  /// Rows in a run of consecutive ones whose products are summed, known when
  /// code is made; behind them a step of sums is filled up with zeros.
  int64_t rows;
  /// Memory for the tiles: by step, part, and columns, of which there is room
  /// for `mostColumns`.
  mlir::Value tiles;
  int64_t parts, mostColumns;
};

/// Splits the rows of `count` steps from step `first` on. A row of a tile holds
/// for each column two weights that follow each other in a sum.
void emitSplitWeights(mlir::OpBuilder &b, mlir::Location loc,
                      const WeightBlock &block, mlir::Value first,
                      mlir::Value count);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_SPLITWEIGHTS_H
