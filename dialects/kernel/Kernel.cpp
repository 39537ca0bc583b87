//===- Kernel.cpp - the tsk dialect: registration and verifiers -----------===//

#include "dialects/kernel/Kernel.h"
#include "dialects/kernel/Library.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectImplementation.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tessera::kernel;

#include "dialects/kernel/KernelDialect.cpp.inc"
#include "dialects/kernel/KernelEnums.cpp.inc"
#include "dialects/kernel/KernelInterfaces.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "dialects/kernel/KernelAttrs.cpp.inc"
#define GET_TYPEDEF_CLASSES
#include "dialects/kernel/KernelTypes.cpp.inc"
#define GET_OP_CLASSES
#include "dialects/kernel/KernelOps.cpp.inc"

void TskDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialects/kernel/KernelAttrs.cpp.inc"
      >();
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialects/kernel/KernelTypes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "dialects/kernel/KernelOps.cpp.inc"
      >();
}

Type tessera::kernel::scalarTypeOf(Type element) {
  if (auto integer = dyn_cast<IntegerType>(element)) {
    return IntegerType::get(element.getContext(), integer.getWidth());
  }
  return element;
}

int64_t tessera::kernel::storageBytesOf(Type element) {
  if (isStringType(element)) {
    return 16;
  }
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

bool tessera::kernel::isStep(Operation *op) {
  return isa<LaunchOp, LoopOp, CallOp>(op);
}

SmallVector<Operation *> tessera::kernel::stepsOf(Operation *plan) {
  SmallVector<Operation *> steps;
  plan->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!isStep(op)) {
      return WalkResult::advance();
    }
    steps.push_back(op);
    return WalkResult::skip();
  });
  return steps;
}

bool tessera::kernel::mayShareMemory(Value a, Value b) {
  auto first = a.getDefiningOp<ArenaOp>(), second = b.getDefiningOp<ArenaOp>();
  return a == b || (first && second && first.getOffset() == second.getOffset());
}

bool LaunchOp::canFail() {
  return llvm::any_of(getBody().front().getOps<GatherOp>(),
                      [](GatherOp gather) { return !gather.getClamp(); });
}

//===----------------------------------------------------------------------===//
// Nest interface
//===----------------------------------------------------------------------===//

AffineMap KernelOp::getExtentMap() { return getExtents(); }
ArrayAttr KernelOp::getIteratorAttrs() { return getIterators(); }
ArrayAttr KernelOp::getInputMapAttrs() { return getInputMaps(); }
ArrayAttr KernelOp::getOutputMapAttrs() { return getResultMaps(); }
OperandRange KernelOp::getNestInputs() { return getInputs(); }
ArrayAttr KernelOp::getPadAttrs() { return getPads(); }
ArrayRef<int64_t> KernelOp::getFeedbackOutputs() { return getFeedback(); }
Region &KernelOp::getNestBody() { return getBody(); }

AffineMap LaunchOp::getExtentMap() { return getExtents(); }
ArrayAttr LaunchOp::getIteratorAttrs() { return getIterators(); }
ArrayAttr LaunchOp::getInputMapAttrs() { return getInputMaps(); }
ArrayAttr LaunchOp::getOutputMapAttrs() { return getOutputMaps(); }
OperandRange LaunchOp::getNestInputs() { return getInputs(); }
ArrayAttr LaunchOp::getPadAttrs() { return getPads(); }
ArrayRef<int64_t> LaunchOp::getFeedbackOutputs() { return getFeedback(); }
Region &LaunchOp::getNestBody() { return getBody(); }

//===----------------------------------------------------------------------===//
// Verifiers
//===----------------------------------------------------------------------===//

/// Checks what kernels and launches have in common.
static LogicalResult verifyNest(NestOpInterface nest, unsigned outputs) {
  Operation *op = nest.getOperation();
  unsigned dims = nest.getNumDims(), inputs = nest.getNestInputs().size();
  if (nest.getIteratorAttrs().size() != dims) {
    return op->emitOpError("expected one iterator for each of its ")
           << dims << " dimensions, got " << nest.getIteratorAttrs().size();
  }
  if (nest.getInputMapAttrs().size() != inputs ||
      nest.getPadAttrs().size() != inputs ||
      nest.getFeedbackOutputs().size() != inputs ||
      nest.getNestBody().getNumArguments() != inputs) {
    return op->emitOpError("expected one map, pad, feedback entry and body "
                           "argument for each of its ")
           << inputs << " inputs";
  }
  if (nest.getOutputMapAttrs().size() != outputs) {
    return op->emitOpError("expected one map for each of its ")
           << outputs << " outputs, got " << nest.getOutputMapAttrs().size();
  }
  bool reduces = false;
  for (unsigned dim = 0; dim < dims; ++dim) {
    reduces |= nest.getIterator(dim) == IteratorKind::reduction;
  }
  if (!reduces && !nest.getNestBody().front().getOps<ReduceOp>().empty()) {
    return op->emitOpError(
        "expected a reduction dimension for the reductions of its body");
  }
  Operation *terminator = nest.getNestBody().front().getTerminator();
  if (!isa<YieldOp>(terminator) || terminator->getNumOperands() != outputs) {
    return op->emitOpError("expected a body that yields ")
           << outputs << " values";
  }
  for (unsigned i = 0; i < inputs; ++i) {
    if (!nest.isWholeInput(i) && nest.getInputMap(i).getNumDims() != dims) {
      return op->emitOpError("expected the map of input ")
             << i << " to take " << dims << " dimensions, got "
             << nest.getInputMap(i).getNumDims();
    }
    if (nest.getFeedbackOutputs()[i] >= static_cast<int64_t>(outputs)) {
      return op->emitOpError("expected the feedback of input ")
             << i << " to be an output, got " << nest.getFeedbackOutputs()[i];
    }
  }
  for (unsigned i = 0; i < outputs; ++i) {
    if (nest.getOutputMap(i).getNumDims() != dims) {
      return op->emitOpError("expected the map of output ")
             << i << " to take " << dims << " dimensions, got "
             << nest.getOutputMap(i).getNumDims();
    }
  }
  return success();
}

LogicalResult KernelOp::verify() {
  if (failed(verifyNest(*this, getNumResults()))) {
    return failure();
  }
  for (unsigned i = 0; i < getInputs().size(); ++i) {
    auto type = cast<RankedTensorType>(getInputs()[i].getType());
    if (!isWholeInput(i) && getInputMap(i).getNumResults() != type.getRank()) {
      return emitOpError("expected the map of input ")
             << i << " to give " << type.getRank() << " coordinates, got "
             << getInputMap(i).getNumResults();
    }
  }
  for (unsigned i = 0; i < getNumResults(); ++i) {
    auto type = cast<RankedTensorType>(getResult(i).getType());
    if (getOutputMap(i).getNumResults() != type.getRank()) {
      return emitOpError("expected the map of result ")
             << i << " to give " << type.getRank() << " coordinates, got "
             << getOutputMap(i).getNumResults();
    }
  }
  return success();
}

LogicalResult LoopOp::verify() {
  for (Operation &op : getBody().front()) {
    auto inner = dyn_cast<LoopOp>(op);
    if (!inner && !isa<LaunchOp>(op)) {
      return emitOpError("expected only launches and loops in its body, got ")
             << op.getName();
    }
    if (inner && (inner.getRuns() > 0 || inner.getSymbol() < getSymbolEnd())) {
      return inner.emitOpError("expected an inner loop without runs whose "
                               "symbols follow those of the loop around it");
    }
  }
  for (Attribute length : getLengths()) {
    if (cast<AffineMapAttr>(length).getValue().getNumDims() != 0) {
      return emitOpError("expected lengths of symbols only");
    }
  }
  return success();
}

SmallVector<Value> LoopOp::getBuffers() {
  llvm::SetVector<Value> buffers;
  walk([&](LaunchOp launch) { buffers.insert_range(launch.getBuffers()); });
  return buffers.takeVector();
}

LogicalResult LaunchOp::verify() {
  if (failed(verifyNest(*this, getOutputs().size()))) {
    return failure();
  }
  if (getGuards().size() != getInputs().size()) {
    return emitOpError("expected one guard for each of its ")
           << getInputs().size() << " inputs, got " << getGuards().size();
  }
  if (getOffsets() && getOffsets()->size() != getBuffers().size()) {
    return emitOpError("expected one offset for each of its ")
           << getBuffers().size() << " buffers, got " << getOffsets()->size();
  }
  size_t conditions = getConditions().size();
  if ((getConditionOffsets() ? getConditionOffsets()->size() : 0) !=
          conditions ||
      getConditionValues().value_or(ArrayRef<bool>()).size() != conditions) {
    return emitOpError("expected one offset and one value for each of its ")
           << conditions << " conditions";
  }
  for (Value condition : getConditions()) {
    if (!cast<BufferType>(condition.getType()).getElementType().isInteger(1)) {
      return emitOpError("expected conditions of i1, got ")
             << condition.getType();
    }
  }
  if (auto schedule = getSchedule()) {
    size_t dims = getNumDims();
    if (schedule->getTile().size() != static_cast<int64_t>(dims) ||
        schedule->getOrder().size() != static_cast<int64_t>(dims) ||
        (schedule->getBlocks() &&
         schedule->getBlocks().size() != static_cast<int64_t>(dims))) {
      return emitOpError("expected a schedule for ") << dims << " dimensions";
    }
  }
  return success();
}
