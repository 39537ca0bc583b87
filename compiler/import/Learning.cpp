//===- Learning.cpp - adapters: arithmetic of ai.onnx.ml ------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// Columns of the last axis; a vector counts as one row.
LogicalResult arrayFeatureExtractor(Node &node) {
  Term x = inputOf(node, 0), indices = inputOf(node, 1);
  if (x.rank() == 0) {
    return node.fail("invalid input", "expected rank 1 or more");
  }
  if (x.rank() == 1) {
    x = unsqueeze(x, 0);
  }
  Sizes own = indices.extents();
  AffineExpr count = kernel::productOf(node.builder.getContext(), own);
  return node.setResult(0, gather(x, reshape(indices, {count}), -1));
}

LogicalResult binarizer(Node &node) {
  Term x = inputOf(node, 0);
  return node.setResult(0, where(number(x, node.number("threshold", 0)) < x,
                                 number(x, 1), number(x, 0)));
}

/// The values of an attribute, one for all columns or one for each.
Term columns(Node &node, StringRef attribute, double byDefault) {
  SmallVector<double> values = node.numbers(attribute);
  if (values.empty()) {
    values.push_back(byDefault);
  }
  return constantTensor(node, node.builder.getF32Type(),
                        {int64_t(values.size())}, values);
}

LogicalResult scaler(Node &node) {
  Term x = cast(inputOf(node, 0), node.builder.getF32Type());
  return node.setResult(0, (x - columns(node, "offset", 0)) *
                               columns(node, "scale", 1));
}

LogicalResult linearRegressor(Node &node) {
  Term x = cast(inputOf(node, 0), node.builder.getF32Type());
  int64_t targets = node.integer("targets", 1);
  SmallVector<double> coefficients = node.numbers("coefficients"),
                      intercepts = node.numbers("intercepts");
  auto count = int64_t(coefficients.size());
  if (x.rank() != 2 || targets < 1 || count % targets != 0 ||
      (!intercepts.empty() && int64_t(intercepts.size()) != targets) ||
      node.text("post_transform", "NONE") != "NONE") {
    return node.fail("unsupported attributes",
                     "expected samples [N, F], coefficients and intercepts "
                     "for each target and post_transform NONE");
  }
  Term result = matmul(x,
                       constantTensor(node, x.element(),
                                      {targets, count / targets}, coefficients),
                       false, true);
  if (!intercepts.empty()) {
    result =
        result + constantTensor(node, x.element(), {1, targets}, intercepts);
  }
  return node.setResult(0, result);
}

LogicalResult normalizer(Node &node) {
  Term x = cast(inputOf(node, 0), node.builder.getF32Type());
  std::string norm = node.text("norm", "MAX");
  if (norm != "MAX" && norm != "L1" && norm != "L2") {
    return node.fail("invalid attribute 'norm'", "expected MAX, L1 or L2");
  }
  Term length = norm == "MAX"
                    ? reduce("max", apply<graph::AbsOp>({x}), {-1}, true)
                    : reduce(norm == "L1" ? "l1" : "l2", x, {-1}, true);
  Term safe = where(equal(length, number(x, 0)), number(x, 1), length);
  return node.setResult(0, x / safe);
}

LogicalResult imputer(Node &node) {
  Term x = inputOf(node, 0);
  if (!isa<FloatType>(x.element()) ||
      node.hasAttribute("imputed_value_int64s")) {
    return node.fail("unsupported input", "expected floats");
  }
  node.ignore({"replaced_value_int64"});
  double replaced = node.number("replaced_value_float", 0);
  Term missing = std::isnan(replaced) ? apply<graph::IsNanOp>({x})
                                      : equal(x, number(x, replaced));
  return node.setResult(
      0, where(missing, columns(node, "imputed_value_floats", 0), x));
}

} // namespace

void addLearningAdapters(AdapterTable &table) {
  table.add("ai.onnx.ml.ArrayFeatureExtractor", 1, 2, 2, arrayFeatureExtractor);
  table.add("ai.onnx.ml.Binarizer", 1, 1, 1, binarizer);
  table.add("ai.onnx.ml.Imputer", 1, 1, 1, imputer);
  table.add("ai.onnx.ml.LinearRegressor", 1, 1, 1, linearRegressor);
  table.add("ai.onnx.ml.Normalizer", 1, 1, 1, normalizer);
  table.add("ai.onnx.ml.Scaler", 1, 1, 1, scaler);
}

} // namespace tessera::import
