//===- Strings.cpp - adapters: operators on strings -----------------------===//
//
// Strings live in calls of the library alone: no kernel reads one.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Regex.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Library.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

static bool hasStrings(Node &node, unsigned input) {
  return node.has(input) &&
         kernel::isStringType(node.type(input).getElementType());
}

static ArrayAttr textsAttribute(Node &node, ArrayRef<std::string> texts) {
  SmallVector<StringRef> references(texts.begin(), texts.end());
  return node.builder.getStrArrayAttr(references);
}

Value stringConstant(OpBuilder &builder, Location location,
                     DenseStringElementsAttr texts) {
  DenseI64ArrayAttr none = builder.getDenseI64ArrayAttr({});
  // The raw data of equal elements is a single one.
  ArrayAttr values =
      builder.getStrArrayAttr(llvm::to_vector(texts.getValues<StringRef>()));
  return graph::LibraryOp::create(
             builder, location, TypeRange(texts.getType()),
             builder.getStringAttr("string_constant"), ValueRange(), none,
             builder.getDictionaryAttr(builder.getNamedAttr("values", values)),
             none, none, AffineMapAttr())
      .getResult(0);
}

namespace {

LogicalResult requireStrings(Node &node, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    if (!hasStrings(node, i)) {
      return node.fail("invalid input",
                       "expected strings as input " + Twine(i));
    }
  }
  return success();
}

/// An operator of two strings that broadcast.
LogicalResult pairwise(Node &node, StringRef function, Type element) {
  if (failed(requireStrings(node, 2))) {
    return failure();
  }
  Sizes a = node.extents(0), b = node.extents(1), sizes = broadcastSizes(a, b);
  for (const Sizes &own : {a, b}) {
    for (auto [i, extent] : enumerate(own)) {
      AffineExpr wanted = sizes[sizes.size() - own.size() + i];
      if (kernel::constantOf(extent) == 1) {
        continue;
      }
      if (kernel::constantOf(extent) && kernel::constantOf(wanted) &&
          extent != wanted) {
        return node.fail("invalid input", "the shapes do not broadcast");
      }
      node.importer.assumeEqual(extent, wanted);
    }
  }
  return LibraryCall(node, function)
      .inputs(0, 2)
      .result(element, sizes)
      .buildResults();
}

LogicalResult stringConcat(Node &node) {
  return pairwise(node, "string_concat",
                  kernel::stringTypeOf(node.builder.getContext()));
}

LogicalResult stringEqual(Node &node) {
  return pairwise(node, "string_equal", node.builder.getI1Type());
}

LogicalResult regexFullMatch(Node &node) {
  if (failed(requireStrings(node, 1))) {
    return failure();
  }
  Expected<RegexProgram> program = compileRegex(node.text("pattern", ""));
  if (!program) {
    return node.fail("unsupported attribute 'pattern'",
                     toString(program.takeError()));
  }
  MLIRContext *context = node.builder.getContext();
  return LibraryCall(node, "regex_full_match")
      .inputs(0, 1)
      .parameter("code", node.integersAttribute(program->code))
      .parameter("sets", node.integersAttribute(program->sets))
      .result(node.builder.getI1Type(), node.extents(0))
      .scratch(getAffineConstantExpr(6 * program->code.size(), context))
      .buildResults();
}

LogicalResult stringSplit(Node &node) {
  if (failed(requireStrings(node, 1))) {
    return failure();
  }
  LibraryCall call(node, "string_split");
  Sizes extents = node.extents(0), parts = extents;
  parts.push_back(call.outputDimension(0, parts.size(), {}));
  Attribute most;
  if (node.hasAttribute("maxsplit")) {
    most = node.integerAttribute(node.integer("maxsplit", 0));
  }
  return call.inputs(0, 1)
      .parameter("delimiter", node.textAttribute(node.text("delimiter", "")))
      .parameter("maxsplit", most)
      .result(node.type(0).getElementType(), parts)
      .result(node.builder.getI64Type(), extents)
      .buildResults();
}

LogicalResult stringNormalizer(Node &node) {
  if (failed(requireStrings(node, 1))) {
    return failure();
  }
  node.ignore({"locale"});
  Sizes extents = node.extents(0);
  bool isRow = extents.size() == 1 ||
               (extents.size() == 2 && kernel::constantOf(extents[0]) == 1);
  if (!isRow) {
    return node.fail("invalid input", "expected strings [C] or [1, C]");
  }
  LibraryCall call(node, "string_normalizer");
  AffineExpr limit = kernel::simplify(extents.back() + 1);
  extents.back() = call.outputDimension(0, extents.size() - 1, limit);
  return call.inputs(0, 1)
      .parameter("case_change_action",
                 node.textAttribute(node.text("case_change_action", "NONE")))
      .parameter("is_case_sensitive",
                 node.integerAttribute(node.integer("is_case_sensitive", 0)))
      .parameter("stopwords", textsAttribute(node, node.texts("stopwords")))
      .result(node.type(0).getElementType(), extents)
      .buildResults();
}

/// Keys or values of a LabelEncoder, however the attribute holds them.
struct Labels {
  Type element;
  Attribute entries;
  size_t count = 0;
};

FailureOr<Labels> labelsOfTensor(Node &node, const onnx::TensorProto &proto,
                                 const onnx::TensorProto *otherwise) {
  SmallVector<double> numbers;
  SmallVector<int64_t> integers;
  SmallVector<std::string> texts;
  Labels labels;
  for (const onnx::TensorProto *tensor : {&proto, otherwise}) {
    if (!tensor) {
      continue;
    }
    Expected<ElementsAttr> value = node.importer.valueOf(*tensor);
    if (!value) {
      return node.fail("unsupported attribute", toString(value.takeError()));
    }
    labels.element = value->getElementType();
    if (auto strings = dyn_cast<DenseStringElementsAttr>(*value)) {
      for (StringRef text : strings.getValues<StringRef>()) {
        texts.push_back(text.str());
      }
    } else if (std::optional<KnownTensor> known = readKnown(*value)) {
      for (const Scalar &scalar : known->elements) {
        numbers.push_back(scalar.value());
        integers.push_back(scalar.integer().value_or(0));
      }
    }
  }
  labels.count = std::max(numbers.size(), texts.size()) - (otherwise ? 1 : 0);
  if (!otherwise) { // Read for values only.
    numbers.push_back(0);
    integers.push_back(-1);
    texts.push_back("_Unused");
  }
  labels.entries = kernel::isStringType(labels.element)
                       ? Attribute(textsAttribute(node, texts))
                   : isa<FloatType>(labels.element)
                       ? Attribute(node.builder.getDenseF64ArrayAttr(numbers))
                       : node.integersAttribute(integers);
  return labels;
}

/// `which` is keys or values; with values their default follows.
FailureOr<Labels> labelsOf(Node &node, const std::string &which) {
  bool isValues = which == "values";
  Builder &b = node.builder;
  Labels labels;
  if (node.hasAttribute(which + "_tensor")) {
    const onnx::TensorProto *otherwise =
        isValues ? node.tensor("default_tensor") : nullptr;
    return labelsOfTensor(node, *node.tensor(which + "_tensor"), otherwise);
  }
  if (node.hasAttribute(which + "_strings")) {
    SmallVector<std::string> texts = node.texts(which + "_strings");
    labels.count = texts.size();
    if (isValues) {
      texts.push_back(node.text("default_string", "_Unused"));
    }
    labels.element = kernel::stringTypeOf(b.getContext());
    labels.entries = textsAttribute(node, texts);
  } else if (node.hasAttribute(which + "_int64s")) {
    SmallVector<int64_t> integers = node.integers(which + "_int64s");
    labels.count = integers.size();
    if (isValues) {
      integers.push_back(node.integer("default_int64", -1));
    }
    labels.element = b.getI64Type();
    labels.entries = node.integersAttribute(integers);
  } else {
    SmallVector<double> numbers = node.numbers(which + "_floats");
    labels.count = numbers.size();
    if (isValues) {
      numbers.push_back(node.number("default_float", 0));
    }
    labels.element = b.getF32Type();
    labels.entries = b.getDenseF64ArrayAttr(numbers);
  }
  return labels;
}

LogicalResult labelEncoder(Node &node) {
  FailureOr<Labels> keys = labelsOf(node, "keys");
  FailureOr<Labels> values = labelsOf(node, "values");
  if (failed(keys) || failed(values)) {
    return failure();
  }
  node.ignore({"default_string", "default_int64", "default_float"});
  if (keys->count != values->count ||
      keys->element != node.type(0).getElementType()) {
    return node.fail("invalid labels",
                     "expected as many values as keys of the input's type");
  }
  return LibraryCall(node, "label_encoder")
      .inputs(0, 1)
      .parameter("count", node.integerAttribute(keys->count))
      .parameter("keys", keys->entries)
      .parameter("values", values->entries)
      .result(values->element, node.extents(0))
      .buildResults();
}

} // namespace

/// Numbers as text depend on the implementation that writes them.
static LogicalResult refuseCast(Node &node) {
  return node.fail("unsupported type", "casts from and to strings are not "
                                       "implemented");
}

RuntimeAdapter stringAdapterOf(Node &node) {
  StringRef op = node.proto.op_type();
  bool isCast = op == "Cast" || op == "CastLike";
  bool hasTarget = isCast && node.opset >= 6; // A name before.
  if (isCast &&
      (hasStrings(node, 0) || hasStrings(node, 1) ||
       (hasTarget && node.integer("to", 0) == onnx::TensorProto::STRING))) {
    return refuseCast;
  }
  return op == "Equal" && hasStrings(node, 0) ? stringEqual : nullptr;
}

void addStringAdapters(AdapterTable &table) {
  table.add("ai.onnx.ml.LabelEncoder", 2, 1, 1, labelEncoder);
  table.add("RegexFullMatch", 20, 1, 1, regexFullMatch);
  table.add("StringConcat", 20, 2, 2, stringConcat);
  table.add("StringNormalizer", 10, 1, 1, stringNormalizer);
  table.add("StringSplit", 20, 1, 1, stringSplit);
}

} // namespace tessera::import
