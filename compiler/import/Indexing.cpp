//===- Indexing.cpp - adapters: elements chosen by position ---------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Evaluate.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "compiler/import/Tensors.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include <cmath>

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

template <typename Op>
LogicalResult gatherAlongAxis(Node &node) {
  FailureOr<int64_t> axis = node.axis(node.integer("axis", 0), node.rank(0));
  if (failed(axis)) {
    return failure();
  }
  return node.setResult(
      0, node.create<Op>({node.input(0), node.input(1)},
                         {{"axis", node.integerAttribute(*axis)}}));
}

LogicalResult gatherND(Node &node) {
  return node.setResult(
      0, node.create<graph::GatherNDOp>(
             {node.input(0), node.input(1)},
             {{"batch_dims",
               node.integerAttribute(node.integer("batch_dims", 0))}}));
}

/// How many floats there are between constants.
FailureOr<AffineExpr> rangeOfNumbers(Node &node) {
  FailureOr<SmallVector<double>> start = node.constantNumbers(0),
                                 limit = node.constantNumbers(1),
                                 delta = node.constantNumbers(2);
  if (failed(start) || failed(limit) || failed(delta)) {
    return failure();
  }
  double count = std::ceil(((*limit)[0] - (*start)[0]) / (*delta)[0]);
  if (!(count < 1e15)) {
    return node.fail("invalid range", "it has no end");
  }
  return getAffineConstantExpr(int64_t(std::max(0.0, count)),
                               node.builder.getContext());
}

/// Whether floats are sizes, or numbers without a fraction.
bool areIntegral(Node &node) {
  return all_of(seq(3u), [&](unsigned i) {
    const KnownTensor *known = node.known(i);
    return known && known->exprs();
  });
}

/// How many elements a range has, as far as sizes decide it.
FailureOr<AffineExpr> rangeExtent(Node &node) {
  bool isFloat = isa<FloatType>(node.type(0).getElementType());
  if (isFloat && !areIntegral(node)) {
    return rangeOfNumbers(node);
  }
  FailureOr<Sizes> start = node.sizes(0), limit = node.sizes(1),
                   delta = node.sizes(2);
  if (failed(start) || failed(limit) || failed(delta)) {
    return failure();
  }
  std::optional<int64_t> known = kernel::constantOf((*delta)[0]);
  if (!known) {
    return node.fail("a parameter is not constant",
                     "input 2 must be a constant");
  }
  int64_t step = *known;
  if (step == 0 || step == INT64_MIN) {
    return node.fail("invalid range", "expected a delta other than 0");
  }
  AffineExpr low = step > 0 ? (*start)[0] : (*limit)[0];
  AffineExpr high = step > 0 ? (*limit)[0] : (*start)[0];
  AffineExpr distance =
      extremeOf(*node.importer.module, kernel::DimensionKind::max,
                kernel::simplify(high), kernel::simplify(low)) -
      low;
  return kernel::simplify(kernel::simplify(distance).ceilDiv(std::abs(step)));
}

LogicalResult range(Node &node) {
  for (unsigned i = 0; i < 3; ++i) {
    SmallVector<AffineExpr> extents = node.extents(i);
    if (kernel::constantOf(
            kernel::productOf(node.builder.getContext(), extents)) != 1) {
      return node.fail("invalid range", "expected scalars");
    }
  }
  FailureOr<AffineExpr> extent = rangeExtent(node);
  if (failed(extent)) {
    return failure();
  }
  return node.setResult(
      0, node.create<graph::RangeOp>(
             {node.reshape(node.input(0), {}), node.reshape(node.input(2), {})},
             {{"extent", node.sizesAttribute({*extent})}}));
}

LogicalResult oneHot(Node &node) {
  FailureOr<Sizes> depth = node.sizes(1);
  FailureOr<int64_t> axis =
      node.axis(node.integer("axis", -1), node.rank(0) + 1);
  if (failed(depth) || failed(axis)) {
    return failure();
  }
  if (depth->size() != 1) {
    return node.fail("invalid depth", "expected one value");
  }
  return node.setResult(0, node.create<graph::OneHotOp>(
                               {node.input(0), node.input(2)},
                               {{"axis", node.integerAttribute(*axis)},
                                {"depth", node.sizesAttribute(*depth)}}));
}

LogicalResult trilu(Node &node) {
  Sizes diagonal{getAffineConstantExpr(0, node.builder.getContext())};
  if (node.has(1)) {
    FailureOr<Sizes> given = node.sizes(1, INT64_MIN);
    if (failed(given)) {
      return failure();
    }
    if (given->size() != 1) {
      return node.fail("invalid diagonal", "expected one value");
    }
    diagonal = *given;
  }
  return node.setResult(
      0, node.create<graph::TriluOp>(
             {node.input(0)},
             {{"upper", node.integerAttribute(node.integer("upper", 1) != 0)},
              {"k", node.sizesAttribute(diagonal)}}));
}

LogicalResult eyeLike(Node &node) {
  Type element = node.type(0).getElementType();
  if (node.hasAttribute("dtype")) {
    Expected<Type> given =
        elementTypeOf(node.integer("dtype", 0), node.builder.getContext());
    if (!given) {
      return node.fail("unsupported type", toString(given.takeError()));
    }
    element = *given;
  }
  return node.setResult(
      0, node.create<graph::EyeOp>(
             {}, {{"shape", node.sizesAttribute(node.extents(0))},
                  {"k", node.integerAttribute(node.integer("k", 0))},
                  {"element", TypeAttr::get(element)}}));
}

LogicalResult reverseSequence(Node &node) {
  return node.setResult(
      0,
      node.create<graph::ReverseSequenceOp>(
          {node.input(0), node.input(1)},
          {{"time_axis", node.integerAttribute(node.integer("time_axis", 0))},
           {"batch_axis",
            node.integerAttribute(node.integer("batch_axis", 1))}}));
}

} // namespace

void addIndexingAdapters(AdapterTable &table) {
  table.add("EyeLike", 9, 1, 1, eyeLike);
  table.add("Gather", 1, 2, 2, gatherAlongAxis<graph::GatherOp>);
  table.add("GatherElements", 11, 2, 2,
            gatherAlongAxis<graph::GatherElementsOp>);
  table.add("GatherND", 11, 2, 2, gatherND);
  table.add("OneHot", 9, 3, 3, oneHot);
  table.add("Range", 11, 3, 3, range);
  table.add("ReverseSequence", 10, 2, 2, reverseSequence);
  table.add("Trilu", 14, 1, 2, trilu);
}

} // namespace tessera::import
