//===- WinogradKernels.cpp - the kernels of a short convolution -----------===//
//
// Tensors are stacked by position in a transformed tile, so that the product in
// between is one matrix product for each position. Channels come last: they
// fill the vectors of every kernel here.
//
//===----------------------------------------------------------------------===//

#include "passes/graph/WinogradKernels.h"
#include "dialects/kernel/KernelBuilder.h"
#include "passes/graph/ConstantFolder.h"
#include "passes/graph/WinogradTransforms.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

static constexpr int64_t kTaps = 3;

namespace {
using Coordinates = SmallVector<AffineExpr>;

class Builder {
public:
  Builder(ConvOp op, const ConvolutionShape &shape, int64_t tile)
      : op(op), builder(op), shape(shape), matrices(winogradMatrices(tile)),
        tile(tile), positions(matrices.points() * matrices.points()),
        rows(number(shape.height / tile)), columns(number(shape.width / tile)) {
  }

  /// [positions, batch, rows, columns, inputs]
  Value transformInput();
  /// [positions, inputs + 1, outputs]
  Value transformWeights(Value weights);
  /// [positions, batch, rows, columns, outputs]
  Value multiply(Value input, Value weights);
  Value transformOutput(Value products);

private:
  AffineExpr number(int64_t value) {
    return builder.getAffineConstantExpr(value);
  }
  Location labelled(StringRef label);
  Value constantOf(const HostTensor &tensor);
  RankedTensorType typeOf(ArrayRef<AffineExpr> extents) {
    return tensorTypeOf(builder.getF32Type(), extents);
  }
  /// Finishes `k` with one result of these extents, stored at `point`, for
  /// each of `values`, and stacks them.
  Value stack(KernelBuilder &k, ArrayRef<Value> values,
              const Coordinates &point, const Coordinates &extents,
              bool inRun = false);

  ConvOp op;
  OpBuilder builder;
  const ConvolutionShape &shape;
  WinogradMatrices matrices;
  int64_t tile, positions;
  /// Tiles along the axes.
  AffineExpr rows, columns;
};
} // namespace

/// The node's name with a remark.
static Location labelled(Location location, StringRef label) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    return NameLoc::get(
        StringAttr::get(location.getContext(),
                        name.getName().getValue() + " [" + label + "]"),
        name.getChildLoc());
  }
  if (auto fused = dyn_cast<FusedLoc>(location)) {
    SmallVector<Location> parts(fused.getLocations());
    parts.front() = labelled(parts.front(), label);
    return FusedLoc::get(parts, fused.getMetadata(), location.getContext());
  }
  return location;
}

Location Builder::labelled(StringRef label) {
  return graph::labelled(op.getLoc(), label);
}

Value Builder::constantOf(const HostTensor &tensor) {
  ElementsAttr value = storeElements(tensor);
  return ConstantOp::create(builder, op.getLoc(), value.getType(), value);
}

Value Builder::stack(KernelBuilder &k, ArrayRef<Value> values,
                     const Coordinates &point, const Coordinates &extents,
                     bool inRun) {
  Coordinates to = {number(0)}, piece = {number(1)},
              whole = {number(positions)};
  to.append(point);
  piece.append(extents);
  whole.append(extents);
  SmallVector<SmallVector<AffineExpr>> all(values.size(), to);
  SmallVector<Type> types(values.size(), typeOf(piece));
  KernelOp stacked = k.finish(values, all, types);
  if (inRun) {
    stacked->setAttr(kInRunAttr, builder.getUnitAttr());
  }
  return kernel::ConcatOp::create(builder, stacked.getLoc(), typeOf(whole),
                                  stacked.getResults(),
                                  builder.getI64IntegerAttr(0));
}

Value Builder::transformInput() {
  KernelBuilder k(builder, labelled("winograd, input"));
  Coordinates extents = {shape.batch, rows, columns, number(shape.inputs)};
  Coordinates point = k.parallel(extents);
  Extents input = extentsOf(op.getX());
  auto coordinate = [&](unsigned axis, int64_t offset, int64_t before) {
    return point[axis] * tile + (offset - before);
  };
  auto leaves = [&](int64_t offset, int64_t before, int64_t results,
                    AffineExpr extent) {
    return offset < before ||
           results - tile + offset - before >= *kernel::constantOf(extent);
  };
  SmallVector<Value> values;
  for (int64_t r = 0; r < matrices.points(); ++r) {
    for (int64_t c = 0; c < matrices.points(); ++c) {
      bool outside = leaves(r, shape.top, shape.height, input[2]) ||
                     leaves(c, shape.left, shape.width, input[3]);
      TypedAttr pad =
          outside ? builder.getZeroAttr(builder.getF32Type()) : TypedAttr();
      values.push_back(k.read(op.getX(),
                              {point[0], point[3], coordinate(1, r, shape.top),
                               coordinate(2, c, shape.left)},
                              pad));
    }
  }
  return stack(k, transformSquare(k, matrices.input, values), point, extents);
}

Value buildMovedWeights(OpBuilder &builder, Location loc,
                        const HostTensor &weights) {
  // With the output channels last they fill vectors. A row of zeros keeps the
  // positions, stored at the same time, out of each other's cache sets.
  int64_t outputs = weights.shape[0], inputs = weights.shape[1];
  Scalar zero;
  zero.f = 0;
  HostTensor moved{weights.element, {kTaps, kTaps, inputs + 1, outputs}, {}};
  moved.elements.reserve(kTaps * kTaps * (inputs + 1) * outputs);
  for (int64_t tap = 0; tap < kTaps * kTaps; ++tap) {
    for (int64_t c = 0; c < inputs; ++c) {
      for (int64_t m = 0; m < outputs; ++m) {
        moved.elements.push_back(
            weights.elements[(m * inputs + c) * kTaps * kTaps + tap]);
      }
    }
    moved.elements.insert(moved.elements.end(), outputs, zero);
  }
  ElementsAttr value = storeElements(moved);
  return ConstantOp::create(builder, loc, value.getType(), value);
}

Value Builder::transformWeights(Value weights) {
  KernelBuilder k(builder, labelled("winograd, weights"));
  Coordinates extents = {number(shape.inputs + 1), number(shape.outputs)};
  Coordinates point = k.parallel(extents);
  SmallVector<Value> taps;
  for (int64_t r = 0; r < kTaps; ++r) {
    for (int64_t s = 0; s < kTaps; ++s) {
      taps.push_back(
          k.read(weights, {number(r), number(s), point[0], point[1]}));
    }
  }
  return stack(k, transformSquare(k, matrices.weights, taps), point, extents,
               /*inRun=*/true);
}

Value Builder::multiply(Value input, Value weights) {
  KernelBuilder k(builder, labelled("winograd, product"));
  Coordinates extents = {number(positions), shape.batch, rows, columns,
                         number(shape.outputs)};
  Coordinates point = k.parallel(extents);
  AffineExpr c = k.reduction(number(shape.inputs));
  Coordinates from(ArrayRef(point).drop_back());
  from.push_back(c);
  Value product =
      arith::MulFOp::create(k.body(), k.loc(), k.read(input, from),
                            k.read(weights, {point.front(), c, point.back()}));
  return k
      .finish({k.reduce(ReduceKind::add, product)}, {point}, {typeOf(extents)})
      .getResult(0);
}

Value Builder::transformOutput(Value products) {
  // Both axes at once: one sum over the positions, as later passes know it.
  HostTensor factors{builder.getF32Type(), {positions, tile, tile}, {}};
  for (int64_t p = 0; p < positions; ++p) {
    for (int64_t a = 0; a < tile; ++a) {
      for (int64_t b = 0; b < tile; ++b) {
        Scalar factor;
        factor.f = roundTo(factors.element,
                           matrices.output[a][p / matrices.points()] *
                               matrices.output[b][p % matrices.points()]);
        factors.elements.push_back(factor);
      }
    }
  }
  Value constant = constantOf(factors);
  std::string label =
      llvm::formatv("winograd {0}x{0}, error at most {1:e1} max|x| sum|w|",
                    tile, matrices.errorBound(shape.inputs));
  KernelBuilder k(builder, labelled(label));
  AffineExpr n = k.parallel(shape.batch), row = k.parallel(rows),
             a = k.parallel(number(tile)), column = k.parallel(columns),
             b = k.parallel(number(tile)),
             m = k.parallel(number(shape.outputs)),
             p = k.reduction(number(positions));
  Value product = arith::MulFOp::create(
      k.body(), k.loc(), k.read(products, {p, n, row, column, m}),
      k.read(constant, {p, a, b}));
  Value sum = k.reduce(ReduceKind::add, product);
  if (op.getBias()) {
    sum = arith::AddFOp::create(k.body(), k.loc(), sum,
                                k.read(op.getBias(), {m}));
  }
  return k
      .finish({sum}, {{n, m, row * tile + a, column * tile + b}},
              {op.getResult().getType()})
      .getResult(0);
}

Value buildWinograd(ConvOp op, const ConvolutionShape &shape, Value weights,
                    int64_t tile) {
  Builder builder(op, shape, tile);
  Value transformed = builder.transformWeights(weights);
  Value input = builder.transformInput();
  return builder.transformOutput(builder.multiply(input, transformed));
}

} // namespace tessera::graph
