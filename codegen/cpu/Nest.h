//===- Nest.h - a launch while its function is written ----------*- C++ -*-===//
//
// What both emitters know about the launch they emit: pointers, sizes, how
// every access moves, and which dimensions each value of the body depends on.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_NEST_H
#define TESSERA_CODEGEN_CPU_NEST_H

#include "codegen/cpu/Access.h"
#include "dialects/kernel/DotProduct.h"

namespace tessera::cpu {

/// A set of dimensions; launches have at most 64.
using DimSet = uint64_t;

struct Nest {
  Nest(kernel::LaunchOp launch, mlir::Location loc)
      : launch(launch), loc(loc) {}

  kernel::LaunchOp launch;
  mlir::Location loc;
  /// Pointers of the buffers, in order.
  llvm::SmallVector<mlir::Value> inputs, outputs;
  /// Address of the status word of the run.
  mlir::Value status;
  /// i64 values of the symbols and of the extents of all dimensions.
  llvm::SmallVector<mlir::Value> symbols, extents;
  llvm::SmallVector<LinearForm> inputForms, outputForms;
  /// Dimension whose points fill vectors, or -1, and elements in a vector.
  int64_t vectorDim = -1, lanes = 1;
  llvm::SmallVector<int64_t> tile;
  /// Bytes that panels are fetched ahead; 0: not at all.
  int64_t prefetchBytes = 0;
  /// Set when bytes are multiplied in groups.
  std::optional<kernel::DotProduct> dot;
  /// The target adds the products of such a group in one instruction.
  bool byteProducts = false;
  /// Dimensions by kind.
  DimSet reductionDims = 0, sequentialDims = 0;

  unsigned numDims() const { return extents.size(); }
  std::optional<int64_t> staticExtent(unsigned dim) const {
    return constantIndexOf(extents[dim]);
  }
  bool isReduction(unsigned dim) const { return reductionDims >> dim & 1; }
  bool isSequential(unsigned dim) const { return sequentialDims >> dim & 1; }
  bool isPacked(unsigned input) const;

  /// The parallel dimensions whose loops run within that of `dim`, outermost
  /// first.
  llvm::SmallVector<unsigned> loopsWithin(unsigned dim) const;
  /// How many tiles there are along a dimension, where its extent is known.
  std::optional<int64_t> tilesAlong(unsigned dim) const;

  /// The dimensions that a value of the body depends on.
  DimSet dimsOf(mlir::Value value);

  /// The reduce operations of the body in order.
  llvm::SmallVector<kernel::ReduceOp> reduces();

private:
  DimSet dimsOfArgument(unsigned index);
  llvm::DenseMap<mlir::Value, DimSet> dimsCache;
};

/// Fills everything but the pointers from the launch and its schedule;
/// constants of extents are created at `b`'s insertion point from `symbols`.
void initialiseNest(Nest &nest, mlir::OpBuilder &b, mlir::ValueRange symbols);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_NEST_H
