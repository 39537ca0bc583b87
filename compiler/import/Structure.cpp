//===- Structure.cpp - what every ONNX model has to be --------------------===//

#include "compiler/import/Structure.h"
#include "compiler/import/Adapters.h"
#include "compiler/import/Domains.h"
#include "compiler/import/Schemas.h"
#include "compiler/import/StructureValues.h"
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
  void checkOperator(const onnx::NodeProto &node, int64_t opset);
  void checkAttributes(const onnx::NodeProto &node, const Names &names,
                       const Opsets &opsets);
  void checkTensor(const onnx::NodeProto *node, const TensorProto &tensor) {
    import::checkTensor(tensor, [&](const Twine &what, const Twine &why) {
      add(node, what.str(), why);
    });
  }
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

void StructureChecker::define(Names &names, StringRef name,
                              const onnx::NodeProto *node) {
  if (!names.own.insert(name).second) {
    add(node, "value defined twice", "'" + name + "'");
  }
}

void StructureChecker::checkAttributes(const onnx::NodeProto &node,
                                       const Names &names,
                                       const Opsets &opsets) {
  StringSet<> seen;
  for (const AttributeProto &attribute : node.attribute()) {
    checkAttribute(attribute, model.ir_version(),
                   [&](const Twine &what, const Twine &why) {
                     add(&node, what.str(), why);
                   });
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
         domain == "ai.onnx.preview" || domain == "ai.onnx.preview.training";
}

/// What to say of the operator that stands in place of a deprecated one.
StringRef replacementOf(StringRef op) {
  return op == "Scatter"    ? "; use ScatterElements"
         : op == "Upsample" ? "; use Resize"
                            : "";
}

void StructureChecker::checkOperator(const onnx::NodeProto &node,
                                     int64_t opset) {
  StringRef domain = canonicalDomain(node.domain());
  if (functions.contains(node.op_type())) {
    return;
  }
  const Schema *schema = findSchema(domain, node.op_type(), opset);
  const Adapter *adapter = adapters.find(domain, node.op_type(), opset);
  if (schema) {
    checkSchema(*schema, node, [&](const Twine &what, const Twine &why) {
      add(&node, what.str(), why);
    });
  }
  if (schema && schema->isDeprecated) {
    add(&node, "unsupported operator",
        node.op_type() + " is deprecated in opset " + Twine(opset) +
            replacementOf(node.op_type()));
  } else if (!adapter && isStandard(domain)) {
    // Nodes that no output needs are not imported, but have to be nodes.
    add(&node, "unsupported operator",
        schema ? node.op_type() + " of opset " + Twine(opset) +
                     " is not implemented"
               : "ONNX's opset " + Twine(opset) + " has no " + node.op_type());
  }
  if (schema || !adapter) {
    return;
  }
  unsigned count = node.input_size();
  while (count && node.input(count - 1).empty()) {
    --count;
  }
  if (count < adapter->minInputs || count > adapter->maxInputs) {
    add(&node, "invalid number of inputs",
        "expected " + countText(adapter->minInputs, adapter->maxInputs) +
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
    checkOperator(node, opset == opsets.end() ? 1 : opset->second);
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
  StringSet<> outputs;
  for (const onnx::ValueInfoProto &output : graph.output()) {
    if (!outer && !outputs.insert(output.name()).second) {
      add(nullptr, "invalid output",
          "'" + output.name() + "' is an output twice");
    }
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
