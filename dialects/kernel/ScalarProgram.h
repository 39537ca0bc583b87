//===- ScalarProgram.h - a kernel's body, ready to be evaluated -*- C++ -*-===//
//
// Each operation of the body is one instruction on numbered registers. Which
// instructions a phase needs is known before the loops start.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_SCALARPROGRAM_H
#define TESSERA_DIALECTS_KERNEL_SCALARPROGRAM_H

#include "dialects/kernel/HostTensor.h"
#include "dialects/kernel/Kernel.h"
#include "llvm/ADT/DenseMap.h"

namespace tessera::kernel {

struct Instruction {
  /// Computes the result from up to three operands; null for the operations
  /// that need more than scalars (reduce, gather, index) and for constants.
  using Evaluate = Scalar (*)(const Scalar *operands, const Instruction &self);

  mlir::Operation *op;
  Evaluate evaluate = nullptr;
  llvm::SmallVector<unsigned, 3> operands;
  unsigned result = 0;
  /// Type of the result and of the first operand.
  mlir::Type type, operandType;
  /// Comparison predicate.
  int64_t predicate = 0;
};

class ScalarProgram {
public:
  /// Fails for operations that have no evaluation.
  static std::optional<ScalarProgram> compile(mlir::Block &body);

  /// How often reductions are nested in what this value depends on.
  unsigned levelOf(mlir::Value value) const { return levels.lookup(value); }

  unsigned registerOf(mlir::Value value) const {
    return registers.lookup(value);
  }

  /// Instructions that compute the values, in order; reductions and what only
  /// they need are left out: they have been computed in an earlier phase.
  std::vector<const Instruction *> sliceOf(mlir::ValueRange values) const;

  std::vector<Instruction> instructions;
  unsigned registerCount = 0;
  unsigned reductionLevels = 0;

private:
  llvm::DenseMap<mlir::Value, unsigned> registers, levels;
};

/// The evaluation of an operation on scalars; null when there is none.
Instruction::Evaluate evaluationOf(mlir::Operation *op);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_SCALARPROGRAM_H
