//===- ImageInput.cpp - images in place of a model's input ----------------===//
//
// The library takes bytes as cameras and decoders give them.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/Preprocess.h"
#include "compiler/import/Tensors.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static constexpr int64_t kMostChannels = 4;

static int64_t sizeAt(const onnx::TypeProto_Tensor &type, int axis) {
  const onnx::TensorShapeProto_Dimension &dimension = type.shape().dim(axis);
  return dimension.has_dim_value() ? dimension.dim_value() : -1;
}

static bool canBeImage(const onnx::TypeProto &type) {
  int rank = type.tensor_type().shape().dim_size();
  return type.has_tensor_type() && (rank == 3 || rank == 4);
}

/// How the model takes its images, a letter an axis.
static std::string modelLayoutOf(const PreprocessRule &rule,
                                 const onnx::TypeProto_Tensor &type) {
  std::string layout = rule.modelLayout;
  int rank = type.shape().dim_size();
  if (layout.empty()) {
    auto isChannels = [&](int axis) {
      int64_t size = sizeAt(type, axis);
      return size >= 1 && size <= kMostChannels;
    };
    bool isLast = isChannels(rank - 1) && !isChannels(rank - 3);
    layout = isLast ? "NHWC" : "NCHW";
  }
  return layout.substr(4 - rank);
}

static ImageLayouts layoutsOf(const PreprocessRule &rule,
                              const onnx::TypeProto_Tensor &type) {
  ImageLayouts layouts{rule.layout, modelLayoutOf(rule, type)};
  if (layouts.image.empty()) {
    bool isBatch = layouts.model.front() == 'N' && sizeAt(type, 0) != 1;
    layouts.image = isBatch ? "NHWC" : "HWC";
  }
  return layouts;
}

const PreprocessRule *
Importer::preprocessingOf(StringRef name, const onnx::TypeProto &type) const {
  for (const PreprocessRule &rule : options.preprocess) {
    if (rule.input == name) {
      return &rule;
    }
  }
  // `image` stands for the only candidate.
  unsigned candidates = 0;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    bool isConstant =
        any_of(model.graph().initializer(), [&](const auto &initializer) {
          return initializer.name() == input.name();
        });
    if (input.name() == "image") {
      return nullptr;
    }
    candidates += !isConstant && canBeImage(input.type());
  }
  for (const PreprocessRule &rule : options.preprocess) {
    if (rule.input == "image" && candidates == 1 && canBeImage(type)) {
      return &rule;
    }
  }
  return nullptr;
}

/// The type of the images: axes that the rule leaves open are the model's.
Expected<RankedTensorType>
Importer::imageType(const std::string &name, const PreprocessRule &rule,
                    const onnx::TypeProto_Tensor &type,
                    const ImageLayouts &layouts) {
  bool changesSize = rule.resize || rule.shorterSide || rule.crop;
  if (rule.image && rule.image->height * rule.image->width * kMostChannels >
                        int64_t(options.budget.maxTensorBytes)) {
    return createStringError(inconvertibleErrorCode(),
                             "images of " + Twine(rule.image->height) + "x" +
                                 Twine(rule.image->width) + " have more than " +
                                 Twine(options.budget.maxTensorBytes) +
                                 " bytes");
  }
  SmallVector<AffineExpr> extents;
  for (auto [axis, letter] : enumerate(layouts.image)) {
    size_t own = layouts.model.find(letter);
    bool isSide = letter == 'H' || letter == 'W';
    if (isSide && rule.image) {
      extents.push_back(builder.getAffineConstantExpr(
          letter == 'H' ? rule.image->height : rule.image->width));
      continue;
    }
    onnx::TensorShapeProto_Dimension dimension;
    int64_t least = 0;
    if (isSide && changesSize) {
      bool isCropped = rule.crop && !rule.resize && !rule.shorterSide;
      least = !isCropped      ? 1
              : letter == 'H' ? rule.crop->height
                              : rule.crop->width;
    } else if (own == std::string::npos) {
      dimension.set_dim_value(1);
    } else {
      dimension = type.shape().dim(own);
    }
    Expected<AffineExpr> extent =
        dimensions.extentOf(name, axis, dimension, least);
    if (!extent) {
      return extent.takeError();
    }
    extents.push_back(*extent);
  }
  return kernel::tensorTypeOf(builder.getIntegerType(8, /*isSigned=*/false),
                              extents);
}

/// What cannot become the model's input; empty when everything can.
static std::string refusal(const PreprocessRule &rule,
                           const onnx::TypeProto &type, MLIRContext *context) {
  const onnx::TypeProto_Tensor &tensor = type.tensor_type();
  if (!canBeImage(type)) {
    return "expected an input of 3 or 4 axes, which can take images";
  }
  Expected<Type> element = elementTypeOf(tensor.elem_type(), context);
  if (!element) {
    return toString(element.takeError());
  }
  if (!isa<FloatType>(*element)) {
    return "expected an input of floats, got " +
           dataTypeName(tensor.elem_type());
  }
  std::string layout = modelLayoutOf(rule, tensor);
  int64_t channels = sizeAt(tensor, layout.find('C'));
  if (channels < 1) {
    return "the number of the input's channels is free; expected a model that "
           "fixes it, or model=NCHW or NHWC where the channels are elsewhere";
  }
  for (auto [key, list] :
       {std::pair("scale", &rule.scale), std::pair("mean", &rule.mean),
        std::pair("std", &rule.deviation)}) {
    if (list->size() > 1 && int64_t(list->size()) != channels) {
      return "expected 1 or " + std::to_string(channels) + " numbers for " +
             key + ", one a channel, got " + std::to_string(list->size());
    }
  }
  if (layout.front() != 'N' && rule.layout.size() == 4) {
    return "the input has no batch; expected layout=HWC or layout=CHW";
  }
  if (layout.front() == 'N' && rule.layout.size() == 3 &&
      sizeAt(tensor, 0) > 1) {
    return "the input takes " + std::to_string(sizeAt(tensor, 0)) +
           " images; expected layout=NHWC or layout=NCHW";
  }
  return "";
}

/// How the result differs from what the model takes; empty when it does not.
static std::string misfit(const Term &result, const std::string &layout,
                          const onnx::TypeProto_Tensor &type) {
  auto textOf = [](int64_t size, StringRef otherwise) {
    return size < 0 ? otherwise.str() : std::to_string(size);
  };
  std::string size = textOf(sizeAt(type, layout.find('H')), "H") + "x" +
                     textOf(sizeAt(type, layout.find('W')), "W");
  for (auto [axis, letter] : enumerate(layout)) {
    int64_t wanted = sizeAt(type, axis);
    int64_t own = kernel::constantOf(result.extent(axis)).value_or(-1);
    if (wanted >= 0 && own != wanted) {
      return "the model takes " + std::to_string(wanted) +
             (letter == 'H'   ? " rows"
              : letter == 'W' ? " columns"
                              : " images") +
             ", and the pre-processing makes " + textOf(own, "any number") +
             "; add resize=" + size + " or crop=" + size;
    }
  }
  return "";
}

Tensor *Importer::importImage(const std::string &name,
                              const onnx::TypeProto &type,
                              const PreprocessRule &rule,
                              func::FuncOp function) {
  Location location = NameLoc::get(builder.getStringAttr(name));
  Tensor *tensor = newTensor(location);
  auto fail = [&](const Twine &why) {
    addProblem("invalid --preprocess", "'" + name + "': " + why);
    return tensor;
  };
  if (std::string why = refusal(rule, type, builder.getContext());
      !why.empty()) {
    return fail(why);
  }
  const onnx::TypeProto_Tensor &own = type.tensor_type();
  ImageLayouts layouts = layoutsOf(rule, own);
  Expected<RankedTensorType> stored = imageType(name, rule, own, layouts);
  if (!stored) {
    return fail(toString(stored.takeError()));
  }
  unsigned index = function.getNumArguments();
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr("tsk.name", builder.getStringAttr(name)));
  if (failed(function.insertArgument(index, *stored, attributes, location))) {
    return tensor;
  }
  onnx::NodeProto proto;
  proto.set_op_type("Preprocess");
  auto op = NameLoc::get(builder.getStringAttr(proto.op_type()));
  Node node(*this, top, proto, NameLoc::get(builder.getStringAttr(name), op),
            name, 1);
  size_t before = problems.size();
  Term result = preprocess(
      {node, function.getArgument(index)}, rule, layouts,
      sizeAt(own, layouts.model.find('C')),
      cantFail(elementTypeOf(own.elem_type(), builder.getContext())));
  if (problems.size() != before || !result) {
    return tensor;
  }
  if (std::string why = misfit(result, layouts.model, own); !why.empty()) {
    return fail(why);
  }
  tensor->type = result.type();
  tensor->value = result;
  return tensor;
}

void Importer::checkPreprocessingUsed() {
  std::vector<std::string> names;
  llvm::StringSet<> used;
  for (const onnx::ValueInfoProto &input : model.graph().input()) {
    if (const PreprocessRule *rule =
            preprocessingOf(input.name(), input.type())) {
      used.insert(rule->input);
    }
    names.push_back(input.name());
  }
  for (const PreprocessRule &rule : options.preprocess) {
    if (!used.contains(rule.input)) {
      addProblem("invalid --preprocess", "the model has no input '" +
                                             rule.input + "', only " +
                                             llvm::join(names, ", "));
    }
  }
}

} // namespace tessera::import
