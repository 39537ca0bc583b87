//===- Interpreter.h - executes kernels in the compiler ---------*- C++ -*-===//
//
// Slow, simple and independent of code generation: constants are folded with it
// and tests compare against it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_INTERPRETER_H
#define TESSERA_DIALECTS_KERNEL_INTERPRETER_H

#include "dialects/kernel/HostTensor.h"
#include "dialects/kernel/Kernel.h"

namespace tessera::kernel {

using HostTensors = llvm::SmallVector<HostTensor, 2>;

class Interpreter {
public:
  /// `symbols[N]` is the value of symbol sN; `maxSteps` bounds the scalar
  /// operations of all runs together.
  explicit Interpreter(llvm::ArrayRef<int64_t> symbols = {},
                       int64_t maxSteps = int64_t(1) << 40)
      : symbols(symbols), stepsLeft(maxSteps) {}

  /// The results of one kernel, reshape, concatenation or constant. Nothing
  /// when an operation has no evaluation, an index is out of range, or the
  /// steps are used up.
  std::optional<HostTensors> run(mlir::Operation *op,
                                 llvm::ArrayRef<const HostTensor *> operands);

  /// Runs the operations of a function's block and returns what it returns.
  std::optional<HostTensors> runBlock(mlir::Block &block,
                                      llvm::ArrayRef<HostTensor> arguments);

  int64_t getStepsLeft() const { return stepsLeft; }

private:
  llvm::SmallVector<int64_t> symbols;
  int64_t stepsLeft;
};

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_INTERPRETER_H
