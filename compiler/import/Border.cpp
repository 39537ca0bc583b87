//===- Border.cpp - which values a model takes and gives ------------------===//

#include "compiler/import/Border.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/ReadModel.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace tessera::import {

static ValueKind kindOf(const onnx::TypeProto &type) {
  return type.has_sequence_type()   ? ValueKind::sequence
         : type.has_optional_type() ? ValueKind::optional
                                    : ValueKind::tensor;
}

static BorderValue describe(const onnx::ValueInfoProto &info) {
  BorderValue value;
  value.name = info.name();
  value.kind = kindOf(info.type());
  const onnx::TypeProto *type = &info.type();
  if (type->has_optional_type()) {
    type = &type->optional_type().elem_type();
    value.held = kindOf(*type);
  }
  if (type->has_sequence_type()) {
    type = &type->sequence_type().elem_type();
  }
  const onnx::TypeProto_Tensor &tensor = type->tensor_type();
  value.hasRank = !type->has_tensor_type() || tensor.has_shape();
  bool isIntegral = tensor.elem_type() == onnx::TensorProto::INT64 ||
                    tensor.elem_type() == onnx::TensorProto::INT32 ||
                    tensor.elem_type() == onnx::TensorProto::BOOL;
  value.isSmall = isIntegral && value.kind == ValueKind::tensor &&
                  tensor.shape().dim_size() <= 1;
  return value;
}

bool Border::isPlain() const {
  auto isTensor = [](const BorderValue &value) {
    return value.kind == ValueKind::tensor && value.hasRank;
  };
  return all_of(inputs, isTensor) && all_of(outputs, [](const auto &value) {
           return value.kind == ValueKind::tensor;
         });
}

Expected<Border> readBorder(StringRef path) {
  onnx::ModelProto model;
  ImportedModel holder;
  if (Error error = readModel(path, ImportBudget(), model, holder)) {
    return std::move(error);
  }
  const onnx::GraphProto &graph = model.graph();
  StringSet<> initializers;
  for (const onnx::TensorProto &initializer : graph.initializer()) {
    initializers.insert(initializer.name());
  }
  Border border;
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (!initializers.contains(input.name())) {
      border.inputs.push_back(describe(input));
    }
  }
  for (const onnx::ValueInfoProto &output : graph.output()) {
    border.outputs.push_back(describe(output));
  }
  return border;
}

} // namespace tessera::import
