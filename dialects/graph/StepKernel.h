//===- StepKernel.h - walks the steps of a recurrent layer ------*- C++ -*-===//
//
// The input's part of every gate is one contraction over all steps; a second
// kernel walks the steps, its states fed back from one to the next. What a step
// computes from its gates is the layer's own.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_GRAPH_STEPKERNEL_H
#define TESSERA_DIALECTS_GRAPH_STEPKERNEL_H

#include "dialects/graph/Scalar.h"
#include "dialects/kernel/KernelBuilder.h"

namespace tessera::graph {

/// What recurrent layers have in common; see RecurrenceOps.td.
struct RecurrentLayer {
  mlir::Operation *op;
  int64_t gates;
  mlir::Value x, w, r, bias, initialH;
  /// Null: every entry has all steps.
  mlir::Value lengths;
  bool reverse;
  mlir::ArrayAttr activations;
  llvm::ArrayRef<float> alphas, betas;
  /// 0: none.
  double clip;
};

/// The kernel that walks the steps of one layer, and what its body reads.
class StepKernel {
public:
  /// `foldsBias` adds the state's bias together with the input's, outside of
  /// the steps. A step may take several `phases`, the last of which gives its
  /// results.
  StepKernel(const RecurrentLayer &layer, mlir::OpBuilder &builder,
             bool foldsBias, int64_t phases = 1);

  /// State `result` of the step before at this unit.
  Scalar previous(mlir::Value initial, int64_t result);

  /// The same at the unit that `statePart` sums over.
  mlir::Value readInner(mlir::Value initial, int64_t result);

  /// The input's part of a gate.
  Scalar inputPart(int64_t gate);

  /// The state's part of a gate: a product with the step before's output.
  Scalar statePart(int64_t gate);

  /// The same with another state, read at `readInner`.
  Scalar statePart(int64_t gate, mlir::Value other);

  Scalar stateBias(int64_t gate);

  /// Value `position` of those after both biases.
  Scalar peephole(int64_t position);

  /// Clips and applies activation `place`; `standard` is ONNX's choice for it.
  Scalar activated(Scalar x, unsigned place, llvm::StringRef standard);

  /// The activation alone.
  Scalar shaped(Scalar x, unsigned place, llvm::StringRef standard);

  /// Whether this is phase `which` of a step.
  Scalar isPhase(int64_t which);

  /// Creates the kernel from the new states (the output first), with the
  /// states before for entries that have ended, and returns y and last states.
  llvm::SmallVector<mlir::Value> finish(llvm::SmallVector<Scalar> states,
                                        llvm::ArrayRef<Scalar> before);

private:
  mlir::Value project(bool foldsBias);
  mlir::Value viewOf(mlir::Value stacked, bool last);
  Scalar scalar(mlir::Value value) { return {&k.body(), k.loc(), value}; }

  RecurrentLayer layer;
  mlir::OpBuilder &builder;
  int64_t phases;
  mlir::AffineExpr hidden;
  mlir::Value projected;
  kernel::KernelBuilder k;
  mlir::AffineExpr phase, time, batch, unit, inner;
  mlir::Value state;
};

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_STEPKERNEL_H
