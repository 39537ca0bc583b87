//===- ConstantFolder.cpp - computes operations on constants --------------===//
//
// An operation is lowered alone into a scratch function, whose kernels are
// interpreted. So folding knows no operators, and what it computes is what the
// kernels mean.
//
//===----------------------------------------------------------------------===//

#include "passes/graph/ConstantFolder.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

/// The attributes of all operands, when they are constants.
static std::optional<SmallVector<ElementsAttr>>
constantOperands(Operation *op) {
  SmallVector<ElementsAttr> constants;
  for (Value operand : op->getOperands()) {
    Attribute value;
    if (!matchPattern(operand, m_Constant(&value)) ||
        !isa<ElementsAttr>(value)) {
      return std::nullopt;
    }
    constants.push_back(cast<ElementsAttr>(value));
  }
  return constants;
}

/// Bytes of all results, or -1 when one is not static.
static int64_t resultBytes(Operation *op) {
  int64_t bytes = 0;
  for (Type type : op->getResultTypes()) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (!tensor || !tensor.hasStaticShape() ||
        !tensor.getElementType().isIntOrFloat()) {
      return -1;
    }
    bytes += tensor.getNumElements() * storageBytesOf(tensor.getElementType());
  }
  return bytes;
}

/// Whether the kernel only moves elements.
static bool isIdentity(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  return isa<kernel::ReshapeOp>(op) ||
         (kernel && kernel.getBody().front().getOperations().size() == 1);
}

/// Interprets the operations before the end of the block and returns `values`.
static std::optional<HostTensors> interpret(Block &block, ValueRange values,
                                            ArrayRef<HostTensor> operands,
                                            bool allowViews, int64_t &steps) {
  bool views = true;
  for (Operation &op : block) {
    views &= isIdentity(&op);
  }
  if (views && !allowViews) {
    return std::nullopt;
  }
  OpBuilder builder = OpBuilder::atBlockEnd(&block);
  auto end = func::ReturnOp::create(builder, builder.getUnknownLoc(), values);
  Interpreter interpreter({}, steps);
  auto results = interpreter.runBlock(block, operands);
  steps = std::max<int64_t>(interpreter.getStepsLeft(), 0);
  end.erase();
  return results;
}

/// Computes the operation in a module of its own.
static std::optional<HostTensors> evaluate(Operation *op,
                                           ArrayRef<HostTensor> operands,
                                           bool allowViews, int64_t &steps) {
  OpBuilder builder(op->getContext());
  OwningOpRef<ModuleOp> scratch = ModuleOp::create(op->getLoc());
  builder.setInsertionPointToEnd(scratch->getBody());
  auto function = func::FuncOp::create(
      builder, op->getLoc(), "fold",
      builder.getFunctionType(op->getOperandTypes(), op->getResultTypes()));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  IRMapping mapping;
  mapping.map(op->getOperands(), block->getArguments());
  Operation *clone = builder.clone(*op, mapping);
  auto lowering = dyn_cast<LowerOpInterface>(clone);
  if (!lowering) {
    return interpret(*block, clone->getResults(), operands, allowViews, steps);
  }
  // An operator that cannot be lowered is reported when it is, not here.
  ScopedDiagnosticHandler silence(op->getContext(),
                                  [](Diagnostic &) { return success(); });
  FailureOr<SmallVector<Value>> values = lowering.lower(builder);
  if (failed(values)) {
    return std::nullopt;
  }
  clone->erase();
  return interpret(*block, *values, operands, allowViews, steps);
}

std::optional<SmallVector<ElementsAttr>> foldOperation(Operation *op,
                                                       FoldBudget &budget) {
  int64_t bytes = resultBytes(op);
  bool known = isa<LowerOpInterface, KernelOp, kernel::ConcatOp>(op);
  if (!known || op->hasTrait<OpTrait::ConstantLike>() || !isPure(op) ||
      bytes < 0 || bytes > budget.tensorBytes || bytes > budget.modelBytes) {
    return std::nullopt;
  }
  auto constants = constantOperands(op);
  bool large = bytes > kInlineConstantBytes;
  if (!constants || (constants->empty() && large)) {
    return std::nullopt;
  }
  SmallVector<HostTensor> operands;
  for (auto [value, constant] :
       llvm::zip_equal(op->getOperands(), *constants)) {
    auto type = cast<ShapedType>(constant.getType());
    if (!type.hasStaticShape() ||
        type.getNumElements() * 4 > budget.tensorBytes) {
      return std::nullopt;
    }
    auto loaded = loadElements(constant);
    if (!loaded) {
      return std::nullopt;
    }
    operands.push_back(std::move(*loaded));
  }
  auto results = evaluate(op, operands, !large, budget.steps);
  if (!results) {
    return std::nullopt;
  }
  budget.modelBytes -= bytes;
  SmallVector<ElementsAttr> attributes;
  for (const HostTensor &tensor : *results) {
    attributes.push_back(storeElements(tensor));
  }
  return attributes;
}

std::optional<ElementsAttr> foldOperation(Operation *op) {
  FoldBudget budget;
  if (op->getNumResults() != 1) {
    return std::nullopt;
  }
  auto folded = foldOperation(op, budget);
  return folded ? std::optional(folded->front()) : std::nullopt;
}

} // namespace tessera::graph
