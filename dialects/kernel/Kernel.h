//===- Kernel.h - the tsk dialect -------------------------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_KERNEL_H
#define TESSERA_DIALECTS_KERNEL_KERNEL_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/OpDefinition.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

#include "dialects/kernel/KernelDialect.h.inc"
#include "dialects/kernel/KernelEnums.h.inc"

#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttrs.h.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/kernel/KernelTypes.h.inc"

namespace tessera::kernel {
/// Whether a body argument of this type stands for a whole input (read by
/// tsk.gather only) and not for one element of it.
inline bool isWholeType(mlir::Type type) {
  return llvm::isa<mlir::RankedTensorType, BufferType>(type);
}

/// The type that elements of `element` have in a body: signless integers.
mlir::Type scalarTypeOf(mlir::Type element);

/// Bytes that one element takes in memory (i1 is stored as one byte).
int64_t storageBytesOf(mlir::Type element);
} // namespace tessera::kernel

#include "dialects/kernel/KernelInterfaces.h.inc"
#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.h.inc"

namespace tessera::kernel {
/// Whether two buffers of a plan may be the same memory; different operations
/// are not unless they name the same range of the arena.
bool mayShareMemory(mlir::Value a, mlir::Value b);

/// Whether the operation is a step of the execution, unless it is part of a
/// loop: a launch, a loop of launches or a call.
bool isStep(mlir::Operation *op);

/// The steps below `plan` in the order of execution, loops as a whole.
llvm::SmallVector<mlir::Operation *> stepsOf(mlir::Operation *plan);
} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_KERNEL_H
