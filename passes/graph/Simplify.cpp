//===- Simplify.cpp - remove operators that do nothing --------------------===//
//
// Applies the dialect's folds and canonicalisations, and those rewrites that
// need to look at constants.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/graph/Passes.h"

namespace tessera::graph {
#define GEN_PASS_DEF_SIMPLIFY
#include "passes/graph/Passes.h.inc"
} // namespace tessera::graph

using namespace mlir;

namespace tessera::graph {
namespace {

/// The value of a float constant all of whose elements are equal.
std::optional<double> splatOf(Value value) {
  DenseElementsAttr constant;
  if (!matchPattern(value, m_Constant(&constant)) || !constant.isSplat() ||
      !isa<FloatType>(constant.getElementType())) {
    return std::nullopt;
  }
  llvm::APFloat element = constant.getSplatValue<llvm::APFloat>();
  bool losesInfo = false;
  element.convert(llvm::APFloat::IEEEdouble(),
                  llvm::APFloat::rmNearestTiesToEven, &losesInfo);
  return element.convertToDouble();
}

/// x ^ 1, 2 and 3 are products; the general power costs a logarithm.
struct ExpandSmallPower : OpRewritePattern<PowOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(PowOp op,
                                PatternRewriter &rewriter) const override {
    std::optional<double> exponent = splatOf(op.getY());
    bool isFloat = isa<FloatType>(getElementTypeOrSelf(op.getX()));
    if (!exponent || !isFloat || op.getX().getType() != op.getType()) {
      return rewriter.notifyMatchFailure(op, "exponent is no float constant");
    }
    if (*exponent == 1) {
      rewriter.replaceOp(op, op.getX());
      return success();
    }
    if (*exponent != 2 && *exponent != 3) {
      return rewriter.notifyMatchFailure(op, "exponent is not 1, 2 or 3");
    }
    Value power = MulOp::create(rewriter, op.getLoc(), op.getType(), op.getX(),
                                op.getX());
    if (*exponent == 3) {
      power =
          MulOp::create(rewriter, op.getLoc(), op.getType(), power, op.getX());
    }
    rewriter.replaceOp(op, power);
    return success();
  }
};

/// Division by a power of two is multiplication by its exact reciprocal.
struct MultiplyByReciprocal : OpRewritePattern<DivOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(DivOp op,
                                PatternRewriter &rewriter) const override {
    DenseElementsAttr constant;
    if (!matchPattern(op.getY(), m_Constant(&constant)) ||
        !constant.isSplat() || !isa<FloatType>(constant.getElementType())) {
      return rewriter.notifyMatchFailure(op, "divisor is no float constant");
    }
    llvm::APFloat inverse(0.0);
    if (!constant.getSplatValue<llvm::APFloat>().getExactInverse(&inverse)) {
      return rewriter.notifyMatchFailure(op, "reciprocal is not exact");
    }
    auto value = DenseElementsAttr::get(constant.getType(), inverse);
    Value reciprocal =
        ConstantOp::create(rewriter, op.getLoc(), value.getType(), value);
    rewriter.replaceOpWithNewOp<MulOp>(op, op.getType(), op.getX(), reciprocal);
    return success();
  }
};

/// A gather of one known position is a slice, which costs nothing.
struct GatherToSlice : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op,
                                PatternRewriter &rewriter) const override {
    DenseIntElementsAttr indices;
    if (!matchPattern(op.getIndices(), m_Constant(&indices)) ||
        indices.getNumElements() != 1) {
      return rewriter.notifyMatchFailure(op, "index is not one constant");
    }
    MLIRContext *context = op.getContext();
    kernel::Extents sizes = kernel::extentsOf(op.getX());
    unsigned axis = op.getAxis();
    int64_t index = (*indices.begin()).getSExtValue();
    auto extent = kernel::constantOf(sizes[axis]);
    if ((!extent && index < 0) ||
        (extent && (index < -*extent || index >= *extent)) || !extent) {
      return rewriter.notifyMatchFailure(op, "index may be out of range");
    }
    kernel::Extents starts(sizes.size(), getAffineConstantExpr(0, context));
    starts[axis] =
        getAffineConstantExpr(index < 0 ? index + *extent : index, context);
    sizes[axis] = getAffineConstantExpr(1, context);
    auto mapOf = [&](ArrayRef<AffineExpr> exprs) {
      return AffineMapAttr::get(kernel::extentMapOf(context, exprs));
    };
    Type element = getElementTypeOrSelf(op.getX());
    SmallVector<int64_t> steps(sizes.size(), 1);
    Value slice = SliceOp::create(
        rewriter, op.getLoc(), kernel::tensorTypeOf(element, sizes), op.getX(),
        mapOf(starts), mapOf(sizes), rewriter.getDenseI64ArrayAttr(steps));
    rewriter.replaceOpWithNewOp<ReshapeOp>(
        op, op.getType(), slice, mapOf(kernel::extentsOf(op.getResult())));
    return success();
  }
};

/// Elements are taken before something is computed from each of them, not
/// after: of an embedding table in bytes, only the rows in use become floats.
struct GatherBeforePointwise : OpRewritePattern<GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(GatherOp op,
                                PatternRewriter &rewriter) const override {
    Operation *source = op.getX().getDefiningOp();
    auto table = cast<RankedTensorType>(op.getX().getType());
    auto rows = cast<RankedTensorType>(op.getType());
    if (!isa_and_nonnull<ScalarOpInterface>(source) || !op.getX().hasOneUse() ||
        !table.hasStaticShape() ||
        (rows.hasStaticShape() &&
         rows.getNumElements() > table.getNumElements())) {
      return rewriter.notifyMatchFailure(op,
                                         "source is not computed by points, "
                                         "or less is computed as it is");
    }
    auto isWhole = [&](Value operand) {
      return cast<RankedTensorType>(operand.getType()).getShape() ==
             table.getShape();
    };
    for (Value operand : source->getOperands()) {
      auto type = cast<RankedTensorType>(operand.getType());
      bool isOne = type.hasStaticShape() && type.getNumElements() == 1 &&
                   type.getRank() <= rows.getRank();
      if (!isWhole(operand) && !isOne) {
        return rewriter.notifyMatchFailure(op, "source is broadcast");
      }
    }
    IRMapping mapping;
    for (Value operand : source->getOperands()) {
      if (isWhole(operand) && !mapping.contains(operand)) {
        Type type = rows.clone(getElementTypeOrSelf(operand));
        mapping.map(operand,
                    GatherOp::create(rewriter, op.getLoc(), type, operand,
                                     op.getIndices(), op.getAxisAttr()));
      }
    }
    Operation *moved = rewriter.clone(*source, mapping);
    moved->getResult(0).setType(rows);
    rewriter.replaceOp(op, moved->getResults());
    return success();
  }
};

struct Simplify : impl::SimplifyBase<Simplify> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    for (RegisteredOperationName name :
         getContext().getRegisteredOperations()) {
      if (name.getDialectNamespace() == TsrDialect::getDialectNamespace()) {
        name.getCanonicalizationPatterns(patterns, &getContext());
      }
    }
    patterns.add<ExpandSmallPower, GatherBeforePointwise, GatherToSlice,
                 MultiplyByReciprocal>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      getOperation().emitError("expected the simplification to end, got "
                               "rewrites without end");
      signalPassFailure();
    }
  }
};

} // namespace
} // namespace tessera::graph
