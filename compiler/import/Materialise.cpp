//===- Materialise.cpp - what is known of a tensor, and its value ---------===//
//
// A tensor of the model becomes an operation only when another one reads it:
// many are sizes and parameters that the import itself computes with.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Value Importer::materialise(Tensor &tensor) {
  if (tensor.value || !tensor.type) {
    return tensor.value;
  }
  if (!tensor.constant && tensor.known && tensor.known->isConstant()) {
    tensor.constant = constantOfKnown(*tensor.known);
  }
  auto create = [&](StringRef name, ValueRange operands,
                    ArrayRef<NamedAttribute> attributes) {
    Operation *operation = graph::createCheckedOperation(
        builder, tensor.location, OperationName(name, builder.getContext()),
        operands, attributes);
    return operation ? Value(operation->getResult(0)) : Value();
  };
  if (auto texts = dyn_cast_or_null<DenseStringElementsAttr>(tensor.constant)) {
    tensor.value = stringConstant(builder, tensor.location, texts);
    return tensor.value;
  }
  if (tensor.constant) {
    tensor.value = create(graph::ConstantOp::getOperationName(), {},
                          builder.getNamedAttr("value", tensor.constant));
    return tensor.value;
  }
  // Floats and truth values that follow from sizes are converted from integers.
  const KnownTensor &known = *tensor.known;
  bool isConverted = known.isFloat() || known.element.isInteger(1);
  Type integer = isConverted ? builder.getI64Type() : known.element;
  AffineMap values = kernel::extentMapOf(builder.getContext(), *known.exprs());
  tensor.value = create(
      graph::ExtentsOp::getOperationName(), {},
      {builder.getNamedAttr("values", AffineMapAttr::get(values)),
       builder.getNamedAttr("shape", builder.getDenseI64ArrayAttr(known.shape)),
       builder.getNamedAttr("element", TypeAttr::get(integer))});
  if (isConverted && tensor.value) {
    tensor.value =
        create(graph::CastOp::getOperationName(), {tensor.value},
               builder.getNamedAttr("to", TypeAttr::get(known.element)));
  }
  return tensor.value;
}

const KnownTensor *Importer::known(Tensor &tensor) {
  if (!tensor.knownWasRead) {
    tensor.knownWasRead = true;
    if (tensor.constant) {
      tensor.known = readKnown(tensor.constant);
    } else if (!tensor.known && tensor.type && tensor.type.getRank() == 1 &&
               tensor.type.getDimSize(0) == 0) {
      // No elements: nothing about it is unknown.
      tensor.known.emplace();
      tensor.known->shape = {0};
      tensor.known->element = tensor.type.getElementType();
    }
  }
  return tensor.known ? &*tensor.known : nullptr;
}

} // namespace tessera::import
