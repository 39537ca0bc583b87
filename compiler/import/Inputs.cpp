//===- Inputs.cpp - from a model's inputs to those of the C interface -----===//
//
// A tensor is an input by itself. A sequence NAME becomes the tensors NAME_0,
// NAME_1 ..., and an optional one value or none; how many is fixed when
// compiling, see docs/runtime-abi.md.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/Sequences.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Library.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

/// Inputs with more elements are data: their values are never fixed.
static constexpr int64_t kMaxFixedValues = 64;

static Error wrong(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

/// The type of a tensor among the inputs. The extents of elements of a sequence
/// are free of each other, whatever their names.
Expected<RankedTensorType>
Importer::declaredType(const std::string &name,
                       const onnx::TypeProto_Tensor &type, bool isElement) {
  MLIRContext *context = builder.getContext();
  Expected<Type> element = elementTypeOf(type.elem_type(), context);
  if (!element) {
    return element.takeError();
  }
  int64_t rank = type.shape().dim_size();
  if (!type.has_shape()) {
    std::optional<int64_t> given = dimensions.fixedNumber(name + ".rank");
    if (!given) {
      return wrong("its rank is not given; add --dim " + name + ".rank=N");
    }
    rank = *given;
  }
  if (rank > int64_t(options.budget.maxRank)) {
    return wrong("expected a rank of at most " + Twine(options.budget.maxRank) +
                 ", got " + Twine(rank));
  }
  SmallVector<AffineExpr> extents;
  uint64_t count = 1;
  for (int64_t i = 0; i < rank; ++i) {
    onnx::TensorShapeProto_Dimension dimension;
    if (type.has_shape() &&
        !(isElement && !type.shape().dim(i).has_dim_value())) {
      dimension = type.shape().dim(i);
    }
    Expected<AffineExpr> extent = dimensions.extentOf(name, i, dimension);
    if (!extent) {
      return extent.takeError();
    }
    extents.push_back(*extent);
    uint64_t size = kernel::constantOf(*extent).value_or(1);
    if (size != 0 && count > options.budget.maxTensorBytes / size) {
      return wrong("it has more than " + Twine(options.budget.maxTensorBytes) +
                   " elements");
    }
    count *= size;
  }
  return kernel::tensorTypeOf(*element, extents);
}

/// Takes the values that the user fixed for elements `NAME(0)`, `NAME(1)` ...
/// of a small tensor of integers, or all of them as sizes when the options say
/// so; a call checks them.
void Importer::fixValues(const std::string &name, Tensor &tensor) {
  std::optional<int64_t> count = kernel::constantOf(
      kernel::productOf(builder.getContext(), kernel::extentsOf(tensor.type)));
  Type element = tensor.type.getElementType();
  if (!count || *count > kMaxFixedValues || tensor.type.getRank() > 1 ||
      !isa<IntegerType>(element) || !isKnownElement(element) || *count == 0) {
    return;
  }
  bool asSizes = options.valuesAreSizes && !element.isInteger(1);
  KnownTensor known;
  known.shape.assign(tensor.type.getShape().begin(),
                     tensor.type.getShape().end());
  known.element = element;
  std::vector<std::optional<int64_t>> values;
  for (int64_t i = 0; i < *count; ++i) {
    values.push_back(
        dimensions.fixedNumber(name + "(" + std::to_string(i) + ")"));
    if (!values.back() && !asSizes) {
      return;
    }
  }
  SmallVector<int64_t> elements;
  for (auto [i, value] : enumerate(values)) {
    std::string own = name + "(" + std::to_string(i) + ")";
    AffineExpr size =
        value ? kernel::computedDimension(*module, own, *value, *value, {})
              : computedDimension(own, {}, 0);
    known.elements.push_back(value ? integerScalar(*value, builder.getContext())
                                   : Scalar{size, 0});
    elements.append(
        {cast<AffineSymbolExpr>(size).getPosition(), 0, int64_t(i)});
  }
  Type sizes = RankedTensorType::get({*count}, builder.getI64Type());
  graph::LibraryOp::create(
      builder, tensor.location, TypeRange{sizes},
      builder.getStringAttr("sizes"), ValueRange{tensor.value},
      builder.getDenseI64ArrayAttr({0}), builder.getDictionaryAttr({}),
      builder.getDenseI64ArrayAttr({}), builder.getDenseI64ArrayAttr(elements),
      AffineMapAttr());
  tensor.known = std::move(known);
  tensor.knownWasRead = true;
}

Tensor *Importer::importSequenceInput(const std::string &name,
                                      const onnx::TypeProto &element,
                                      func::FuncOp function) {
  Tensor *tensor = newTensor(NameLoc::get(builder.getStringAttr(name)));
  std::optional<int64_t> length = dimensions.fixedNumber(name + ".length");
  if (!length || *length > kMaxSequence) {
    addProblem("unsupported input",
               "'" + name +
                   "': expected the number of the sequence's tensors, "
                   "at most " +
                   Twine(kMaxSequence) + "; add --dim " + name + ".length=N");
    return tensor;
  }
  SmallVector<Tensor *> elements;
  for (int64_t i = 0; i < *length; ++i) {
    elements.push_back(importInput(name + "_" + std::to_string(i), element,
                                   /*isElement=*/true, function));
  }
  if (all_of(elements, [](Tensor *value) { return value->isBuilt(); })) {
    tensor->sequence = std::move(elements);
  }
  return tensor;
}

Tensor *Importer::importInput(const std::string &name,
                              const onnx::TypeProto &type, bool isElement,
                              func::FuncOp function) {
  Location location = NameLoc::get(builder.getStringAttr(name));
  if (type.has_sequence_type()) {
    return importSequenceInput(name, type.sequence_type().elem_type(),
                               function);
  }
  Tensor *tensor = newTensor(location);
  if (type.has_optional_type()) {
    std::optional<int64_t> present = dimensions.fixedNumber(name + ".present");
    if (present && *present == 1) {
      return importInput(name, type.optional_type().elem_type(), isElement,
                         function);
    }
    tensor->isNothing = present && *present == 0;
    if (!tensor->isNothing) {
      addProblem("unsupported input",
                 "'" + name +
                     "': expected whether the optional value is "
                     "given; add --dim " +
                     name + ".present=1 or 0");
    }
    return tensor;
  }
  if (!type.has_tensor_type()) {
    addProblem("unsupported input",
               "'" + name + "': expected a tensor, a sequence or an optional");
    return tensor;
  }
  Expected<RankedTensorType> own =
      declaredType(name, type.tensor_type(), isElement);
  if (!own) {
    addProblem("unsupported input",
               "'" + name + "': " + toString(own.takeError()));
    return tensor;
  }
  tensor->type = *own;
  SmallVector<NamedAttribute> attributes = {
      builder.getNamedAttr("tsk.name", builder.getStringAttr(name))};
  RankedTensorType stored = storedTypeOf(*own);
  if (stored != *own) {
    attributes.push_back(builder.getNamedAttr("tsk.type", TypeAttr::get(*own)));
  }
  unsigned index = function.getNumArguments();
  if (failed(function.insertArgument(
          index, stored, builder.getDictionaryAttr(attributes), location))) {
    return tensor;
  }
  tensor->value = function.getArgument(index);
  if (stored != *own) {
    tensor->value = graph::UnpackOp::create(builder, location, *own,
                                            tensor->value, TypeAttr::get(*own));
  }
  return tensor;
}

void Importer::importInputs(func::FuncOp function) {
  llvm::StringSet<> initializers;
  for (const onnx::TensorProto &initializer : model.graph().initializer()) {
    initializers.insert(initializer.name());
  }
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    if (initializers.contains(input.name())) {
      continue; // A constant that is also listed as an input.
    }
    if (hasEnoughProblems()) {
      return;
    }
    auto [entry, isNew] = top.tensors.try_emplace(input.name(), nullptr);
    if (!isNew) {
      addProblem("value defined twice", "input '" + input.name() + "'");
      continue;
    }
    const PreprocessRule *rule = preprocessingOf(input.name(), input.type());
    entry->second =
        rule ? importImage(input.name(), input.type(), *rule, function)
             : importInput(input.name(), input.type(), /*isElement=*/false,
                           function);
  }
  checkPreprocessingUsed();
  // Behind all of them: free dimensions are numbered in the order of the inputs
  // and come before those that calls compute.
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    Tensor *tensor = top.tensors.lookup(input.name());
    if (tensor && tensor->isTensor() && !initializers.contains(input.name())) {
      fixValues(input.name(), *tensor);
    }
  }
  llvm::StringSet<> seen;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    auto name = function.getArgAttrOfType<StringAttr>(i, "tsk.name");
    if (name && !seen.insert(name.getValue()).second) {
      addProblem("unsupported input",
                 "two inputs are called '" + name.getValue() +
                     "'; the tensors of a sequence NAME are NAME_0, NAME_1 "
                     "...");
    }
  }
}

} // namespace tessera::import
