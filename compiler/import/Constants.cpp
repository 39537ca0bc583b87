//===- Constants.cpp - adapters: constants --------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "compiler/import/SparseTensor.h"
#include "dialects/graph/Graph.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult constantOfShape(Node &node) {
  FailureOr<Sizes> target = node.sizes(0);
  if (failed(target)) {
    return failure();
  }
  Value fill;
  if (const onnx::TensorProto *value = node.tensor("value")) {
    Expected<ElementsAttr> attribute = node.importer.valueOf(*value);
    if (!attribute) {
      return node.fail("unsupported attribute 'value'",
                       toString(attribute.takeError()));
    }
    if (attribute->getNumElements() != 1) {
      return node.fail("unsupported attribute 'value'", "expected one element");
    }
    fill = node.reshape(node.constant(*attribute), {});
  } else {
    fill = node.scalarConstant(node.builder.getF32Type(), 0);
  }
  return node.setResult(0,
                        node.create<graph::ExpandOp>(
                            {fill}, {{"shape", node.sizesAttribute(*target)}}));
}

LogicalResult setConstant(Node &node, Expected<ElementsAttr> value) {
  if (!value) {
    return node.fail("unsupported constant", toString(value.takeError()));
  }
  Tensor *result = node.importer.newTensor(node.location);
  result->constant = *value;
  result->type = cast<RankedTensorType>(value->getType());
  return node.setAlias(0, result);
}

LogicalResult constantTensor(Node &node, const onnx::TensorProto &tensor) {
  return setConstant(node, node.importer.valueOf(tensor));
}

LogicalResult sparseConstant(Node &node,
                             const onnx::AttributeProto &attribute) {
  Importer &importer = node.importer;
  return setConstant(node, sparseValueOf(attribute.sparse_tensor(),
                                         importer.options.budget, importer.file,
                                         node.builder.getContext()));
}

LogicalResult stringConstant(Node &node) {
  onnx::TensorProto tensor;
  tensor.set_data_type(onnx::TensorProto::STRING);
  SmallVector<std::string> texts = node.texts("value_strings");
  if (node.hasAttribute("value_string")) {
    texts = {node.text("value_string", "")};
  } else {
    tensor.add_dims(texts.size());
  }
  for (const std::string &text : texts) {
    tensor.add_string_data(text);
  }
  return constantTensor(node, tensor);
}

LogicalResult constant(Node &node) {
  if (const onnx::TensorProto *value = node.tensor("value")) {
    return constantTensor(node, *value);
  }
  if (const onnx::AttributeProto *sparse = node.attribute("sparse_value")) {
    return sparseConstant(node, *sparse);
  }
  if (node.hasAttribute("value_string") || node.hasAttribute("value_strings")) {
    return stringConstant(node);
  }
  KnownTensor known;
  if (node.hasAttribute("value_int") || node.hasAttribute("value_ints")) {
    known.element = node.builder.getI64Type();
    SmallVector<int64_t> values = node.integers("value_ints");
    if (node.hasAttribute("value_int")) {
      values = {node.integer("value_int", 0)};
    } else {
      known.shape = {int64_t(values.size())};
    }
    for (int64_t value : values) {
      known.elements.push_back(integerScalar(value, node.builder.getContext()));
    }
  } else if (node.hasAttribute("value_float") ||
             node.hasAttribute("value_floats")) {
    known.element = node.builder.getF32Type();
    SmallVector<double> values = node.numbers("value_floats");
    if (node.hasAttribute("value_float")) {
      values = {node.number("value_float", 0)};
    } else {
      known.shape = {int64_t(values.size())};
    }
    for (double value : values) {
      known.elements.push_back({{}, value});
    }
  } else {
    return node.fail("unsupported constant",
                     "expected a value of one of the kinds that Constant has");
  }
  Tensor *result = node.importer.newTensor(node.location);
  result->constant = constantOfKnown(known);
  result->type = known.type();
  return node.setAlias(0, result);
}

} // namespace

void addConstantAdapters(AdapterTable &table) {
  table.add("Constant", 1, 0, 0, constant);
  table.add("ConstantOfShape", 9, 1, 1, constantOfShape);
}

} // namespace tessera::import
