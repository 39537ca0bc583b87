//===- HostFunction.h - writes a function the runtime calls -----*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_HOSTFUNCTION_H
#define TESSERA_CODEGEN_CPU_HOSTFUNCTION_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"

namespace tessera::cpu {

/// A hidden function whose parameters are pointers, and what its writers need
/// often.
class HostFunction {
public:
  enum class Result { none, status, index };

  HostFunction(mlir::ModuleOp code, llvm::StringRef name, unsigned parameters,
               Result result);

  /// Address and value of the field `bytes` behind `base`.
  mlir::Value field(mlir::Value base, int64_t bytes);
  mlir::Value loadField(mlir::Value base, int64_t bytes, mlir::Type type);
  mlir::Value advance(mlir::Value base, mlir::Value bytes);

  /// The i64 values of all dimensions.
  llvm::SmallVector<mlir::Value> loadSymbols(mlir::Value dims, unsigned count);
  static unsigned dimensionCount(mlir::ModuleOp plan);

  /// Leaves the function with `status` (i32) unless it is zero.
  void returnIfNonzero(mlir::Value status);

  /// The runtime's functions that run the tasks of a launch, of the steps of
  /// one, or of several.
  mlir::LLVM::LLVMFuncOp parallelFunction();
  mlir::LLVM::LLVMFuncOp parallelStepsFunction();
  mlir::LLVM::LLVMFuncOp parallelJoinedFunction();
  mlir::LLVM::LLVMFuncOp parallelBandsFunction();

  mlir::ModuleOp code;
  mlir::Location loc;
  mlir::OpBuilder b;
  mlir::Type pointer, index;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Block *entry;

private:
  mlir::LLVM::LLVMFuncOp declare(llvm::StringRef name,
                                 llvm::ArrayRef<mlir::Type> parameters);
};

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_HOSTFUNCTION_H
