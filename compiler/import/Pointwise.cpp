//===- Pointwise.cpp - adapters: operators that map one to one ------------===//
//
// Most of the table is folded from the dialect's records (OnnxOpInterface);
// here are only those whose opsets differ in more than the version.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// The attribute as the dialect spells it.
Attribute convert(Node &node, StringRef name) {
  const onnx::AttributeProto &attribute = *node.attribute(name);
  switch (attribute.type()) {
  case onnx::AttributeProto::FLOAT:
    return node.numberAttribute(attribute.f());
  case onnx::AttributeProto::INT:
    return node.integerAttribute(attribute.i());
  case onnx::AttributeProto::STRING:
    return node.textAttribute(attribute.s());
  case onnx::AttributeProto::INTS:
    return node.integersAttribute(node.integers(name));
  default:
    (void)node.fail("unsupported attribute '" + name + "'",
                    "its kind is not supported here");
    return {};
  }
}

/// Attributes without a default; inference reads them before the verifier
/// could complain.
constexpr StringLiteral kRequired[] = {"blocksize", "direction", "equation"};

/// Same operands, same attributes.
template <typename Op>
LogicalResult oneToOne(Node &node) {
  SmallVector<std::pair<StringRef, Attribute>> attributes;
  for (StringRef name : Op::getAttributeNames()) {
    if (node.hasAttribute(name)) {
      attributes.push_back({name, convert(node, name)});
    } else if (is_contained(kRequired, name)) {
      return node.fail("missing attribute '" + name + "'",
                       "the operator has no default for it");
    }
  }
  if (std::is_base_of_v<graph::ScalarOpInterface::Trait<Op>, Op>) {
    takeFirstsAsOne(node);
  }
  return node.setResults(node.createOperation(Op::getOperationName(),
                                              node.allInputs(), attributes));
}

/// Before opset 7 the second operand was broadcast only on request, and from
/// a given axis on.
template <typename Op>
LogicalResult oldBinary(Node &node) {
  node.ignore({"consumed_inputs"});
  bool broadcast = node.integer("broadcast", 0) != 0;
  Value second = node.input(1);
  if (broadcast && node.hasAttribute("axis")) {
    FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
    if (failed(axis)) {
      return failure();
    }
    SmallVector<AffineExpr> extents = node.extents(1);
    int64_t missing = node.rank(0) - *axis - node.rank(1);
    for (int64_t i = 0; i < missing; ++i) {
      extents.push_back(getAffineConstantExpr(1, node.builder.getContext()));
    }
    second = node.reshape(second, extents);
  }
  return node.setResult(0, node.create<Op>({node.input(0), second}));
}

/// Early versions of unary operators carry an attribute without meaning.
template <typename Op>
LogicalResult oldUnary(Node &node) {
  node.ignore({"consumed_inputs"});
  return oneToOne<Op>(node);
}

template <typename Op>
void addOneToOne(AdapterTable &table) {
  StringRef name = Op::getOnnxName();
  int64_t since = Op::getOnnxSince();
  if (name.empty()) {
    return;
  }
  constexpr bool isUnary = Op::template hasTrait<OpTrait::OneOperand>();
  constexpr bool isBinary =
      Op::template hasTrait<OpTrait::NOperands<2>::Impl>();
  constexpr bool isTernary =
      Op::template hasTrait<OpTrait::NOperands<3>::Impl>();
  constexpr unsigned count = isUnary ? 1 : isBinary ? 2 : isTernary ? 3 : 0;
  table.add(name, since, count ? count : 1, count ? count : kVariadic,
            oneToOne<Op>);
  if constexpr (isUnary) {
    if (since == 6) {
      table.add(name, 1, 1, 1, oldUnary<Op>);
    }
  }
  if constexpr (isBinary) {
    if (since == 7 && name != "PRelu") {
      table.add(name, 1, 2, 2, oldBinary<Op>);
    }
  }
}

template <typename... Ops>
void addAll(AdapterTable &table) {
  (addOneToOne<Ops>(table), ...);
}

/// Max, Min, Sum and Mean of any number of inputs.
template <typename Op>
LogicalResult fold(Node &node) {
  node.ignore({"consumed_inputs"});
  Value result = node.input(0);
  for (unsigned i = 1; i < node.inputCount(); ++i) {
    result = node.create<Op>({result, node.input(i)});
  }
  if (node.proto.op_type() == "Mean" && result) {
    Value count =
        node.scalarConstant(node.type(0).getElementType(), node.inputCount());
    result = node.create<graph::DivOp>({result, count});
  }
  return node.setResult(0, result);
}

/// The bounds are attributes before opset 11 and optional inputs after.
LogicalResult clip(Node &node) {
  node.ignore({"consumed_inputs"});
  Type element = node.type(0).getElementType();
  Value low = node.input(1), high = node.input(2);
  if (node.opset < 11) {
    if (node.hasAttribute("min")) {
      low = node.scalarConstant(element, node.number("min", 0));
    }
    if (node.hasAttribute("max")) {
      high = node.scalarConstant(element, node.number("max", 0));
    }
  }
  Value result = node.input(0);
  if (low) {
    result = node.create<graph::MaxOp>({result, low});
  }
  if (high) {
    result = node.create<graph::MinOp>({result, high});
  }
  return node.setResult(0, result);
}

/// Before opset 7, and in exports that kept its habit, a slope of one value for
/// each channel stands without the spatial axes.
LogicalResult prelu(Node &node) {
  Value slope = node.input(1);
  SmallVector<AffineExpr> x = node.extents(0), s = node.extents(1);
  bool perChannel = s.size() == 1 && x.size() > 2 && s[0] == x[1] &&
                    s[0] != x.back() && kernel::constantOf(s[0]) != 1;
  if (perChannel || (node.opset < 7 && s.size() == 1 && x.size() > 2)) {
    SmallVector<AffineExpr> extents(
        x.size() - 1, getAffineConstantExpr(1, node.builder.getContext()));
    extents[0] = s[0];
    slope = node.reshape(slope, extents);
  }
  node.ignore({"consumed_inputs"});
  return node.setResult(0, node.create<graph::PReluOp>({node.input(0), slope}));
}

/// x / (1 + |x|) and the like have records; these are compositions.
LogicalResult scaledTanh(Node &node) {
  Type element = node.type(0).getElementType();
  Value scaled = node.create<graph::MulOp>(
      {node.input(0), node.scalarConstant(element, node.number("beta", 1))});
  return node.setResult(
      0, node.create<graph::MulOp>(
             {node.create<graph::TanhOp>({scaled}),
              node.scalarConstant(element, node.number("alpha", 1))}));
}

} // namespace

void addPointwiseAdapters(AdapterTable &table) {
  addAll<
#define GET_OP_LIST
#include "dialects/graph/ContractionOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/IndexingOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/PointwiseOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/RecurrenceOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/ReductionOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/ShapeOps.cpp.inc"
      >(table);
  addAll<
#define GET_OP_LIST
#include "dialects/graph/WindowOps.cpp.inc"
      >(table);
  table.add("Clip", 1, 1, 1, clip);
  table.add("Clip", 11, 1, 3, clip);
  table.add("Max", 1, 1, kVariadic, fold<graph::MaxOp>);
  table.add("Mean", 1, 1, kVariadic, fold<graph::AddOp>);
  table.add("Min", 1, 1, kVariadic, fold<graph::MinOp>);
  table.add("PRelu", 1, 2, 2, prelu);
  table.add("PRelu", 7, 2, 2, prelu);
  table.add("ScaledTanh", 1, 1, 1, scaledTanh);
  table.add("Sum", 1, 1, kVariadic, fold<graph::AddOp>);
}

} // namespace tessera::import
