//===- Interface.cpp - a planned module's signature in C's terms ----------===//

#include "codegen/cpu/ElementCode.h"
#include "codegen/emit/Artifact.h"
#include "dialects/kernel/Library.h"
#include "tessera/abi.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::emit;

static const llvm::StringSet<> &reservedWords() {
  static const llvm::StringSet<> words = {
      "alignas",      "alignof",   "and",       "asm",         "auto",
      "bool",         "break",     "case",      "catch",       "char",
      "class",        "const",     "constexpr", "continue",    "decltype",
      "default",      "delete",    "do",        "double",      "dynamic_cast",
      "else",         "enum",      "explicit",  "export",      "extern",
      "false",        "float",     "for",       "friend",      "goto",
      "if",           "inline",    "int",       "long",        "mutable",
      "namespace",    "new",       "noexcept",  "not",         "nullptr",
      "operator",     "or",        "private",   "protected",   "public",
      "register",     "restrict",  "return",    "short",       "signed",
      "sizeof",       "static",    "struct",    "switch",      "template",
      "this",         "throw",     "true",      "try",         "typedef",
      "typeid",       "typename",  "union",     "unsigned",    "using",
      "virtual",      "void",      "volatile",  "while",       "xor",
      "co_await",     "co_return", "co_yield",  "concept",     "requires",
      "const_cast",   "linux",     "unix",      "struct_size", "dims",
      "thread_local", "wchar_t",   "char8_t",   "char16_t",    "char32_t"};
  return words;
}

std::string emit::cIdentifier(StringRef text) {
  std::string result;
  for (char c : text) {
    result += llvm::isAlnum(c) ? c : '_';
  }
  if (result.empty() || llvm::isDigit(result.front())) {
    result.insert(0, "x");
  }
  if (reservedWords().contains(result)) {
    result += "_";
  }
  return result;
}

StringRef emit::isaSuffix(unsigned isa) {
  switch (isa) {
  case TSR_ISA_X86_64_V3:
    return "x86_64_v3";
  case TSR_ISA_X86_64_V4:
    return "x86_64_v4";
  case TSR_ISA_X86_64_V4_VNNI:
    return "x86_64_v4_vnni";
  case TSR_ISA_X86_64_AMX:
    return "x86_64_amx";
  default:
    return "";
  }
}

StringRef emit::isaTarget(unsigned isa) {
  switch (isa) {
  case TSR_ISA_X86_64_V3:
    return "x86-64-v3";
  case TSR_ISA_X86_64_V4:
    return "x86-64-v4";
  case TSR_ISA_X86_64_V4_VNNI:
    return "x86-64-v4-vnni";
  case TSR_ISA_X86_64_AMX:
    return "x86-64-amx";
  default:
    return "";
  }
}

/// A field name not yet in `taken`.
static std::string uniqueField(StringRef name, llvm::StringSet<> &taken) {
  std::string base = cIdentifier(name);
  std::string field = base;
  for (unsigned suffix = 2; !taken.insert(field).second; ++suffix) {
    field = base + "_" + std::to_string(suffix);
  }
  return field;
}

/// The expression with dimensions' names in place of symbols. Sums print a
/// negative constant as a subtraction; products are parenthesised where needed.
static std::string textOf(AffineExpr expr, ArrayRef<Dimension> dimensions) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    return std::to_string(constant.getValue());
  }
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr)) {
    unsigned position = symbol.getPosition();
    return position < dimensions.size() ? dimensions[position].name
                                        : "s" + std::to_string(position);
  }
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary) {
    return "?";
  }
  std::string left = textOf(binary.getLHS(), dimensions);
  std::string right = textOf(binary.getRHS(), dimensions);
  auto constant = dyn_cast<AffineConstantExpr>(binary.getRHS());
  if (expr.getKind() == AffineExprKind::Add) {
    bool negative = constant && constant.getValue() < 0;
    return negative ? left + " - " + right.substr(1) : left + " + " + right;
  }
  auto isSum = [](AffineExpr operand) {
    return operand.getKind() == AffineExprKind::Add;
  };
  left = isSum(binary.getLHS()) ? "(" + left + ")" : left;
  right = isSum(binary.getRHS()) ? "(" + right + ")" : right;
  switch (expr.getKind()) {
  case AffineExprKind::Mul:
    return left + " * " + right;
  case AffineExprKind::Mod:
    return left + " mod " + right;
  case AffineExprKind::FloorDiv:
    return left + " / " + right;
  default:
    return "ceil(" + left + " / " + right + ")";
  }
}

static void describeDimensions(ModuleOp module, ArtifactDescription &artifact) {
  auto array = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  if (!array) {
    return;
  }
  llvm::StringSet<> taken;
  for (auto attr : array.getAsRange<kernel::DimensionAttr>()) {
    Dimension dimension;
    dimension.name = attr.getName().str();
    dimension.lower = attr.getLower();
    dimension.upper = attr.getUpper();
    dimension.kind = static_cast<unsigned>(attr.getKind());
    if (attr.getKind() == kernel::DimensionKind::input) {
      dimension.field = uniqueField(dimension.name, taken);
    } else if (dimension.name.empty()) {
      StringRef function =
          attr.getKind() == kernel::DimensionKind::min ? "min" : "max";
      std::vector<std::string> operands;
      for (AffineExpr operand : attr.getOperands().getResults()) {
        operands.push_back(textOf(operand, artifact.dimensions));
      }
      dimension.name =
          (function + "(" + llvm::join(operands, ", ") + ")").str();
    }
    artifact.dimensions.push_back(std::move(dimension));
  }
}

static llvm::Error describeTensors(ArrayAttr entries, ArrayRef<Dimension> dims,
                                   const llvm::BitVector &computed,
                                   std::vector<Tensor> &tensors) {
  llvm::StringSet<> taken;
  for (auto entry : entries.getAsRange<DictionaryAttr>()) {
    auto name = entry.getAs<StringAttr>("name");
    auto typeAttr = entry.getAs<TypeAttr>("type");
    auto type = typeAttr ? dyn_cast<RankedTensorType>(typeAttr.getValue())
                         : RankedTensorType();
    if (!name || !type) {
      return llvm::createStringError(
          "expected a name and a ranked tensor type in tsk.signature");
    }
    Tensor tensor;
    tensor.name = name.str();
    tensor.field = uniqueField(tensor.name, taken);
    tensor.elementType = elementCodeOf(type.getElementType());
    if (tensor.elementType == 0) {
      return llvm::createStringError(
          "expected elements of a known type in the signature, got those of '" +
          tensor.name + "'");
    }
    tensor.elementBytes = kernel::storageBytesOf(type.getElementType());
    for (AffineExpr extent : kernel::extentsOf(type)) {
      Axis axis;
      axis.extent = kernel::constantOf(extent).value_or(-1);
      if (kernel::usesDimensions(extent, computed)) {
        axis.extent = TSR_EXTENT_COMPUTED;
        tensor.flags = TSR_TENSOR_COMPUTED;
      }
      if (auto symbol = dyn_cast<AffineSymbolExpr>(extent)) {
        axis.dimension = symbol.getPosition();
      }
      axis.text = textOf(extent, dims);
      tensor.axes.push_back(std::move(axis));
    }
    tensors.push_back(std::move(tensor));
  }
  return llvm::Error::success();
}

llvm::Error emit::describeInterface(ModuleOp module, StringRef prefix,
                                    ArtifactDescription &artifact) {
  artifact.prefix = prefix.str();
  describeDimensions(module, artifact);
  auto signature = module->getAttrOfType<DictionaryAttr>("tsk.signature");
  if (!signature) {
    return llvm::createStringError("expected a planned module, got one without "
                                   "the attribute tsk.signature");
  }
  auto entries = [&](StringRef name) {
    auto array = signature.getAs<ArrayAttr>(name);
    return array ? array : ArrayAttr::get(module.getContext(), {});
  };
  llvm::BitVector computed = kernel::computedDimensions(module);
  if (llvm::Error error = describeTensors(
          entries("inputs"), artifact.dimensions, computed, artifact.inputs)) {
    return error;
  }
  return describeTensors(entries("outputs"), artifact.dimensions, computed,
                         artifact.outputs);
}
