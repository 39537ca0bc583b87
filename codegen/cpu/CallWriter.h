//===- CallWriter.h - calls of the operator library -------------*- C++ -*-===//
//
// Fills the tsr_operator_call of a tsk.call on the stack, and takes over the
// dimensions that the call computed.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_CPU_CALLWRITER_H
#define TESSERA_CODEGEN_CPU_CALLWRITER_H

#include "codegen/cpu/HostFunction.h"
#include "dialects/kernel/Library.h"

namespace tessera::cpu {

class CallWriter {
public:
  /// Pointers that the run function holds: its frame, two fields of it, and
  /// stack memory of at least `wordsOf` each call.
  struct Memory {
    mlir::Value frame, dims, results, stack;
  };

  CallWriter(mlir::ModuleOp plan, HostFunction &host, Memory memory,
             llvm::SmallVector<mlir::Value> &symbols);

  /// Writes one call; `symbols` then hold what it computed.
  void write(kernel::CallOp call,
             llvm::function_ref<mlir::Value(mlir::Value)> pointerTo);

  /// Words of stack that a call needs.
  static unsigned wordsOf(kernel::CallOp call);

private:
  struct Operand {
    mlir::Value data, bytes;
    mlir::RankedTensorType type;
  };

  mlir::Value constant(int64_t value);
  mlir::Value evaluate(mlir::AffineExpr expr);
  void store(unsigned word, mlir::Value value);
  /// Writes a tsr_operand and its extents, which lie at `extentWord`.
  void storeOperand(unsigned word, unsigned &extentWord, const Operand &operand,
                    const llvm::BitVector &unknown);
  Operand inputOf(kernel::CallOp call, unsigned i, mlir::Value pointer);
  Operand resultOf(kernel::CallOp call, unsigned i, mlir::Value pointer);
  mlir::Value scratchBytesOf(kernel::CallOp call);
  mlir::Value callFunction(kernel::CallOp call);
  void define(kernel::CallOp call, llvm::ArrayRef<unsigned> extentWords,
              llvm::ArrayRef<mlir::Value> data);
  void checkDefined(unsigned symbol);
  /// What has become known: derived dimensions, constraints, outputs.
  void update();
  void checkOutput(unsigned index, mlir::RankedTensorType type);

  mlir::ModuleOp plan;
  HostFunction &host;
  mlir::OpBuilder &b;
  Memory memory;
  llvm::SmallVector<mlir::Value> &symbols;
  llvm::SmallVector<kernel::DimensionAttr> dimensions;
  /// Dimensions that are not known yet.
  llvm::BitVector unknown;
  llvm::SmallVector<mlir::AffineMap> constraints;
  llvm::SmallVector<std::pair<unsigned, mlir::RankedTensorType>> outputs;
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_CALLWRITER_H
