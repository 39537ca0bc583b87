//===- TileEmitter.h - the code of one register tile ------------*- C++ -*-===//
//
// Reductions are ordered in stages: a reduction whose operand depends on
// another one needs a further pass over the reduction dimensions (softmax has
// two: the maximum, then the sum).
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_TILEEMITTER_H
#define TESSERA_CODEGEN_CPU_TILEEMITTER_H

#include "codegen/cpu/LoopNest.h"

namespace tessera::cpu {

/// One running value of a reduction; positional ones carry the best value and
/// its position.
struct Accumulator {
  kernel::ReduceOp reduce;
  Point point;
  /// Which of the independent partial results along the vector dimension.
  int64_t part;
  unsigned firstCarried;
};

/// Whether `found` holds for a value that `value` is computed from, or for
/// itself. What lies behind values for which `ends` holds is not looked at, nor
/// are they.
bool reaches(mlir::Value value, llvm::function_ref<bool(mlir::Value)> found,
             llvm::function_ref<bool(mlir::Value)> ends);

/// Emits one tile of the parallel dimensions at `b`: a pass over the reduction
/// dimensions within the tile's bounds for each stage, then the outputs.
class TileEmitter {
public:
  TileEmitter(Nest &nest, mlir::OpBuilder &b, const Tile &tile);
  void emit();

  /// Emits the outputs alone, of a launch whose one sum is known at each point.
  void emitFromSums(llvm::function_ref<mlir::Value(const Point &)> sumAt);

private:
  /// How many passes come before the value can be computed.
  unsigned stageOf(mlir::Value value);
  bool isLastReader(kernel::ReduceOp reduce, mlir::Value output);
  void chooseSpill();
  bool isExpensive(mlir::Value value);
  mlir::Value known(PointEvaluator &evaluator, mlir::Value value,
                    const Point &point);
  llvm::SmallVector<int64_t> keyOf(mlir::Value value, const Point &point);

  llvm::SmallVector<Accumulator>
  accumulatorsOf(unsigned stage, llvm::SmallVectorImpl<mlir::Value> &initial);
  mlir::Type accumulatorType(kernel::ReduceOp reduce);
  int64_t partsOf(unsigned stage);
  llvm::SmallBitVector sharedPanels();
  void emitStage(unsigned stage);
  void accumulate(mlir::OpBuilder &at, PointEvaluator &evaluator,
                  const Accumulator &accumulator, const Point &point,
                  llvm::MutableArrayRef<mlir::Value> values);
  void finishReductions(llvm::ArrayRef<Accumulator> accumulators,
                        llvm::ArrayRef<mlir::Value> values);
  /// Between blocks of a reduction: the sums so far, from and to an output.
  void startFromKept(llvm::ArrayRef<Accumulator> accumulators,
                     llvm::MutableArrayRef<mlir::Value> initial);
  void keepSums();
  void emitAllOutputs();
  void emitOutputs(bool rows);
  void fetchNextRows(PointEvaluator &evaluator, llvm::ArrayRef<Point> step);
  mlir::Value positionOf(mlir::OpBuilder &at, PointEvaluator &evaluator,
                         const Point &point);

  bool vectorIsReduced() const {
    return nest.vectorDim >= 0 && nest.isReduction(nest.vectorDim);
  }

  Nest &nest;
  mlir::OpBuilder &b;
  const Tile &tile;
  llvm::SmallVector<int64_t> parallelDims, reductionOrder;
  llvm::SmallVector<Point> points;
  llvm::SmallVector<mlir::Value> yielded;
  /// Reduced values by reduction and position.
  std::map<std::pair<mlir::Operation *, llvm::SmallVector<int64_t>>,
           mlir::Value>
      reduced;
  /// A costly value kept in output `spillOutput` between two passes instead of
  /// being computed twice.
  mlir::Value spilled;
  unsigned spillOutput = 0, currentStage = 0;
  llvm::DenseMap<mlir::Value, unsigned> stages;
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_TILEEMITTER_H
