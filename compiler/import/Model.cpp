//===- Model.cpp - the frame of a model: versions, inputs, outputs --------===//

#include "compiler/import/Domains.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Structure.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static constexpr int64_t kMinIrVersion = 1, kMaxIrVersion = 14;
static constexpr int64_t kMaxOpset = 28;

bool Importer::readOpsets() {
  int64_t version = model.ir_version();
  if (version < kMinIrVersion || version > kMaxIrVersion) {
    addProblem("unsupported file version",
               "expected ir_version " + Twine(kMinIrVersion) + " to " +
                   Twine(kMaxIrVersion) + ", got " + Twine(version));
    return false;
  }
  for (const onnx::OperatorSetIdProto &opset : model.opset_import()) {
    top.opsets[canonicalDomain(opset.domain())] = opset.version();
  }
  // Before IR version 3 there was one set of operators only. A model may do
  // without ONNX's own operators.
  if (version >= 3 && top.opsets.empty()) {
    addProblem("not a model", "the file does not say which opset it uses");
    return false;
  }
  auto own = top.opsets.try_emplace("", 1).first;
  if (own->second < 1 || own->second > kMaxOpset) {
    addProblem("unsupported opset", "expected version 1 to " +
                                        Twine(kMaxOpset) + ", got " +
                                        Twine(own->second));
    return false;
  }
  return true;
}

RankedTensorType storedTypeOf(RankedTensorType type) {
  Type element = type.getElementType();
  unsigned bits = element.isIntOrFloat() ? element.getIntOrFloatBitWidth() : 8;
  if (bits == 1 || bits >= 8) {
    return type;
  }
  AffineExpr count =
      kernel::productOf(type.getContext(), kernel::extentsOf(type));
  Type byte = IntegerType::get(type.getContext(), 8, IntegerType::Unsigned);
  return kernel::tensorTypeOf(byte,
                              {kernel::simplify(count.ceilDiv(8 / bits))});
}

void Importer::readShapeKeepers() {
  for (const onnx::NodeProto &node : model.graph().node()) {
    bool keepsShape = node.op_type() == "Cast" || node.op_type() == "Identity";
    if (keepsShape && node.input_size() == 1 && node.output_size() == 1) {
      keepers[node.input(0)].push_back(node.output(0));
    }
  }
}

std::optional<int64_t> Importer::declaredSize(StringRef name,
                                              unsigned axis) const {
  // Nodes that nobody computes may even feed each other.
  SmallVector<StringRef> names = {name};
  llvm::StringSet<> seen;
  while (!names.empty()) {
    StringRef next = names.pop_back_val();
    if (!seen.insert(next).second) {
      continue;
    }
    for (const onnx::ValueInfoProto &output : model.graph().output()) {
      const onnx::TensorShapeProto &shape = output.type().tensor_type().shape();
      if (output.name() == next && int(axis) < shape.dim_size() &&
          shape.dim(axis).has_dim_value() && shape.dim(axis).dim_value() >= 0) {
        return shape.dim(axis).dim_value();
      }
    }
    if (auto found = keepers.find(next); found != keepers.end()) {
      append_range(names, reverse(found->second));
    }
  }
  return std::nullopt;
}

std::vector<std::string> Importer::outputNames() const {
  if (!options.outputs.empty()) {
    return options.outputs;
  }
  std::vector<std::string> names;
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    names.push_back(output.name());
  }
  return names;
}

/// A dimension that a call computes and that is the size of an output is at
/// most what the model declares.
void Importer::boundByDeclaredSizes() {
  auto list = (*module)->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  if (!list) {
    return;
  }
  SmallVector<Attribute> entries = to_vector(list.getValue());
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    Tensor *tensor = top.find(output.name());
    if (!tensor || !tensor->isTensor()) {
      continue;
    }
    for (auto [axis, extent] : enumerate(kernel::extentsOf(tensor->type))) {
      auto symbol = dyn_cast<AffineSymbolExpr>(extent);
      std::optional<int64_t> most =
          symbol ? declaredSize(output.name(), axis) : std::nullopt;
      if (!most) {
        continue;
      }
      auto own = cast<kernel::DimensionAttr>(entries[symbol.getPosition()]);
      if (own.getKind() == kernel::DimensionKind::computed &&
          own.getUpper() < 0 && own.getOperands().getNumResults() == 0 &&
          own.getLower() <= *most) {
        entries[symbol.getPosition()] = kernel::DimensionAttr::get(
            builder.getContext(), own.getName(), own.getKind(), own.getLower(),
            *most, own.getOperands());
      }
    }
  }
  (*module)->setAttr(kernel::kDimensionsAttr, builder.getArrayAttr(entries));
}

/// The type that the model declares for a value and the one it computes, where
/// they contradict each other.
static std::optional<std::pair<std::string, std::string>>
contradiction(const onnx::TypeProto &declared, const Tensor &tensor) {
  if (declared.has_optional_type()) {
    return tensor.isNothing
               ? std::nullopt
               : contradiction(declared.optional_type().elem_type(), tensor);
  }
  auto nameOf = [](const Tensor &value) {
    return std::string(value.sequence    ? "a sequence"
                       : value.isNothing ? "an empty optional"
                                         : "a tensor");
  };
  if (declared.has_sequence_type()) {
    if (!tensor.sequence) {
      return std::pair(std::string("a sequence"), nameOf(tensor));
    }
    for (const Tensor *element : *tensor.sequence) {
      if (auto found =
              contradiction(declared.sequence_type().elem_type(), *element)) {
        return found;
      }
    }
    return std::nullopt;
  }
  if (!declared.has_tensor_type()) {
    return std::nullopt;
  }
  if (!tensor.isTensor()) {
    return std::pair(std::string("a tensor"), nameOf(tensor));
  }
  int32_t element = declared.tensor_type().elem_type();
  int32_t actual = dataTypeOf(tensor.type.getElementType());
  if (element == 0 || element == actual) {
    return std::nullopt;
  }
  return std::pair(dataTypeName(element), dataTypeName(actual));
}

/// Holds computed outputs against the types that the model declares.
void Importer::checkOutputTypes() {
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    Tensor *tensor = top.find(output.name());
    if (!tensor || !tensor->isBuilt()) {
      continue;
    }
    if (hasEnoughProblems()) {
      return;
    }
    if (auto found = contradiction(output.type(), *tensor)) {
      addProblem("invalid output type",
                 "'" + output.name() + "' is declared as " + found->first +
                     " and computed as " + found->second);
    }
  }
}

void Importer::addOutput(const std::string &name, Tensor &tensor,
                         std::vector<std::string> &names,
                         SmallVectorImpl<Value> &values) {
  if (tensor.sequence) {
    for (auto [i, element] : enumerate(*tensor.sequence)) {
      addOutput(name + "_" + std::to_string(i), *element, names, values);
    }
  } else if (tensor.type) {
    names.push_back(name);
    values.push_back(materialise(tensor));
  }
}

void Importer::importOutputs(func::FuncOp function) {
  SmallVector<Value> values;
  std::vector<std::string> names;
  for (const std::string &name : outputNames()) {
    if (hasEnoughProblems()) {
      return;
    }
    if (Tensor *tensor = top.find(name)) {
      addOutput(name, *tensor, names, values);
    } else {
      addProblem("undefined output", "nothing computes '" + name + "'");
    }
  }
  llvm::StringSet<> seen;
  for (const std::string &name : names) {
    bool isNew = seen.insert(name).second;
    if (!isNew && names.size() != outputNames().size()) {
      addProblem("unsupported output",
                 "two outputs are called '" + name +
                     "'; the tensors of a sequence NAME are NAME_0, NAME_1 "
                     "...");
    }
  }
  checkOutputTypes();
  boundByDeclaredSizes();
  if (!problems.empty()) {
    return;
  }
  SmallVector<Type> types, declared;
  for (Value &value : values) {
    auto type = cast<RankedTensorType>(value.getType());
    declared.push_back(type);
    RankedTensorType stored = storedTypeOf(type);
    if (stored != type) {
      value = graph::PackOp::create(builder, value.getLoc(), stored, value);
    }
    types.push_back(stored);
  }
  function.setType(builder.getFunctionType(function.getArgumentTypes(), types));
  for (auto [i, name] : enumerate(names)) {
    function.setResultAttr(i, "tsk.name", builder.getStringAttr(name));
    if (types[i] != declared[i]) {
      function.setResultAttr(i, "tsk.type", TypeAttr::get(declared[i]));
    }
  }
  func::ReturnOp::create(builder, function.getLoc(), values);
}

void Importer::eraseUnused(func::FuncOp function) {
  for (Operation &operation :
       make_early_inc_range(reverse(function.getBody().front()))) {
    if (isOpTriviallyDead(&operation)) {
      operation.erase();
    }
  }
}

void Importer::run() {
  if (!model.has_graph()) {
    addProblem("not a model", "the file has no graph");
    return;
  }
  if (!readOpsets()) {
    return;
  }
  builder.setInsertionPointToEnd(module->getBody());
  auto function = func::FuncOp::create(
      builder, NameLoc::get(builder.getStringAttr(model.graph().name())),
      "main", builder.getFunctionType({}, {}));
  builder.setInsertionPointToEnd(function.addEntryBlock());
  readShapeKeepers();
  importInputs(function);
  importGraph(model.graph(), top, outputNames());
  if (Error error = dimensions.checkRulesUsed()) {
    addProblem("unknown dimension", toString(std::move(error)));
  }
  importOutputs(function);
  // What the import met is said more precisely there.
  if (problems.empty()) {
    problems = checkStructure(model, adapters);
  }
  if (problems.empty()) {
    eraseUnused(function);
    unifyExtents(function);
  }
}

} // namespace tessera::import
