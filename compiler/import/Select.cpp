//===- Select.cpp - results of which the run chooses one ------------------===//
//
// Both are computed. Where their extents differ, so do those of the result,
// which the run knows before it gets there: the longer one is cut, the shorter
// one filled up, and only of the one that is not chosen does that change
// anything.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Sequences.h"
#include "compiler/import/Subgraph.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

LogicalResult unsupported(Node &node, const Twine &why) {
  return node.fail("unsupported condition", "it depends on data and " + why);
}

/// The extents of the result. Those that differ are computed from the selector,
/// before the run where sizes decide it.
FailureOr<Sizes> chosenExtents(Node &node, const Term &selector, const Term &a,
                               const Term &b, AffineExpr truth) {
  ModuleOp module = *node.importer.module;
  LibraryCall call(node, "sizes");
  Sizes extents = a.extents(), open;
  SmallVector<Term> values;
  for (int64_t axis = 0; axis < a.rank(); ++axis) {
    AffineExpr x = a.extent(axis), y = b.extent(axis);
    if (x == y) {
      continue;
    }
    AffineExpr size = truth ? chosenBy(module, truth, x, y) : AffineExpr();
    if (!size) {
      Type i64 = node.builder.getI64Type();
      AffineExpr most = extremeOf(module, kernel::DimensionKind::max, x, y);
      size = call.dimension(node.name + ".size" + Twine(axis), most);
      values.push_back(unsqueeze(
          where(selector, sizeTerm(node, i64, x), sizeTerm(node, i64, y)), 0));
      open.push_back(size);
    }
    extents[axis] = size;
  }
  if (!open.empty() &&
      !call.input(concat(values, 0)).sizesResult(open).build()) {
    return failure();
  }
  return extents;
}

/// The term cut or filled up at the ends of its axes.
Term resized(const Term &x, ArrayRef<AffineExpr> extents) {
  Node &node = x.node();
  Sizes widest = x.extents();
  for (auto [own, extent] : zip(widest, extents)) {
    own = own == extent ? own
                        : extremeOf(*node.importer.module,
                                    kernel::DimensionKind::max, own, extent);
  }
  Term result = padTo(x, widest);
  for (auto [axis, extent] : enumerate(extents)) {
    if (result && result.extent(axis) != extent) {
      result = slice(result, axis, sizeOf(node, 0), extent);
    }
  }
  return result;
}

/// Of two values whose extents differ.
Value selectResized(Node &node, const Term &selector, const Term &a,
                    const Term &b, AffineExpr truth) {
  FailureOr<Sizes> extents = chosenExtents(node, selector, a, b, truth);
  if (failed(extents)) {
    return {};
  }
  return where(selector, resized(a, *extents), resized(b, *extents));
}

} // namespace

Tensor *select(Node &node, Value selector, Tensor *a, Tensor *b,
               AffineExpr truth) {
  if (a == b || (a->isNothing && b->isNothing)) {
    return a;
  }
  if (a->sequence && b->sequence &&
      a->sequence->size() == b->sequence->size()) {
    SmallVector<Tensor *> elements;
    for (auto [x, y] : zip(*a->sequence, *b->sequence)) {
      elements.push_back(select(node, selector, x, y, truth));
    }
    return is_contained(elements, nullptr) ? nullptr
                                           : sequenceOf(node, elements);
  }
  if (!a->isTensor() || !b->isTensor()) {
    (void)unsupported(node, "decides how many tensors the result has; fix it "
                            "with --dim " +
                                node.proto.input(0) +
                                "(0)=0 or 1 if it is an input of the model");
    return nullptr;
  }
  Type element = a->type.getElementType();
  bool isAlike = element == b->type.getElementType() &&
                 a->type.getRank() == b->type.getRank();
  if (!isAlike || (a->type != b->type && !element.isIntOrFloat())) {
    (void)unsupported(node, "the branches give results of different " +
                                Twine(isAlike ? "shapes" : "ranks or types"));
    return nullptr;
  }
  Term x{node, node.importer.materialise(*a)},
      y{node, node.importer.materialise(*b)}, condition{node, selector};
  return tensorOf(node, a->type == b->type
                            ? Value(where(condition, x, y))
                            : selectResized(node, condition, x, y, truth));
}

} // namespace tessera::import
