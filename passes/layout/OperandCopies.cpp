//===- OperandCopies.cpp - operands of products in an order of their own --===//

#include "passes/layout/OperandCopies.h"
#include "dialects/kernel/InnerInputs.h"
#include "dialects/kernel/KernelBuilder.h"
#include "passes/layout/KernelCost.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::layout {

/// Whether a kernel that reduces computes the tensor; one that does not stores
/// in any order as well as a copy would.
static bool isReduced(Value tensor) {
  auto producer = tensor.getDefiningOp<KernelOp>();
  return producer && llvm::any_of(producer.getIterators(), [](Attribute kind) {
           return cast<IteratorKindAttr>(kind).getValue() ==
                  IteratorKind::reduction;
         });
}

/// The inputs that two or more computed tensors feed into a reduction.
static SmallVector<unsigned> productOperands(KernelOp kernel) {
  SmallVector<unsigned> operands;
  for (auto [i, inner] :
       llvm::enumerate(innerInputs(kernel.getBody().front()))) {
    Value tensor = kernel.getInputs()[i];
    bool isPlain = !kernel.isWholeInput(i) && kernel.getFeedback()[i] < 0 &&
                   isa<UnitAttr>(kernel.getPads()[i]);
    if (inner && isPlain && tensor.getDefiningOp<KernelOp>()) {
      operands.push_back(i);
    } else if (inner &&
               isa_and_nonnull<arith::ConstantOp>(tensor.getDefiningOp())) {
      return {};
    }
  }
  return operands.size() > 1 ? operands : SmallVector<unsigned>();
}

SmallVector<KernelOp> insertOperandCopies(func::FuncOp func) {
  SmallVector<std::pair<KernelOp, SmallVector<unsigned>>> products;
  for (auto kernel : func.getBody().front().getOps<KernelOp>()) {
    SmallVector<unsigned> operands = productOperands(kernel);
    if (!operands.empty()) {
      products.push_back({kernel, operands});
    }
  }
  SmallVector<KernelOp> copies;
  for (auto &[kernel, operands] : products) {
    OpBuilder builder(kernel);
    for (unsigned i : operands) {
      Value tensor = kernel.getInputs()[i];
      if (!isReduced(tensor)) {
        continue;
      }
      KernelBuilder copy(builder, kernel.getLoc());
      SmallVector<AffineExpr> point = copy.parallel(extentsOf(tensor));
      Value element = copy.read(tensor, point);
      copies.push_back(copy.finish({element}, {point}, {tensor.getType()}));
      kernel->setOperand(i, copies.back().getResult(0));
    }
  }
  return copies;
}

void dropCopy(KernelOp copy) {
  copy.getResult(0).replaceAllUsesWith(copy.getInputs()[0]);
  copy.erase();
}

} // namespace tessera::layout
