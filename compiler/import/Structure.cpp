//===- Structure.cpp - what every ONNX model has to be --------------------===//

#include "compiler/import/Structure.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/Domains.h"
#include "compiler/import/ResultCounts.h"
#include "compiler/import/Tensors.h"
#include "llvm/ADT/StringSet.h"

using namespace llvm;
using onnx::AttributeProto;
using onnx::TensorProto;

namespace tessera::import {
namespace {

using Opsets = StringMap<int64_t>;
using Nodes = google::protobuf::RepeatedPtrField<onnx::NodeProto>;

/// Names that can be read in a graph.
struct Names {
  const Names *outer = nullptr;
  StringSet<> own;

  bool contains(StringRef name) const {
    return own.contains(name) || (outer && outer->contains(name));
  }
};

class StructureChecker {
public:
  StructureChecker(const onnx::ModelProto &model, const AdapterTable &adapters)
      : model(model), adapters(adapters) {}

  std::vector<Problem> run();

private:
  void checkGraph(const onnx::GraphProto &graph, const Names *outer,
                  const Opsets &opsets);
  void checkValues(const onnx::GraphProto &graph, Names &names);
  void checkFunction(const onnx::FunctionProto &function);
  void checkNodes(const Nodes &nodes, Names &names, const Opsets &opsets);
  void checkNode(const onnx::NodeProto &node, const Names &names,
                 const Opsets &opsets);
  void checkArity(const onnx::NodeProto &node, int64_t opset);
  void checkAttributes(const onnx::NodeProto &node, const Names &names,
                       const Opsets &opsets);
  void checkAttribute(const onnx::NodeProto &node,
                      const AttributeProto &attribute);
  void checkTensor(const onnx::NodeProto *node, const TensorProto &tensor);
  void define(Names &names, StringRef name, const onnx::NodeProto *node);

  void add(const onnx::NodeProto *node, StringRef what, const Twine &why) {
    constexpr size_t kMostProblems = 100;
    if (problems.size() < kMostProblems) {
      Problem problem{"", "", "", 0, what.str(), why.str()};
      if (node) {
        problem.node = node->name();
        problem.op = node->op_type();
        problem.domain = node->domain();
      }
      problems.push_back(std::move(problem));
    }
  }

  const onnx::ModelProto &model;
  const AdapterTable &adapters;
  StringSet<> functions; // operator types that the model defines
  std::vector<Problem> problems;
};

/// How many fields of an attribute hold a value.
unsigned valueCountOf(const AttributeProto &a) {
  return a.has_f() + a.has_i() + a.has_s() + a.has_t() + a.has_g() +
         a.has_tp() + a.has_sparse_tensor() + (a.floats_size() > 0) +
         (a.ints_size() > 0) + (a.strings_size() > 0) + (a.tensors_size() > 0) +
         (a.graphs_size() > 0);
}

/// Whether the field that the attribute's type names holds its value. Lists
/// may be empty.
bool holdsItsType(const AttributeProto &a) {
  unsigned count = valueCountOf(a);
  switch (a.type()) {
  case AttributeProto::FLOAT:
    return a.has_f();
  case AttributeProto::INT:
    return a.has_i();
  case AttributeProto::STRING:
    return a.has_s();
  case AttributeProto::TENSOR:
    return a.has_t();
  case AttributeProto::GRAPH:
    return a.has_g();
  case AttributeProto::SPARSE_TENSOR:
    return a.has_sparse_tensor();
  case AttributeProto::TYPE_PROTO:
    return a.has_tp();
  case AttributeProto::FLOATS:
    return count == 0 || a.floats_size() > 0;
  case AttributeProto::INTS:
    return count == 0 || a.ints_size() > 0;
  case AttributeProto::STRINGS:
    return count == 0 || a.strings_size() > 0;
  case AttributeProto::TENSORS:
    return count == 0 || a.tensors_size() > 0;
  case AttributeProto::GRAPHS:
    return count == 0 || a.graphs_size() > 0;
  default:
    return count == 0;
  }
}

/// Whether elements of the type may stand in the typed field that is in use.
bool storesInItsField(const TensorProto &t) {
  switch (t.data_type()) {
  case TensorProto::FLOAT:
  case TensorProto::COMPLEX64:
    return t.float_data_size() > 0;
  case TensorProto::DOUBLE:
  case TensorProto::COMPLEX128:
    return t.double_data_size() > 0;
  case TensorProto::INT64:
    return t.int64_data_size() > 0;
  case TensorProto::UINT32:
  case TensorProto::UINT64:
    return t.uint64_data_size() > 0;
  case TensorProto::STRING:
    return t.string_data_size() > 0;
  default:
    return t.int32_data_size() > 0;
  }
}

void StructureChecker::checkTensor(const onnx::NodeProto *node,
                                   const TensorProto &tensor) {
  unsigned typed =
      (tensor.float_data_size() > 0) + (tensor.double_data_size() > 0) +
      (tensor.int32_data_size() > 0) + (tensor.int64_data_size() > 0) +
      (tensor.uint64_data_size() > 0) + (tensor.string_data_size() > 0);
  unsigned stored = typed + (tensor.has_raw_data() || tensor.has_segment());
  std::string name = "'" + tensor.name() + "'";
  if (tensor.data_type() == TensorProto::UNDEFINED) {
    add(node, "invalid tensor", name + " has no element type");
  } else if (stored > 1) {
    add(node, "invalid tensor",
        name + " has its data more than once, and readers would disagree");
  } else if (tensor.data_location() == TensorProto::EXTERNAL && stored) {
    add(node, "invalid tensor",
        name + " has data here and in a file of its own");
  } else if (typed && !storesInItsField(tensor)) {
    add(node, "invalid tensor",
        name + " is declared as " + dataTypeName(tensor.data_type()) +
            " and has data of another kind");
  }
}

void StructureChecker::define(Names &names, StringRef name,
                              const onnx::NodeProto *node) {
  if (!names.own.insert(name).second) {
    add(node, "value defined twice", "'" + name + "'");
  }
}

void StructureChecker::checkAttribute(const onnx::NodeProto &node,
                                      const AttributeProto &attribute) {
  std::string what = "invalid attribute '" + attribute.name() + "'";
  if (attribute.name().empty()) {
    add(&node, "invalid attribute", "it has no name");
  } else if (!attribute.ref_attr_name().empty()) {
    if (valueCountOf(attribute)) {
      add(&node, what, "it refers to another one and has a value");
    }
  } else if (attribute.type() == AttributeProto::UNDEFINED) {
    if (model.ir_version() >= 2) {
      add(&node, what, "it does not say its type");
    }
  } else if (valueCountOf(attribute) > 1) {
    add(&node, what, "it has several values");
  } else if (!holdsItsType(attribute)) {
    add(&node, what,
        "expected a value of type " +
            AttributeProto::AttributeType_Name(attribute.type()));
  }
}

void StructureChecker::checkAttributes(const onnx::NodeProto &node,
                                       const Names &names,
                                       const Opsets &opsets) {
  StringSet<> seen;
  for (const AttributeProto &attribute : node.attribute()) {
    checkAttribute(node, attribute);
    if (!seen.insert(attribute.name()).second) {
      add(&node, "invalid attribute '" + attribute.name() + "'",
          "it is given twice");
    }
    if (attribute.has_t()) {
      checkTensor(&node, attribute.t());
    }
    if (attribute.has_sparse_tensor()) {
      checkTensor(&node, attribute.sparse_tensor().values());
      checkTensor(&node, attribute.sparse_tensor().indices());
    }
    if (attribute.has_g()) {
      checkGraph(attribute.g(), &names, opsets);
    }
    for (const onnx::GraphProto &graph : attribute.graphs()) {
      checkGraph(graph, &names, opsets);
    }
  }
}

/// Whether the domain is one that ONNX itself defines.
bool isStandard(StringRef domain) {
  return domain.empty() || domain == "ai.onnx.ml" ||
         domain == "ai.onnx.preview.training";
}

void StructureChecker::checkArity(const onnx::NodeProto &node, int64_t opset) {
  StringRef domain = canonicalDomain(node.domain());
  if (functions.contains(node.op_type())) {
    return;
  }
  const Adapter *adapter = adapters.find(domain, node.op_type(), opset);
  if (!adapter) {
    // Nodes that no output needs are not imported, but have to be nodes.
    if (isStandard(domain)) {
      add(&node, "unsupported operator",
          node.op_type() + " of opset " + Twine(opset) + " is not implemented");
    }
    return;
  }
  unsigned most = mostResultsOf(node.op_type());
  if (isStandard(domain) && unsigned(node.output_size()) > most) {
    add(&node, "invalid number of outputs",
        "expected at most " + Twine(most) + ", got " +
            Twine(node.output_size()));
  }
  if (most == 1 && node.output_size() == 1 && node.output(0).empty()) {
    add(&node, "invalid output", "it has no name");
  }
  // The last version with a meaning of its own.
  if (domain.empty() && ((node.op_type() == "Scatter" && opset > 10) ||
                         (node.op_type() == "Upsample" && opset > 9))) {
    add(&node, "unsupported operator",
        node.op_type() + " is deprecated in opset " + Twine(opset) + "; use " +
            (node.op_type() == "Scatter" ? "ScatterElements" : "Resize"));
  }
  unsigned count = node.input_size();
  while (count && node.input(count - 1).empty()) {
    --count;
  }
  if (count < adapter->minInputs || count > adapter->maxInputs) {
    add(&node, "invalid number of inputs",
        "expected at least " + Twine(adapter->minInputs) +
            (adapter->maxInputs == kVariadic
                 ? std::string()
                 : " and at most " + std::to_string(adapter->maxInputs)) +
            ", got " + Twine(count));
  }
}

void StructureChecker::checkNode(const onnx::NodeProto &node,
                                 const Names &names, const Opsets &opsets) {
  StringRef domain = canonicalDomain(node.domain());
  auto opset = opsets.find(domain);
  if (node.op_type().empty()) {
    add(&node, "invalid node", "it has no operator");
  }
  if (node.input_size() == 0 && node.output_size() == 0) {
    add(&node, "invalid node", "it has neither inputs nor outputs");
  }
  if (opset == opsets.end() && model.ir_version() >= 3) {
    add(&node, "undeclared operator set",
        "the model does not say which version of '" + domain + "' it uses");
  } else {
    checkArity(node, opset == opsets.end() ? 1 : opset->second);
  }
  for (const std::string &input : node.input()) {
    if (!input.empty() && !names.contains(input)) {
      add(&node, "undefined value",
          "no node before this one, no input and no initializer is named '" +
              input + "'");
    }
  }
  checkAttributes(node, names, opsets);
}

void StructureChecker::checkNodes(const Nodes &nodes, Names &names,
                                  const Opsets &opsets) {
  for (const onnx::NodeProto &node : nodes) {
    checkNode(node, names, opsets);
    for (const std::string &output : node.output()) {
      if (!output.empty()) {
        define(names, output, &node);
      }
    }
  }
}

/// Inputs and initializers, which may share names.
void StructureChecker::checkValues(const onnx::GraphProto &graph,
                                   Names &names) {
  for (const onnx::ValueInfoProto &input : graph.input()) {
    if (input.name().empty()) {
      add(nullptr, "invalid input", "it has no name");
    }
    define(names, input.name(), nullptr);
  }
  StringSet<> initializers;
  auto addInitializer = [&](StringRef name) {
    if (name.empty()) {
      add(nullptr, "invalid initializer", "it has no name");
    }
    if (!initializers.insert(name).second) {
      add(nullptr, "value defined twice", "initializer '" + name + "'");
    }
    names.own.insert(name);
  };
  for (const TensorProto &tensor : graph.initializer()) {
    addInitializer(tensor.name());
    checkTensor(nullptr, tensor);
  }
  for (const onnx::SparseTensorProto &sparse : graph.sparse_initializer()) {
    addInitializer(sparse.values().name());
    checkTensor(nullptr, sparse.values());
    checkTensor(nullptr, sparse.indices());
  }
}

void StructureChecker::checkGraph(const onnx::GraphProto &graph,
                                  const Names *outer, const Opsets &opsets) {
  Names names;
  names.outer = outer;
  checkValues(graph, names);
  checkNodes(graph.node(), names, opsets);
  for (const onnx::ValueInfoProto &output : graph.output()) {
    if (output.name().empty()) {
      add(nullptr, "invalid output", "it has no name");
    } else if (!names.contains(output.name())) {
      add(nullptr, "undefined output",
          "nothing computes '" + output.name() + "'");
    }
    // Only the model's own outputs have to say what they are.
    if (!outer &&
        output.type().value_case() == onnx::TypeProto::VALUE_NOT_SET) {
      add(nullptr, "invalid output",
          "'" + output.name() + "' does not say its type");
    }
  }
}

void StructureChecker::checkFunction(const onnx::FunctionProto &function) {
  Names names;
  for (const std::string &input : function.input()) {
    define(names, input, nullptr);
  }
  Opsets opsets;
  for (const onnx::OperatorSetIdProto &opset : function.opset_import()) {
    opsets[canonicalDomain(opset.domain())] = opset.version();
  }
  checkNodes(function.node(), names, opsets);
  for (const std::string &output : function.output()) {
    if (!names.contains(output)) {
      add(nullptr, "undefined output",
          "function '" + function.name() + "' does not compute '" + output +
              "'");
    }
  }
}

std::vector<Problem> StructureChecker::run() {
  Opsets opsets;
  for (const onnx::OperatorSetIdProto &opset : model.opset_import()) {
    opsets[canonicalDomain(opset.domain())] = opset.version();
  }
  if (model.ir_version() < 3 && model.opset_import_size() > 0) {
    add(nullptr, "invalid model",
        "expected ir_version 3 or more in a file that says which opset it "
        "uses, got " +
            Twine(model.ir_version()));
  }
  StringSet<> keys;
  for (const onnx::FunctionProto &function : model.functions()) {
    functions.insert(function.name());
    if (!keys.insert(function.domain() + "\n" + function.name() + "\n" +
                     function.overload())
             .second) {
      add(nullptr, "function defined twice", "'" + function.name() + "'");
    }
  }
  for (const onnx::FunctionProto &function : model.functions()) {
    checkFunction(function);
  }
  checkGraph(model.graph(), nullptr, opsets);
  return std::move(problems);
}

} // namespace

std::vector<Problem> checkStructure(const onnx::ModelProto &model,
                                    const AdapterTable &adapters) {
  return StructureChecker(model, adapters).run();
}

} // namespace tessera::import
