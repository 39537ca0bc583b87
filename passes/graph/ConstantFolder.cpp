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

/// Whether the kernel only moves elements. What lies around a constant is no
/// part of it: read through a border, it would be copied in every run.
static bool isIdentity(Operation *op) {
  auto kernel = dyn_cast<KernelOp>(op);
  return isa<kernel::ReshapeOp>(op) ||
         (kernel && kernel.getBody().front().getOperations().size() == 1 &&
          llvm::all_of(kernel.getPads(), llvm::IsaPred<UnitAttr>));
}

/// Whether a large result would only spell the integers of a smaller constant
/// in more bytes: what reads it can do that itself.
static bool isWidening(Operation *op) {
  if (op->getNumOperands() != 1 || resultBytes(op) <= kInlineConstantBytes) {
    return false;
  }
  auto from = cast<RankedTensorType>(op->getOperand(0).getType());
  auto to = cast<RankedTensorType>(op->getResult(0).getType());
  return from.getShape() == to.getShape() &&
         isa<IntegerType>(from.getElementType()) &&
         isa<IntegerType>(to.getElementType()) &&
         storageBytesOf(from.getElementType()) <
             storageBytesOf(to.getElementType());
}

/// How many views of constants are looked through.
static constexpr unsigned kMaxViews = 8;

static ElementsAttr constantOf(Value value) {
  Attribute attribute;
  matchPattern(value, m_Constant(&attribute));
  return dyn_cast_or_null<ElementsAttr>(attribute);
}

static bool isFoldable(Operation *op) {
  return op &&
         isa<LowerOpInterface, KernelOp, kernel::ConcatOp, kernel::ReshapeOp>(
             op) &&
         !op->hasTrait<OpTrait::ConstantLike>() && isPure(op) &&
         !op->hasAttr(kInRunAttr) && resultBytes(op) >= 0;
}

/// Whether the values are constants or, through few operations, follow from
/// constants alone.
static bool followFromConstants(ValueRange values, int64_t maxBytes,
                                unsigned depth) {
  return llvm::all_of(values, [&](Value value) {
    if (ElementsAttr constant = constantOf(value)) {
      auto type = cast<ShapedType>(constant.getType());
      return type.hasStaticShape() && type.getNumElements() <= maxBytes / 4;
    }
    Operation *op = value.getDefiningOp();
    return depth > 0 && isFoldable(op) && resultBytes(op) <= maxBytes &&
           followFromConstants(op->getOperands(), maxBytes, depth - 1);
  });
}

namespace {
/// Lowers one operation alone into a scratch function and interprets it.
class Evaluation {
public:
  Evaluation(Operation *op, int64_t &steps) : op(op), steps(steps) {}

  /// Builds the scratch function; false when the operation has no lowering.
  bool lower();

  /// Whether all that is computed is where elements lie.
  bool isView() {
    return llvm::all_of(function.getBody().front().without_terminator(),
                        [](Operation &o) { return isIdentity(&o); });
  }

  std::optional<HostTensors> run();

private:
  Operation *op;
  int64_t &steps;
  OwningOpRef<ModuleOp> scratch;
  func::FuncOp function;
};
} // namespace

bool Evaluation::lower() {
  OpBuilder builder(op->getContext());
  scratch = ModuleOp::create(op->getLoc());
  builder.setInsertionPointToEnd(scratch->getBody());
  function = func::FuncOp::create(
      builder, op->getLoc(), "fold",
      builder.getFunctionType(op->getOperandTypes(), op->getResultTypes()));
  Block *block = function.addEntryBlock();
  builder.setInsertionPointToEnd(block);
  // An operand that appears twice is one value; any of its arguments will do.
  IRMapping mapping;
  mapping.map(op->getOperands(), block->getArguments());
  Operation *clone = builder.clone(*op, mapping);
  SmallVector<Value> values(clone->getResults());
  if (auto lowering = dyn_cast<LowerOpInterface>(clone)) {
    // An operator that cannot be lowered is reported when it is, not here.
    ScopedDiagnosticHandler silence(op->getContext(),
                                    [](Diagnostic &) { return success(); });
    FailureOr<SmallVector<Value>> lowered = lowering.lower(builder);
    if (failed(lowered)) {
      return false;
    }
    values = *lowered;
    clone->erase();
  }
  func::ReturnOp::create(builder, op->getLoc(), values);
  return true;
}

/// The value's elements; what follows from constants is computed on the way.
static std::optional<HostTensor> elementsOf(Value value, int64_t &steps) {
  if (ElementsAttr constant = constantOf(value)) {
    return loadElements(constant);
  }
  Evaluation evaluation(value.getDefiningOp(), steps);
  auto results =
      evaluation.lower() ? evaluation.run() : std::optional<HostTensors>();
  if (!results) {
    return std::nullopt;
  }
  return std::move((*results)[cast<OpResult>(value).getResultNumber()]);
}

std::optional<HostTensors> Evaluation::run() {
  SmallVector<HostTensor> operands;
  for (Value operand : op->getOperands()) {
    auto elements = elementsOf(operand, steps);
    if (!elements) {
      return std::nullopt;
    }
    operands.push_back(std::move(*elements));
  }
  Interpreter interpreter({}, steps);
  auto results = interpreter.runBlock(function.getBody().front(), operands);
  steps = std::max<int64_t>(interpreter.getStepsLeft(), 0);
  return results;
}

std::optional<SmallVector<ElementsAttr>> foldOperation(Operation *op,
                                                       FoldBudget &budget) {
  int64_t bytes = resultBytes(op);
  bool large = bytes > kInlineConstantBytes;
  if (!isFoldable(op) || isWidening(op) || bytes > budget.tensorBytes ||
      bytes > budget.modelBytes || (large && op->getNumOperands() == 0) ||
      !followFromConstants(op->getOperands(), budget.tensorBytes, kMaxViews)) {
    return std::nullopt;
  }
  Evaluation evaluation(op, budget.steps);
  if (!evaluation.lower() || (large && evaluation.isView())) {
    return std::nullopt;
  }
  auto results = evaluation.run();
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
