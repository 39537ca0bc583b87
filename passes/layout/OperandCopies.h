//===- OperandCopies.h - operands of products in an order of their own ----===//
//
// A product of two computed tensors reads each element many times; one of them
// is often best in another order than its producer can store. A copy between
// the two lets the costs decide; copies that change nothing go again.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_LAYOUT_OPERANDCOPIES_H
#define TESSERA_PASSES_LAYOUT_OPERANDCOPIES_H

#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace tessera::layout {

/// Puts a kernel that copies before every computed operand of a product of
/// computed tensors; returns the copies.
llvm::SmallVector<kernel::KernelOp>
insertOperandCopies(mlir::func::FuncOp func);

/// Lets the users of a copy read its source.
void dropCopy(kernel::KernelOp copy);

} // namespace tessera::layout

#endif // TESSERA_PASSES_LAYOUT_OPERANDCOPIES_H
