//===- Casts.cpp - adapters: changes of element type ----------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult castNode(Node &node) {
  int64_t saturate = node.integer("saturate", 1);
  std::string rounding = node.text("round_mode", "up");
  if (!is_contained({"up", "down", "nearest"}, rounding)) {
    return node.fail("invalid attribute 'round_mode'",
                     "expected up, down or nearest, got '" + rounding + "'");
  }
  Type to;
  if (node.proto.op_type() == "CastLike") {
    to = node.type(1).getElementType();
  } else {
    int64_t wanted = node.integer("to", 0);
    if (node.opset < 6) { // A name, then.
      onnx::TensorProto::DataType type;
      wanted = onnx::TensorProto::DataType_Parse(node.text("to", ""), &type)
                   ? type
                   : 0;
    }
    Expected<Type> element = elementTypeOf(wanted, node.builder.getContext());
    if (!element) {
      return node.fail("unsupported type", toString(element.takeError()));
    }
    to = *element;
  }
  if (isKnownElement(to) || to == node.type(0).getElementType()) {
    return node.setResult(0, node.cast(node.input(0), to));
  }
  return node.setResult(
      0, node.create<graph::CastOp>(
             {node.input(0)}, {{"to", TypeAttr::get(to)},
                               {"saturate", node.integerAttribute(saturate)},
                               {"round_mode", node.textAttribute(rounding)}}));
}

LogicalResult bitCast(Node &node) {
  Expected<Type> to =
      elementTypeOf(node.integer("to", 0), node.builder.getContext());
  if (!to) {
    return node.fail("unsupported type", toString(to.takeError()));
  }
  Type from = node.type(0).getElementType();
  if (!from.isIntOrFloat() || !to->isIntOrFloat()) {
    return node.fail("unsupported type", "expected numbers");
  }
  unsigned have = from.getIntOrFloatBitWidth(),
           want = to->getIntOrFloatBitWidth();
  // A bool is a byte that is 0 or 1.
  Value input = node.input(0);
  if (have == 1 && want == 8) {
    Type byte = node.builder.getIntegerType(8, /*isSigned=*/false);
    input = node.cast(input, byte);
  } else if (have != want) {
    return node.fail("invalid attribute 'to'",
                     "expected a type of " + Twine(have) +
                         " bits, got one of " + Twine(want));
  }
  return node.setResult(
      0, node.create<graph::BitCastOp>({input}, {{"to", TypeAttr::get(*to)}}));
}

} // namespace

void addCastAdapters(AdapterTable &table) {
  table.add("BitCast", 26, 1, 1, bitCast);
  table.add("Cast", 1, 1, 1, castNode);
  table.add("CastLike", 15, 2, 2, castNode);
}

} // namespace tessera::import
