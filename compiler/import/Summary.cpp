//===- Summary.cpp - what an ONNX file holds, without importing it --------===//

#include "compiler/import/Summary.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/ReadModel.h"
#include "compiler/import/Tensors.h"
#include "llvm/ADT/StringSet.h"

using namespace tessera::import;

static TensorSummary summarise(const onnx::ValueInfoProto &value) {
  TensorSummary summary;
  summary.name = value.name();
  if (!value.type().has_tensor_type()) {
    summary.type = "not a tensor";
    return summary;
  }
  const onnx::TypeProto_Tensor &tensor = value.type().tensor_type();
  summary.type = dataTypeName(tensor.elem_type());
  for (const auto &dimension : tensor.shape().dim()) {
    bool isNamed = !dimension.dim_param().empty();
    summary.shape.push_back(dimension.has_dim_value()
                                ? std::to_string(dimension.dim_value())
                            : isNamed ? dimension.dim_param()
                                      : "?");
  }
  return summary;
}

/// Counts the nodes and those of the graphs in their attributes. The parser
/// bounds how deep graphs are nested.
static void
countNodes(const google::protobuf::RepeatedPtrField<onnx::NodeProto> &nodes,
           ModelSummary &summary) {
  for (const onnx::NodeProto &node : nodes) {
    bool isStandard = node.domain().empty() || node.domain() == "ai.onnx";
    ++summary.operators[isStandard ? node.op_type()
                                   : node.domain() + "." + node.op_type()];
    ++summary.nodes;
    for (const onnx::AttributeProto &attribute : node.attribute()) {
      if (attribute.has_g()) {
        countNodes(attribute.g().node(), summary);
      }
      for (const onnx::GraphProto &graph : attribute.graphs()) {
        countNodes(graph.node(), summary);
      }
    }
  }
}

/// Elements of a stored tensor; 0 for shapes that mean nothing.
static uint64_t elementsOf(const onnx::TensorProto &tensor) {
  uint64_t count = 1;
  for (int64_t extent : tensor.dims()) {
    if (extent < 0 || __builtin_mul_overflow(count, uint64_t(extent), &count)) {
      return 0;
    }
  }
  return count;
}

llvm::Expected<ModelSummary>
tessera::import::summariseModel(llvm::StringRef path) {
  onnx::ModelProto model;
  ImportedModel holder;
  if (llvm::Error error = readModel(path, ImportBudget(), model, holder)) {
    return llvm::createStringError("cannot read " + path + ": " +
                                   llvm::toString(std::move(error)));
  }
  ModelSummary summary;
  summary.irVersion = model.ir_version();
  summary.producer = model.producer_name();
  for (const onnx::OperatorSetIdProto &opset : model.opset_import()) {
    summary.opsets[opset.domain()] = opset.version();
  }
  const onnx::GraphProto &graph = model.graph();
  llvm::StringSet<> constants;
  for (const onnx::TensorProto &initializer : graph.initializer()) {
    constants.insert(initializer.name());
    summary.parameters += elementsOf(initializer);
    ++summary.initializers;
  }
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (!constants.contains(input.name())) {
      summary.inputs.push_back(summarise(input));
    }
  }
  for (const onnx::ValueInfoProto &output : graph.output()) {
    summary.outputs.push_back(summarise(output));
  }
  countNodes(graph.node(), summary);
  for (const onnx::FunctionProto &function : model.functions()) {
    countNodes(function.node(), summary);
  }
  return summary;
}
