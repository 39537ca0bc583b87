//===- Reduction.cpp - adapters: reductions, softmax and scans ------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult reduce(Node &node, StringRef kind) {
  auto given = attributeOrInput(node, "axes", 1);
  if (failed(given)) {
    return failure();
  }
  bool keep = node.integer("keepdims", 1) != 0;
  bool noop = node.integer("noop_with_empty_axes", 0) != 0;
  SmallVector<int64_t> axes;
  if (*given && !(*given)->empty()) {
    FailureOr<SmallVector<int64_t>> checked = node.axes(**given, node.rank(0));
    if (failed(checked)) {
      return failure();
    }
    axes = *checked;
    sort(axes);
  } else if (!noop) {
    for (int64_t axis = 0; axis < node.rank(0); ++axis) {
      axes.push_back(axis);
    }
  }
  // The reduction of nothing is the operator's function of each element.
  bool isIdentity =
      axes.empty() && (kind == "sum" || kind == "mean" || kind == "prod" ||
                       kind == "max" || kind == "min");
  if (isIdentity) {
    return node.setAlias(0, node.tensorOf(0));
  }
  return node.setResult(
      0, node.create<graph::ReduceOp>(
             {node.input(0)}, {{"kind", node.textAttribute(kind)},
                               {"axes", node.integersAttribute(axes)},
                               {"keepdims", node.integerAttribute(keep)}}));
}

LogicalResult argReduce(Node &node, StringRef kind) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  return node.setResult(
      0, node.create<graph::ArgReduceOp>(
             {node.input(0)},
             {{"kind", node.textAttribute(kind)},
              {"axis", node.integerAttribute(*axis)},
              {"keepdims",
               node.integerAttribute(node.integer("keepdims", 1) != 0)},
              {"select_last_index",
               node.integerAttribute(node.integer("select_last_index", 0) !=
                                     0)}}));
}

/// Before opset 13 everything from `axis` on was one row.
template <typename Op>
LogicalResult rowwise(Node &node) {
  bool flattens = node.opset < 13;
  FailureOr<int64_t> axis =
      node.axis(node.integer("axis", flattens ? 1 : -1), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  Sizes extents = node.extents(0);
  Value input = node.input(0);
  bool joins = flattens && *axis + 1 < node.rank(0);
  // Trailing unit axes do not change the rows.
  if (joins &&
      all_of(ArrayRef(extents).drop_front(*axis + 1),
             [](AffineExpr e) { return kernel::constantOf(e) == 1; })) {
    joins = false;
  }
  if (joins) {
    Sizes rows(extents.begin(), extents.begin() + *axis);
    rows.push_back(kernel::productOf(node.builder.getContext(),
                                     ArrayRef(extents).drop_front(*axis)));
    input = node.reshape(input, rows);
  }
  Value result =
      node.create<Op>({input}, {{"axis", node.integerAttribute(*axis)}});
  if (joins && result) {
    result = node.reshape(result, extents);
  }
  return node.setResult(0, result);
}

LogicalResult scan(Node &node, StringRef kind) {
  FailureOr<SmallVector<int64_t>> given = node.constants(1);
  if (failed(given)) {
    return failure();
  }
  if (given->size() != 1) {
    return node.fail("invalid axis", "expected one value");
  }
  FailureOr<int64_t> axis = node.axis((*given)[0], node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  return node.setResult(
      0, node.create<graph::ScanOp>(
             {node.input(0)},
             {{"kind", node.textAttribute(kind)},
              {"axis", node.integerAttribute(*axis)},
              {"exclusive",
               node.integerAttribute(node.integer("exclusive", 0) != 0)},
              {"reverse",
               node.integerAttribute(node.integer("reverse", 0) != 0)}}));
}

constexpr std::pair<StringLiteral, StringLiteral> kReductions[] = {
    {"ReduceL1", "l1"},          {"ReduceL2", "l2"},
    {"ReduceLogSum", "log_sum"}, {"ReduceLogSumExp", "log_sum_exp"},
    {"ReduceMax", "max"},        {"ReduceMean", "mean"},
    {"ReduceMin", "min"},        {"ReduceProd", "prod"},
    {"ReduceSum", "sum"},        {"ReduceSumSquare", "sum_square"}};

} // namespace

StringRef reductionKindOf(StringRef op) {
  for (auto [name, kind] : kReductions) {
    if (name == op) {
      return kind;
    }
  }
  return "";
}

void addReductionAdapters(AdapterTable &table) {
  for (auto [name, kind] : kReductions) {
    StringRef text = kind;
    table.add(name, 1, 1, 2, [text](Node &node) { return reduce(node, text); });
  }
  table.add("ArgMax", 1, 1, 1,
            [](Node &node) { return argReduce(node, "max"); });
  table.add("ArgMin", 1, 1, 1,
            [](Node &node) { return argReduce(node, "min"); });
  table.add("CumProd", 26, 2, 2, [](Node &node) { return scan(node, "prod"); });
  table.add("CumSum", 11, 2, 2, [](Node &node) { return scan(node, "sum"); });
  table.add("Hardmax", 1, 1, 1, rowwise<graph::HardmaxOp>);
  table.add("LogSoftmax", 1, 1, 1, rowwise<graph::LogSoftmaxOp>);
  table.add("Softmax", 1, 1, 1, rowwise<graph::SoftmaxOp>);
}

} // namespace tessera::import
