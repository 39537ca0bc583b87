//===- Values.cpp - the values inside a model, and models cut out of it ---===//

#include "compiler/import/Values.h"
#include "compiler/import/ModelFile.h"
#include "compiler/import/ReadModel.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;

namespace tessera::import {

static Error failure(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

/// The names that a node reads, those of graphs in its attributes too; names
/// that such a graph computes itself do no harm.
static void addReadNames(const onnx::NodeProto &node, StringSet<> &names) {
  for (const std::string &input : node.input()) {
    if (!input.empty()) {
      names.insert(input);
    }
  }
  for (const onnx::AttributeProto &attribute : node.attribute()) {
    for (const onnx::NodeProto &inner : attribute.g().node()) {
      addReadNames(inner, names);
    }
    for (const onnx::ValueInfoProto &output : attribute.g().output()) {
      names.insert(output.name());
    }
  }
}

/// For each value its node's index.
static StringMap<int> producersOf(const onnx::GraphProto &graph) {
  StringMap<int> producers;
  for (int i = 0; i < graph.node_size(); ++i) {
    for (const std::string &output : graph.node(i).output()) {
      if (!output.empty()) {
        producers.try_emplace(output, i);
      }
    }
  }
  return producers;
}

/// Nodes that the value depends on, at most `levels` above its own.
static std::vector<bool> upstreamOf(const onnx::GraphProto &graph,
                                    ArrayRef<std::string> values,
                                    unsigned levels) {
  StringMap<int> producers = producersOf(graph);
  std::vector<bool> kept(graph.node_size());
  StringSet<> wanted;
  for (const std::string &value : values) {
    wanted.insert(value);
  }
  for (unsigned level = 0; level <= levels && !wanted.empty(); ++level) {
    StringSet<> next;
    for (const auto &name : wanted) {
      auto producer = producers.find(name.getKey());
      if (producer != producers.end() && !kept[producer->second]) {
        kept[producer->second] = true;
        addReadNames(graph.node(producer->second), next);
      }
    }
    wanted = std::move(next);
  }
  return kept;
}

Expected<std::vector<ModelValue>> listValues(StringRef path) {
  onnx::ModelProto model;
  ImportedModel holder;
  if (Error error = readModel(path, ImportBudget(), model, holder)) {
    return std::move(error);
  }
  const onnx::GraphProto &graph = model.graph();
  std::vector<std::string> outputs;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    outputs.push_back(output.name());
  }
  std::vector<bool> needed = upstreamOf(graph, outputs, graph.node_size());
  std::vector<ModelValue> values;
  for (int i = 0; i < graph.node_size(); ++i) {
    const onnx::NodeProto &node = graph.node(i);
    for (const std::string &output : node.output()) {
      if (needed[i] && !output.empty()) {
        std::string name = node.name().empty()
                               ? node.op_type() + "#" + std::to_string(i)
                               : node.name();
        values.push_back(
            {output, name, node.op_type(), is_contained(outputs, output)});
      }
    }
  }
  return values;
}

/// Whether the model can do without this as an input: sizes and axes.
static bool isParameter(const onnx::TensorProto &tensor) {
  constexpr int64_t kMostParameters = 32;
  bool isInteger = tensor.data_type() == onnx::TensorProto::INT64 ||
                   tensor.data_type() == onnx::TensorProto::INT32;
  return isInteger && tensor.dims_size() <= 1 &&
         (tensor.dims_size() == 0 || tensor.dims(0) <= kMostParameters);
}

static void declare(const onnx::TensorProto &tensor, StringRef name,
                    onnx::ValueInfoProto *into) {
  into->set_name(name.str());
  onnx::TypeProto_Tensor *type = into->mutable_type()->mutable_tensor_type();
  type->set_elem_type(tensor.data_type());
  type->mutable_shape();
  for (int64_t extent : tensor.dims()) {
    type->mutable_shape()->add_dim()->set_dim_value(extent);
  }
}

/// Adds a value that the kept nodes read and do not compute.
static Error addSource(StringRef name, const onnx::GraphProto &graph,
                       const StringMap<std::string> &tensors,
                       onnx::GraphProto *into, ExcerptModel &result) {
  for (const onnx::TensorProto &initializer : graph.initializer()) {
    if (initializer.name() == name) {
      if (initializer.data_location() == onnx::TensorProto::EXTERNAL) {
        return failure("'" + name + "' lies in a file of its own");
      }
      *into->add_initializer() = initializer;
      return Error::success();
    }
  }
  auto found = tensors.find(name);
  onnx::TensorProto tensor;
  if (found == tensors.end() || !tensor.ParseFromString(found->second)) {
    return failure("the value of '" + name + "' is not known");
  }
  bool isInput = any_of(graph.input(), [&](const onnx::ValueInfoProto &input) {
    return input.name() == name;
  });
  if (!isInput && isParameter(tensor)) {
    tensor.set_name(name.str());
    *into->add_initializer() = tensor;
    return Error::success();
  }
  declare(tensor, name, into->add_input());
  result.inputs.push_back(name.str());
  return Error::success();
}

Expected<ExcerptModel> cutOut(StringRef path, const Excerpt &excerpt,
                              const StringMap<std::string> &tensors) {
  Expected<std::unique_ptr<ModelFile>> file = ModelFile::open(path);
  if (!file) {
    return file.takeError();
  }
  onnx::ModelProto model;
  StringRef bytes = (*file)->bytes();
  if (bytes.size() > INT_MAX ||
      !model.ParseFromArray(bytes.data(), int(bytes.size()))) {
    return failure("the file is not an ONNX model");
  }
  const onnx::GraphProto graph = model.graph();
  std::vector<bool> kept = upstreamOf(graph, excerpt.value, excerpt.levels);
  onnx::GraphProto *cut = model.mutable_graph();
  cut->Clear();
  cut->set_name(graph.name());
  ExcerptModel result;
  StringSet<> read, computed;
  for (int i = 0; i < graph.node_size(); ++i) {
    bool isConstant = graph.node(i).op_type() == "Constant";
    if (!kept[i] && !isConstant) {
      continue;
    }
    *cut->add_node() = graph.node(i);
    result.nodes += !isConstant;
    addReadNames(graph.node(i), read);
    computed.insert(graph.node(i).output().begin(),
                    graph.node(i).output().end());
  }
  StringMap<int> producers = producersOf(graph);
  for (const auto &name : read) {
    bool isInner = !producers.contains(name.getKey()) &&
                   !tensors.contains(name.getKey()) &&
                   none_of(graph.initializer(), [&](const auto &initializer) {
                     return initializer.name() == name.getKey();
                   });
    if (computed.contains(name.getKey()) || isInner) {
      continue;
    }
    if (Error error = addSource(name.getKey(), graph, tensors, cut, result)) {
      return std::move(error);
    }
  }
  auto output = tensors.find(excerpt.value);
  onnx::TensorProto tensor;
  if (output == tensors.end() || !tensor.ParseFromString(output->second)) {
    return failure("the value of '" + excerpt.value + "' is not known");
  }
  declare(tensor, excerpt.value, cut->add_output());
  result.serialized = model.SerializeAsString();
  return result;
}

} // namespace tessera::import
