//===- Folds.cpp - operations that are the identity or that combine -------===//

#include "dialects/graph/Shapes.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;

OpFoldResult graph::ReshapeOp::fold(FoldAdaptor) {
  return getX().getType() == getResult().getType() ? getX() : Value();
}

OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool whole = getX().getType() == getResult().getType() &&
               llvm::all_of(getSteps(), [](int64_t step) { return step == 1; });
  // With equal extents every start is 0.
  return whole ? getX() : Value();
}

OpFoldResult TransposeOp::fold(FoldAdaptor) {
  return llvm::is_sorted(getPerm()) ? getX() : Value();
}

namespace {
/// reshape(reshape(x)) is one reshape.
struct MergeReshapes : OpRewritePattern<graph::ReshapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(graph::ReshapeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<graph::ReshapeOp>();
    if (!inner) {
      return rewriter.notifyMatchFailure(op, "operand is no reshape");
    }
    rewriter.modifyOpInPlace(op,
                             [&] { op.getXMutable().assign(inner.getX()); });
    return success();
  }
};

/// transpose(transpose(x)) is one transpose.
struct MergeTransposes : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto inner = op.getX().getDefiningOp<TransposeOp>();
    if (!inner) {
      return rewriter.notifyMatchFailure(op, "operand is no transpose");
    }
    SmallVector<int64_t> perm;
    for (int64_t axis : op.getPerm()) {
      perm.push_back(inner.getPerm()[axis]);
    }
    rewriter.modifyOpInPlace(op, [&] {
      op.setPerm(perm);
      op.getXMutable().assign(inner.getX());
    });
    return success();
  }
};

/// A transpose that only moves axes of extent 1 is a reshape, which costs
/// nothing.
struct TransposeToReshape : OpRewritePattern<TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(TransposeOp op,
                                PatternRewriter &rewriter) const override {
    kernel::Extents own = kernel::extentsOf(op.getX());
    int64_t last = -1;
    for (int64_t axis : op.getPerm()) {
      if (kernel::constantOf(own[axis]) == 1) {
        continue;
      }
      if (axis < last) {
        return rewriter.notifyMatchFailure(op, "axes of several elements move");
      }
      last = axis;
    }
    auto shape = AffineMapAttr::get(kernel::extentMapOf(
        op.getContext(), kernel::extentsOf(op.getResult())));
    rewriter.replaceOpWithNewOp<graph::ReshapeOp>(op, op.getResult().getType(),
                                                  op.getX(), shape);
    return success();
  }
};
} // namespace

void graph::ReshapeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                                   MLIRContext *context) {
  patterns.add<MergeReshapes>(context);
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *context) {
  patterns.add<MergeTransposes, TransposeToReshape>(context);
}
