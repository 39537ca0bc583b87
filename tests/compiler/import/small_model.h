// A model with every kind of message that the importer walks into.
#ifndef TESSERA_TESTS_COMPILER_IMPORT_SMALL_MODEL_H
#define TESSERA_TESTS_COMPILER_IMPORT_SMALL_MODEL_H

#include "onnx.pb.h"
#include <string>

namespace tessera::import::test {

inline void setTensorType(onnx::ValueInfoProto *value, const char *name,
                          std::initializer_list<int64_t> extents) {
  value->set_name(name);
  onnx::TypeProto_Tensor *type = value->mutable_type()->mutable_tensor_type();
  type->set_elem_type(onnx::TensorProto::FLOAT);
  type->mutable_shape();
  for (int64_t extent : extents) {
    type->mutable_shape()->add_dim()->set_dim_value(extent);
  }
}

/// `y = if true then x + w else x`, with `w` of `count` floats.
inline onnx::ModelProto smallModel(int64_t count) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(17);
  onnx::GraphProto *graph = model.mutable_graph();
  graph->set_name("small");
  setTensorType(graph->add_input(), "x", {2, count});
  setTensorType(graph->add_output(), "y", {2, count});
  onnx::TensorProto *weight = graph->add_initializer();
  weight->set_name("w");
  weight->set_data_type(onnx::TensorProto::FLOAT);
  weight->add_dims(count);
  weight->set_raw_data(std::string(count * 4, 'w'));
  onnx::TensorProto *condition = graph->add_initializer();
  condition->set_name("yes");
  condition->set_data_type(onnx::TensorProto::BOOL);
  condition->add_int32_data(1);
  onnx::NodeProto *node = graph->add_node();
  node->set_name("choice");
  node->set_op_type("If");
  node->add_input("yes");
  node->add_output("y");
  for (const char *name : {"then_branch", "else_branch"}) {
    onnx::AttributeProto *branch = node->add_attribute();
    branch->set_name(name);
    branch->set_type(onnx::AttributeProto::GRAPH);
    onnx::NodeProto *inner = branch->mutable_g()->add_node();
    bool then = branch->name() == "then_branch";
    inner->set_op_type(then ? "Add" : "Identity");
    inner->add_input("x");
    if (then) {
      inner->add_input("w");
    }
    inner->add_output("r");
    setTensorType(branch->mutable_g()->add_output(), "r", {2, count});
  }
  return model;
}

} // namespace tessera::import::test

#endif // TESSERA_TESTS_COMPILER_IMPORT_SMALL_MODEL_H
