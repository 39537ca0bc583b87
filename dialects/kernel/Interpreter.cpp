//===- Interpreter.cpp - executes kernels in the compiler -----------------===//

#include "dialects/kernel/Interpreter.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/KernelRun.h"
#include "dialects/kernel/PointAccess.h"

using namespace mlir;

namespace tessera::kernel {

static std::optional<SmallVector<int64_t>> shapeOf(Value value,
                                                   ArrayRef<int64_t> symbols) {
  SmallVector<int64_t> shape;
  for (AffineExpr extent : extentsOf(value)) {
    shape.push_back(evaluate(extent, {}, symbols));
    if (shape.back() < 0) {
      return std::nullopt;
    }
  }
  return shape;
}

/// An uninitialised tensor for the value.
static std::optional<HostTensor> tensorFor(Value value,
                                           ArrayRef<int64_t> symbols) {
  auto shape = shapeOf(value, symbols);
  if (!shape) {
    return std::nullopt;
  }
  int64_t count = 1;
  for (int64_t extent : *shape) {
    count *= extent;
  }
  auto type = cast<RankedTensorType>(value.getType());
  return HostTensor{type.getElementType(), *shape,
                    std::vector<Scalar>(count, Scalar{0.0})};
}

/// Copies each operand to its place along the axis.
static void concatenate(ArrayRef<const HostTensor *> operands, int64_t axis,
                        HostTensor &result) {
  int64_t outer = 1, inner = 1;
  for (int64_t i = 0; i < static_cast<int64_t>(result.shape.size()); ++i) {
    (i < axis ? outer : inner) *= i == axis ? 1 : result.shape[i];
  }
  int64_t start = 0;
  for (const HostTensor *operand : operands) {
    int64_t row = operand->shape[axis] * inner;
    for (int64_t i = 0; i < outer; ++i) {
      std::copy_n(operand->elements.begin() + i * row, row,
                  result.elements.begin() +
                      (i * result.shape[axis] + start) * inner);
    }
    start += operand->shape[axis];
  }
}

/// Whether the operation depends on a symbol whose value is not known.
static bool usesUnknownSymbols(Operation *op, unsigned known) {
  bool unknown = false;
  op->walk([&](Operation *o) {
    for (NamedAttribute named : o->getAttrs()) {
      named.getValue().walk([&](AffineMapAttr map) {
        unknown |= map.getValue().getNumSymbols() > known;
      });
    }
  });
  return unknown;
}

std::optional<HostTensors>
Interpreter::run(Operation *op, ArrayRef<const HostTensor *> operands) {
  HostTensors results;
  if (usesUnknownSymbols(op, symbols.size())) {
    return std::nullopt;
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto elements = dyn_cast<ElementsAttr>(constant.getValue());
    auto loaded = elements ? loadElements(elements) : std::nullopt;
    if (!loaded) {
      return std::nullopt;
    }
    results.push_back(std::move(*loaded));
    return results;
  }
  for (Value value : op->getResults()) {
    auto tensor = tensorFor(value, symbols);
    if (!tensor) {
      return std::nullopt;
    }
    stepsLeft -= tensor->elements.size();
    results.push_back(std::move(*tensor));
  }
  if (stepsLeft < 0) {
    return std::nullopt;
  }
  if (isa<ReshapeOp>(op)) {
    if (results[0].elements.size() != operands[0]->elements.size()) {
      return std::nullopt;
    }
    results[0].elements = operands[0]->elements;
    return results;
  }
  if (auto concat = dyn_cast<ConcatOp>(op)) {
    concatenate(operands, concat.getAxis(), results[0]);
    return results;
  }
  auto kernel = dyn_cast<KernelOp>(op);
  if (!kernel || !runKernel(kernel, operands, results, symbols, stepsLeft)) {
    return std::nullopt;
  }
  return results;
}

std::optional<HostTensors>
Interpreter::runBlock(Block &block, ArrayRef<HostTensor> arguments) {
  llvm::DenseMap<Value, const HostTensor *> values;
  std::vector<std::unique_ptr<HostTensors>> storage;
  for (auto [argument, tensor] :
       llvm::zip_equal(block.getArguments(), arguments)) {
    values[argument] = &tensor;
  }
  for (Operation &op : block.without_terminator()) {
    SmallVector<const HostTensor *> operands;
    for (Value operand : op.getOperands()) {
      operands.push_back(values.lookup(operand));
    }
    auto results = run(&op, operands);
    if (!results) {
      return std::nullopt;
    }
    storage.push_back(std::make_unique<HostTensors>(std::move(*results)));
    for (auto [value, tensor] :
         llvm::zip_equal(op.getResults(), *storage.back())) {
      values[value] = &tensor;
    }
  }
  HostTensors returned;
  for (Value value : block.getTerminator()->getOperands()) {
    returned.push_back(*values.lookup(value));
  }
  return returned;
}

} // namespace tessera::kernel
