//===- Reduction.cpp - reductions and scans along axes --------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

/// The extents after a reduction over `axes`.
static Extents reducedExtents(ArrayRef<AffineExpr> extents,
                              ArrayRef<int64_t> axes, bool keepdims) {
  Extents result;
  for (auto [i, extent] : llvm::enumerate(extents)) {
    if (!llvm::is_contained(axes, static_cast<int64_t>(i))) {
      result.push_back(extent);
    } else if (keepdims) {
      result.push_back(constantExpr(extent.getContext(), 1));
    }
  }
  return result;
}

namespace {
/// The nest of a reduction: one dimension for each axis of the operand.
struct ReductionNest {
  Coordinates input, output;
  Value element;
};
} // namespace

static ReductionNest buildReduction(KernelBuilder &k, Value x,
                                    ArrayRef<int64_t> axes, bool keepdims) {
  ReductionNest nest;
  for (auto [i, extent] : llvm::enumerate(extentsOf(x))) {
    bool reduced = llvm::is_contained(axes, static_cast<int64_t>(i));
    nest.input.push_back(reduced ? k.reduction(extent) : k.parallel(extent));
    if (!reduced) {
      nest.output.push_back(nest.input.back());
    } else if (keepdims) {
      nest.output.push_back(constantExpr(extent.getContext(), 0));
    }
  }
  if (axes.empty()) {
    // A reduction of one element; a body reduces along some dimension.
    k.reduction(constantExpr(k.body().getContext(), 1));
  }
  nest.element = k.read(x, nest.input);
  return nest;
}

//===----------------------------------------------------------------------===//
// Reduce
//===----------------------------------------------------------------------===//

LogicalResult graph::ReduceOp::inferReturnTypes(MLIRContext *context,
                                                MaybeLocation location,
                                                Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkOneOf(location, "kind", adaptor.getKind(),
                        {"sum", "mean", "prod", "max", "min", "l1", "l2",
                         "log_sum", "log_sum_exp", "sum_square"}))) {
    return failure();
  }
  Extents extents = extentsOf(adaptor.getX());
  int64_t last = -1;
  for (int64_t axis : adaptor.getAxes()) {
    if (failed(checkAxis(location, axis, extents.size()))) {
      return failure();
    }
    if (axis <= last) {
      return emitInferError(location) << "expected sorted distinct axes, got "
                                      << axis << " after " << last;
    }
    last = axis;
  }
  return inferTensor(
      types, getElementTypeOrSelf(adaptor.getX()),
      reducedExtents(extents, adaptor.getAxes(), adaptor.getKeepdims()));
}

/// log(sum(exp(x))) without overflow: the greatest element is taken out, unless
/// it is infinite.
static Scalar logSumExp(KernelBuilder &k, Scalar x) {
  Scalar greatest = x.with(k.reduce(ReduceKind::max, x));
  Scalar infinite = isInfinite(greatest, true, true);
  Scalar offset = select(infinite, constantLike(x, 0), greatest);
  Scalar sum = x.with(k.reduce(ReduceKind::add, exp(x - offset)));
  return log(sum) + offset;
}

Lowered graph::ReduceOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  Type element = getElementTypeOrSelf(getX());
  ReductionNest nest = buildReduction(k, getX(), getAxes(), getKeepdims());
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  Scalar x{&k.body(), k.loc(), nest.element, isUnsigned};
  StringRef kind = getKind();
  auto reduce = [&](ReduceKind how, Scalar value) {
    return value.with(k.reduce(how, value));
  };
  bool throughFloat = !x.isFloat() && (kind == "l2" || kind.starts_with("log"));
  if (throughFloat) {
    x = convert(x, builder.getF64Type());
  }
  Scalar result;
  if (kind == "max" || kind == "min") {
    ReduceKind how = kind == "max" ? ReduceKind::max : ReduceKind::min;
    result = x.with(reduceOrdered(k, how, x, element));
  } else if (kind == "prod") {
    result = reduce(ReduceKind::mul, x);
  } else if (kind == "log_sum_exp") {
    result = logSumExp(k, x);
  } else {
    Scalar term = kind == "l1"                           ? abs(x)
                  : kind == "l2" || kind == "sum_square" ? x * x
                                                         : x;
    result = reduce(ReduceKind::add, term);
    if (kind == "l2") {
      result = sqrt(result);
    } else if (kind == "log_sum") {
      result = log(result);
    } else if (kind == "mean") {
      Extents own = extentsOf(getX()), reduced;
      for (int64_t axis : getAxes()) {
        reduced.push_back(own[axis]);
      }
      result =
          result / result.with(extentValue(k, productOf(getContext(), reduced),
                                           result.value.getType()));
    }
  }
  if (throughFloat) {
    result = convert(result, element);
  }
  return llvm::to_vector_of<Value>(
      k.finish({result}, {nest.output}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// ArgReduce, hardmax
//===----------------------------------------------------------------------===//

LogicalResult ArgReduceOp::inferReturnTypes(MLIRContext *context,
                                            MaybeLocation location,
                                            Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkOneOf(location, "kind", adaptor.getKind(), {"max", "min"}))) {
    return failure();
  }
  Extents extents = extentsOf(adaptor.getX());
  auto axis = static_cast<int64_t>(adaptor.getAxis());
  if (failed(checkAxis(location, axis, extents.size()))) {
    return failure();
  }
  if (constantOf(extents[axis]) == 0) {
    return emitInferError(location)
           << "expected elements along axis " << axis << ", got none";
  }
  return inferTensor(types, IntegerType::get(context, 64),
                     reducedExtents(extents, axis, adaptor.getKeepdims()));
}

Lowered ArgReduceOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  auto axis = static_cast<int64_t>(getAxis());
  ReductionNest nest = buildReduction(k, getX(), axis, getKeepdims());
  bool greatest = getKind() == "max", last = getSelectLastIndex();
  ReduceKind kind =
      greatest ? (last ? ReduceKind::arg_max_last : ReduceKind::arg_max)
               : (last ? ReduceKind::arg_min_last : ReduceKind::arg_min);
  Value position =
      reduceOrdered(k, kind, nest.element, getElementTypeOrSelf(getX()));
  return llvm::to_vector_of<Value>(
      k.finish({position}, {nest.output}, {getResult().getType()})
          .getResults());
}

LogicalResult HardmaxOp::inferReturnTypes(MLIRContext *context,
                                          MaybeLocation location,
                                          Adaptor adaptor, Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkAxis(location, adaptor.getAxis(),
                       extentsOf(adaptor.getX()).size()))) {
    return failure();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

Lowered HardmaxOp::lower(OpBuilder &builder) {
  KernelBuilder k(builder, getLoc());
  auto axis = static_cast<int64_t>(getAxis());
  ReductionNest nest = buildReduction(k, getX(), axis, true);
  Scalar x{&k.body(), k.loc(), nest.element};
  Scalar first = x.with(k.reduce(ReduceKind::arg_max, x));
  Scalar chosen = first == x.with(k.index(nest.input[axis]));
  Scalar result = select(chosen, constantLike(x, 1), constantLike(x, 0));
  return llvm::to_vector_of<Value>(
      k.finish({result}, {nest.input}, {getResult().getType()}).getResults());
}

//===----------------------------------------------------------------------===//
// Scan
//===----------------------------------------------------------------------===//

LogicalResult ScanOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  if (failed(checkRanked(location, adaptor.getX())) ||
      failed(checkAxis(location, adaptor.getAxis(),
                       extentsOf(adaptor.getX()).size())) ||
      failed(
          checkOneOf(location, "kind", adaptor.getKind(), {"sum", "prod"}))) {
    return failure();
  }
  types.push_back(adaptor.getX().getType());
  return success();
}

Lowered ScanOp::lower(OpBuilder &builder) {
  Type element = getElementTypeOrSelf(getX());
  Extents own = extentsOf(getX()), others = own;
  int64_t axis = getAxis();
  AffineExpr steps = own[axis];
  others.erase(others.begin() + axis);
  bool isSum = getKind() == "sum";
  Value initial =
      filledTensor(builder, getLoc(), element, others, isSum ? 0 : 1);
  // The sequential axis comes first in the results; `ordered` has it in place.
  KernelBuilder k(builder, getLoc());
  AffineExpr t = k.sequential(steps);
  Coordinates rest = k.parallel(others), ordered = rest, stacked = {t};
  ordered.insert(ordered.begin() + axis, getReverse() ? steps - 1 - t : t);
  stacked.append(rest.begin(), rest.end());
  Scalar x{&k.body(), k.loc(), k.read(getX(), ordered)};
  Scalar before = x.with(k.readFeedback(initial, rest, 0));
  Scalar after = isSum ? before + x : before * x;
  Extents stackedExtents = {steps};
  stackedExtents.append(others);
  RankedTensorType type = tensorTypeOf(element, stackedExtents);
  KernelOp scan = getExclusive() ? k.finish({after, before}, {stacked, stacked},
                                            {type, type})
                                 : k.finish({after}, {stacked}, {type});
  KernelBuilder view(builder, getLoc());
  Coordinates dims = view.parallel(own), from = dims;
  from.erase(from.begin() + axis);
  from.insert(from.begin(), getReverse() ? steps - 1 - dims[axis] : dims[axis]);
  Value value = view.read(scan.getResults().back(), from);
  return llvm::to_vector_of<Value>(
      view.finish({value}, {dims}, {getResult().getType()}).getResults());
}
