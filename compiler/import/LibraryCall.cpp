//===- LibraryCall.cpp - builds calls of the operator library -------------===//

#include "compiler/import/LibraryCall.h"
#include "compiler/import/Importer.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/ExtentLimits.h"
#include "dialects/kernel/Library.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

LibraryCall &LibraryCall::input(Value value) {
  if (value) {
    operands.push_back(value);
    positions.push_back(position);
  }
  ++position;
  return *this;
}

LibraryCall &LibraryCall::inputs(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) {
    Value value = node.input(i);
    failed |= node.has(i) && !value;
    input(value);
  }
  return *this;
}

/// Whether sizes, axes and bounds can be read from elements of this type.
static bool isSizeType(Type element) {
  return element.isSignlessInteger(16) || element.isSignlessInteger(32) ||
         element.isSignlessInteger(64) || element.isF16() || element.isBF16() ||
         element.isF32() || element.isF64();
}

LibraryCall &LibraryCall::sizeInputs(unsigned first, unsigned count) {
  for (unsigned i = first; i < first + count; ++i) {
    if (!node.has(i) || isSizeType(node.type(i).getElementType())) {
      continue;
    }
    std::string element;
    raw_string_ostream(element) << node.type(i).getElementType();
    failed |= mlir::failed(
        node.fail("unsupported type of input " + Twine(i),
                  "expected sizes, axes or bounds as int64, got elements of "
                  "type " +
                      element));
  }
  return inputs(first, count);
}

LibraryCall &LibraryCall::parameter(StringRef name, Attribute value) {
  if (value) {
    parameters.push_back(node.builder.getNamedAttr(name, value));
  }
  return *this;
}

AffineExpr LibraryCall::dimension(const Twine &name, AffineExpr bound,
                                  int64_t lower) {
  open.push_back(node.importer.computedDimension(name.str(), bound, lower));
  return open.back();
}

AffineExpr LibraryCall::outputDimension(unsigned index, unsigned axis,
                                        AffineExpr bound) {
  std::string name = node.wants(index) ? node.proto.output(index)
                                       : node.name + "#" + utostr(index);
  return dimension(name + "[" + Twine(axis) + "]", bound);
}

LibraryCall &LibraryCall::result(Type element, ArrayRef<AffineExpr> sizes) {
  for (auto [axis, size] : enumerate(sizes)) {
    if (is_contained(open, size)) {
      erase(open, size);
      extents.append({cast<AffineSymbolExpr>(size).getPosition(),
                      int64_t(types.size()), int64_t(axis)});
    }
  }
  types.push_back(kernel::tensorTypeOf(element, sizes));
  return *this;
}

LibraryCall &LibraryCall::sizesResult(ArrayRef<AffineExpr> dimensions) {
  for (auto [i, size] : enumerate(dimensions)) {
    erase(open, size);
    elements.append({cast<AffineSymbolExpr>(size).getPosition(),
                     int64_t(types.size()), int64_t(i)});
  }
  types.push_back(RankedTensorType::get({int64_t(dimensions.size())},
                                        node.builder.getI64Type()));
  return *this;
}

LibraryCall &LibraryCall::scratch(AffineExpr bytes) {
  scratchBytes = bytes;
  return *this;
}

Operation *LibraryCall::build() {
  if (failed || node.failed()) {
    return nullptr;
  }
  for (Type type : types) {
    std::string problem = kernel::problemOfType(cast<RankedTensorType>(type));
    if (!problem.empty()) {
      (void)node.fail("unsupported result", problem);
      return nullptr;
    }
  }
  OpBuilder &builder = node.builder;
  AffineMapAttr scratchMap;
  if (scratchBytes) {
    scratchMap = AffineMapAttr::get(
        kernel::extentMapOf(builder.getContext(), {scratchBytes}));
  }
  return graph::LibraryOp::create(
      builder, node.location, types, builder.getStringAttr(function), operands,
      builder.getDenseI64ArrayAttr(positions),
      builder.getDictionaryAttr(parameters),
      builder.getDenseI64ArrayAttr(extents),
      builder.getDenseI64ArrayAttr(elements), scratchMap);
}

LogicalResult LibraryCall::buildResults() { return node.setResults(build()); }

Value sizesTensor(Node &node, ArrayRef<AffineExpr> sizes) {
  KnownTensor known;
  known.element = node.builder.getI64Type();
  known.shape = {int64_t(sizes.size())};
  for (AffineExpr size : sizes) {
    known.elements.push_back({kernel::simplify(size), 0});
  }
  Tensor *tensor = node.importer.newTensor(node.location);
  tensor->type = known.type();
  tensor->known = std::move(known);
  tensor->knownWasRead = true;
  return node.importer.materialise(*tensor);
}

AffineExpr Importer::computedDimension(StringRef name, AffineExpr bound,
                                       int64_t lower) {
  int64_t upper = -1;
  if (const DimensionRule *rule = dimensions.ruleFor(name)) {
    lower = std::max(lower, rule->lower);
    upper = rule->upper;
  }
  return kernel::computedDimension(*module, name, lower, upper, bound);
}

std::optional<int64_t> Importer::boundOf(StringRef name) {
  const DimensionRule *rule = dimensions.ruleFor(name);
  return rule && rule->upper >= 0 ? std::optional(rule->upper) : std::nullopt;
}

} // namespace tessera::import
