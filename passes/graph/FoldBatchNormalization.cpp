//===- FoldBatchNormalization.cpp - scale and shift into weights ----------===//
//
// A normalisation by constants is a multiplication and an addition for each
// channel. Behind a convolution with constant weights both become part of them,
// computed in double precision; elsewhere they stay as two pointwise operators.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/HostTensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/graph/Passes.h"
#include <cmath>

namespace tessera::graph {
#define GEN_PASS_DEF_FOLDBATCHNORMALIZATION
#include "passes/graph/Passes.h.inc"
} // namespace tessera::graph

using namespace mlir;
using tessera::kernel::HostTensor;

namespace tessera::graph {
namespace {

/// The elements of a float constant.
std::optional<HostTensor> floatsOf(Value value) {
  ElementsAttr constant;
  if (!value || !matchPattern(value, m_Constant(&constant)) ||
      !isa<FloatType>(constant.getElementType())) {
    return std::nullopt;
  }
  return kernel::loadElements(constant);
}

Value constantOf(PatternRewriter &rewriter, Location loc,
                 const HostTensor &tensor) {
  ElementsAttr value = kernel::storeElements(tensor);
  return ConstantOp::create(rewriter, loc, value.getType(), value);
}

HostTensor channelTensor(Type element, ArrayRef<double> values,
                         ArrayRef<int64_t> shape) {
  HostTensor tensor;
  tensor.element = element;
  tensor.shape.assign(shape.begin(), shape.end());
  for (double value : values) {
    kernel::Scalar scalar;
    scalar.f = kernel::roundTo(element, value);
    tensor.elements.push_back(scalar);
  }
  return tensor;
}

/// A convolution that may take a factor and an offset for each channel.
ConvOp foldableConvolution(Value value) {
  auto conv = value.getDefiningOp<ConvOp>();
  ElementsAttr constant;
  bool foldable =
      conv && conv->hasOneUse() &&
      isa<FloatType>(getElementTypeOrSelf(value)) &&
      matchPattern(conv.getW(), m_Constant(&constant)) &&
      (!conv.getBias() || matchPattern(conv.getBias(), m_Constant(&constant)));
  return foldable ? conv : ConvOp();
}

/// Replaces `op` by `conv` with weights times `factor` and bias times `factor`
/// plus `offset`.
LogicalResult foldInto(ConvOp conv, Operation *op, ArrayRef<double> factor,
                       ArrayRef<double> offset, PatternRewriter &rewriter) {
  std::optional<HostTensor> weights = floatsOf(conv.getW()), bias;
  if (conv.getBias()) {
    bias = floatsOf(conv.getBias());
  }
  size_t channels = factor.size();
  if (!weights || weights->shape[0] != static_cast<int64_t>(channels) ||
      (conv.getBias() && !bias)) {
    return rewriter.notifyMatchFailure(op, "weights are of no known type");
  }
  size_t perChannel = weights->elements.size() / channels;
  SmallVector<double> shifted(offset);
  for (size_t c = 0; c < channels; ++c) {
    for (size_t i = 0; i < perChannel; ++i) {
      double &element = weights->elements[c * perChannel + i].f;
      element = kernel::roundTo(weights->element, element * factor[c]);
    }
    if (bias) {
      shifted[c] += bias->elements[c].f * factor[c];
    }
  }
  Value newWeights = constantOf(rewriter, conv.getLoc(), *weights);
  Value newBias = constantOf(rewriter, conv.getLoc(),
                             channelTensor(weights->element, shifted,
                                           {static_cast<int64_t>(channels)}));
  auto folded = ConvOp::create(rewriter, conv.getLoc(), conv.getType(),
                               conv.getX(), newWeights, newBias,
                               conv.getStridesAttr(), conv.getDilationsAttr(),
                               conv.getPadsAttr(), conv.getGroupAttr());
  rewriter.replaceOp(op, folded);
  return success();
}

struct FoldNormalization : OpRewritePattern<BatchNormOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(BatchNormOp op,
                                PatternRewriter &rewriter) const override {
    auto scale = floatsOf(op.getScale()), bias = floatsOf(op.getBias());
    auto mean = floatsOf(op.getMean()), variance = floatsOf(op.getVariance());
    if (!scale || !bias || !mean || !variance) {
      return rewriter.notifyMatchFailure(op, "parameters are not constant");
    }
    SmallVector<double> factor, offset;
    for (size_t c = 0; c < scale->elements.size(); ++c) {
      double epsilon = op.getEpsilon().convertToFloat();
      factor.push_back(scale->elements[c].f /
                       std::sqrt(variance->elements[c].f + epsilon));
      offset.push_back(bias->elements[c].f - mean->elements[c].f * factor[c]);
    }
    if (ConvOp conv = foldableConvolution(op.getX())) {
      return foldInto(conv, op, factor, offset, rewriter);
    }
    auto type = cast<RankedTensorType>(op.getType());
    SmallVector<int64_t> shape(type.getRank() - 1, 1);
    shape[0] = factor.size();
    Type element = type.getElementType();
    Value factors = constantOf(rewriter, op.getLoc(),
                               channelTensor(element, factor, shape));
    Value offsets = constantOf(rewriter, op.getLoc(),
                               channelTensor(element, offset, shape));
    Value scaled =
        MulOp::create(rewriter, op.getLoc(), type, op.getX(), factors);
    rewriter.replaceOpWithNewOp<AddOp>(op, type, scaled, offsets);
    return success();
  }
};

/// The values of a constant that has one for each of `channels` (axis 1) or one
/// for all, when it broadcasts against a tensor of `rank` axes.
std::optional<SmallVector<double>> channelValues(Value value, int64_t rank,
                                                 int64_t channels) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t axis = 1 - (rank - type.getRank());
  if (!type.hasStaticShape() || type.getRank() > rank) {
    return std::nullopt;
  }
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (type.getDimSize(i) != 1 &&
        (i != axis || type.getDimSize(i) != channels)) {
      return std::nullopt;
    }
  }
  std::optional<HostTensor> constant = floatsOf(value);
  if (!constant) {
    return std::nullopt;
  }
  SmallVector<double> values;
  for (int64_t c = 0; c < channels; ++c) {
    values.push_back(
        constant->elements[constant->elements.size() == 1 ? 0 : c].f);
  }
  return values;
}

/// The same for a product or sum with a constant for each channel.
template <typename Op>
struct FoldChannelwise : OpRewritePattern<Op> {
  using OpRewritePattern<Op>::OpRewritePattern;
  LogicalResult matchAndRewrite(Op op,
                                PatternRewriter &rewriter) const override {
    for (bool swap : {false, true}) {
      Value x = swap ? op.getY() : op.getX(), y = swap ? op.getX() : op.getY();
      ConvOp conv = foldableConvolution(x);
      auto weights = conv ? cast<RankedTensorType>(conv.getW().getType())
                          : RankedTensorType();
      if (!conv || x.getType() != op.getType()) {
        continue;
      }
      int64_t channels = weights.getDimSize(0);
      auto values = channelValues(y, weights.getRank(), channels);
      if (!values) {
        continue;
      }
      SmallVector<double> ones(channels, 1.0), zeros(channels, 0.0);
      return std::is_same_v<Op, MulOp>
                 ? foldInto(conv, op, *values, zeros, rewriter)
                 : foldInto(conv, op, ones, *values, rewriter);
    }
    return rewriter.notifyMatchFailure(
        op, "operands are not a convolution and a constant for each channel");
  }
};

struct FoldBatchNormalization
    : impl::FoldBatchNormalizationBase<FoldBatchNormalization> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns
        .add<FoldNormalization, FoldChannelwise<MulOp>, FoldChannelwise<AddOp>>(
            &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("expected the folding of scales to end, got "
                               "rewrites without end");
      signalPassFailure();
    }
  }
};

} // namespace
} // namespace tessera::graph
