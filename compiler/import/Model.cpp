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

/// The type that an input is declared with.
static Expected<RankedTensorType>
declaredType(const onnx::ValueInfoProto &value, DimensionTable &dimensions,
             const ImportBudget &budget, MLIRContext *context) {
  auto failure = [](const Twine &why) {
    return createStringError(inconvertibleErrorCode(), why);
  };
  if (!value.type().has_tensor_type()) {
    return failure("only tensors are supported");
  }
  const onnx::TypeProto_Tensor &type = value.type().tensor_type();
  Expected<Type> element = elementTypeOf(type.elem_type(), context);
  if (!element) {
    return element.takeError();
  }
  if (!type.has_shape()) {
    return failure("its rank is not given");
  }
  if (uint64_t(type.shape().dim_size()) > budget.maxRank) {
    return failure("expected a rank of at most " + Twine(budget.maxRank) +
                   ", got " + Twine(type.shape().dim_size()));
  }
  SmallVector<AffineExpr> extents;
  uint64_t count = 1;
  for (int i = 0; i < type.shape().dim_size(); ++i) {
    Expected<AffineExpr> extent =
        dimensions.extentOf(value.name(), i, type.shape().dim(i));
    if (!extent) {
      return extent.takeError();
    }
    extents.push_back(*extent);
    uint64_t size = kernel::constantOf(*extent).value_or(1);
    if (size != 0 && count > budget.maxTensorBytes / size) {
      return failure("it has more than " + Twine(budget.maxTensorBytes) +
                     " elements");
    }
    count *= size;
  }
  return kernel::tensorTypeOf(*element, extents);
}

/// The type in which the caller's memory holds a tensor: bytes with several
/// elements each for types of fewer than 8 bits.
static RankedTensorType storedTypeOf(RankedTensorType type) {
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

void Importer::importInputs(func::FuncOp function) {
  llvm::StringSet<> initializers;
  for (const onnx::TensorProto &initializer : model.graph().initializer()) {
    initializers.insert(initializer.name());
  }
  unsigned index = 0;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    if (initializers.contains(input.name())) {
      continue; // A constant that is also listed as an input.
    }
    if (hasEnoughProblems()) {
      return;
    }
    Location location = NameLoc::get(builder.getStringAttr(input.name()));
    Tensor *tensor = newTensor(location);
    if (!top.tensors.try_emplace(input.name(), tensor).second) {
      addProblem("value defined twice", "input '" + input.name() + "'");
      continue;
    }
    Expected<RankedTensorType> type =
        declaredType(input, dimensions, options.budget, builder.getContext());
    if (!type) {
      addProblem("unsupported input",
                 "'" + input.name() + "': " + toString(type.takeError()));
      continue;
    }
    tensor->type = *type;
    SmallVector<NamedAttribute> attributes = {
        builder.getNamedAttr("tsk.name", builder.getStringAttr(input.name()))};
    RankedTensorType stored = storedTypeOf(*type);
    if (stored != *type) {
      attributes.push_back(
          builder.getNamedAttr("tsk.type", TypeAttr::get(*type)));
    }
    if (failed(function.insertArgument(
            index, stored, builder.getDictionaryAttr(attributes), location))) {
      continue;
    }
    tensor->value = function.getArgument(index++);
    if (stored != *type) {
      tensor->value = graph::UnpackOp::create(
          builder, location, *type, tensor->value, TypeAttr::get(*type));
    }
  }
}

std::optional<int64_t> Importer::declaredSize(StringRef name,
                                              unsigned axis) const {
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    const onnx::TensorShapeProto &shape = output.type().tensor_type().shape();
    if (output.name() == name && int(axis) < shape.dim_size() &&
        shape.dim(axis).has_dim_value() && shape.dim(axis).dim_value() >= 0) {
      return shape.dim(axis).dim_value();
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

/// Holds computed outputs against the types that the model declares.
void Importer::checkOutputTypes() {
  for (const onnx::ValueInfoProto &output : model.graph().output()) {
    Tensor *tensor = top.find(output.name());
    if (!tensor || !tensor->type || !output.type().has_tensor_type()) {
      continue;
    }
    if (hasEnoughProblems()) {
      return;
    }
    int32_t declared = output.type().tensor_type().elem_type();
    int32_t actual = dataTypeOf(tensor->type.getElementType());
    if (declared != 0 && declared != actual) {
      addProblem("invalid output type",
                 "'" + output.name() + "' is declared as " +
                     dataTypeName(declared) + " and computed as " +
                     dataTypeName(actual));
    }
  }
}

void Importer::importOutputs(func::FuncOp function) {
  SmallVector<Value> values;
  std::vector<std::string> names = outputNames();
  for (const std::string &name : names) {
    Tensor *tensor = top.find(name);
    if (hasEnoughProblems()) {
      return;
    }
    if (!tensor) {
      addProblem("undefined output", "nothing computes '" + name + "'");
    } else if (tensor->type) {
      values.push_back(materialise(*tensor));
    }
  }
  checkOutputTypes();
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
