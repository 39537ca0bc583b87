//===- FormIntegerProducts.cpp - products of dequantised tensors ----------===//
//
// Files quantised ahead of time keep their operators on floats, between a
// dequantisation and a quantisation. The product of (q - z) * s and a constant
// p * t is the integer product of q and p, less z times the sums of p, times s
// * t. It runs before constants are folded, which would turn the weights into
// floats.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/HostTensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/graph/ConstantFolder.h"
#include "passes/graph/Passes.h"

namespace tessera::graph {
#define GEN_PASS_DEF_FORMINTEGERPRODUCTS
#include "passes/graph/Passes.h.inc"
} // namespace tessera::graph

using namespace mlir;
using tessera::kernel::extentsOf;
using tessera::kernel::HostTensor;

namespace tessera::graph {
namespace {

/// (q - zero point) * scale of 8-bit elements; a null zero point is 0.
struct Dequantised {
  Value q, zeroPoint, scale;
};

/// The elements of a small constant, also behind casts.
std::optional<HostTensor> elementsOf(Value value) {
  ElementsAttr constant;
  if (matchPattern(value, m_Constant(&constant))) {
    return kernel::loadElements(constant);
  }
  Operation *op = value.getDefiningOp();
  auto folded = op ? foldOperation(op) : std::nullopt;
  return folded ? kernel::loadElements(*folded) : std::nullopt;
}

/// The only element of an integer or float constant.
std::optional<double> numberOf(Value value) {
  auto elements = elementsOf(value);
  if (!elements || elements->elements.size() != 1) {
    return std::nullopt;
  }
  kernel::Scalar scalar = elements->elements.front();
  return isa<FloatType>(elements->element) ? scalar.f : double(scalar.i);
}

bool isZeroEverywhere(Value value) {
  auto elements = elementsOf(value);
  bool isFloat = elements && isa<FloatType>(elements->element);
  return elements && llvm::all_of(elements->elements, [&](kernel::Scalar x) {
           return isFloat ? x.f == 0 : x.i == 0;
         });
}

std::optional<Dequantised> dequantised(Value value) {
  auto product = value.getDefiningOp<MulOp>();
  if (!product || !getElementTypeOrSelf(value).isF32()) {
    return std::nullopt;
  }
  Dequantised parts;
  parts.scale = product.getY();
  Value q = product.getX();
  if (auto difference = q.getDefiningOp<SubOp>()) {
    q = difference.getX();
    if (!isZeroEverywhere(difference.getY())) {
      parts.zeroPoint = difference.getY();
    }
  }
  auto cast = q.getDefiningOp<CastOp>();
  if (!cast || getElementTypeOrSelf(cast.getX()).getIntOrFloatBitWidth() != 8 ||
      !isa<IntegerType>(getElementTypeOrSelf(cast.getX())) ||
      ::mlir::cast<RankedTensorType>(cast.getX().getType()).getShape() !=
          ::mlir::cast<RankedTensorType>(value.getType()).getShape()) {
    return std::nullopt;
  }
  parts.q = cast.getX();
  return parts;
}

/// Whether the constant varies along `axis` of a tensor of `rank` axes only.
bool variesAlong(Value constant, int64_t axis, int64_t rank) {
  auto type = cast<RankedTensorType>(constant.getType());
  if (!type.hasStaticShape() || type.getRank() > rank) {
    return false;
  }
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (type.getDimSize(i) != 1 && i + rank - type.getRank() != axis) {
      return false;
    }
  }
  return true;
}

/// Builds operations with inferred types at one place.
struct Builder {
  PatternRewriter &rewriter;
  Location loc;

  template <typename Op, typename... Arguments>
  Value make(Arguments &&...arguments) {
    return Op::create(rewriter, loc, std::forward<Arguments>(arguments)...);
  }
  Value cast(Value value, Type element) {
    return make<CastOp>(value, TypeAttr::get(element));
  }
  Value reshape(Value value, ArrayRef<int64_t> shape) {
    SmallVector<AffineExpr> extents;
    for (int64_t extent : shape) {
      extents.push_back(rewriter.getAffineConstantExpr(extent));
    }
    return make<ReshapeOp>(value, AffineMapAttr::get(kernel::extentMapOf(
                                      rewriter.getContext(), extents)));
  }
  /// The i32 sums of `value` over all axes but `kept`, as a vector.
  Value sums(Value value, int64_t kept) {
    int64_t rank = ::mlir::cast<RankedTensorType>(value.getType()).getRank();
    SmallVector<int64_t> axes;
    for (int64_t axis = 0; axis < rank; ++axis) {
      if (axis != kept) {
        axes.push_back(axis);
      }
    }
    return make<ReduceOp>(
        cast(value, rewriter.getI32Type()), rewriter.getStringAttr("sum"),
        rewriter.getDenseI64ArrayAttr(axes), rewriter.getI64IntegerAttr(0));
  }
};

/// Both operands of a product, whose weights are a constant that is scaled
/// along `axis` at most and centred.
struct Product {
  Dequantised x, w;
};

std::optional<Product> productOf(Value x, Value w, int64_t axis) {
  auto left = dequantised(x), right = dequantised(w);
  ElementsAttr constant;
  if (!left || !right || right->zeroPoint ||
      !matchPattern(right->q, m_Constant(&constant)) ||
      !numberOf(left->scale) ||
      (left->zeroPoint && !numberOf(left->zeroPoint))) {
    return std::nullopt;
  }
  int64_t rank = cast<RankedTensorType>(right->q.getType()).getRank();
  if (!elementsOf(right->scale) || !variesAlong(right->scale, axis, rank)) {
    return std::nullopt;
  }
  return Product{*left, *right};
}

/// sums * (scales of both operands), the latter a column of `shape`.
Value scaled(Builder &b, Value sums, const Product &product,
             ArrayRef<int64_t> shape) {
  Value scale = product.w.scale;
  if (cast<RankedTensorType>(scale.getType()).getNumElements() != 1) {
    scale = b.reshape(scale, shape);
  } else {
    scale = b.reshape(scale, {});
  }
  Value left = b.reshape(product.x.scale, {});
  Value factor = b.make<MulOp>(left, scale);
  return b.make<MulOp>(b.cast(sums, b.rewriter.getF32Type()), factor);
}

struct FormConvolution : OpRewritePattern<ConvOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(ConvOp op,
                                PatternRewriter &rewriter) const override {
    auto product = productOf(op.getX(), op.getW(), 0);
    if (!product) {
      return rewriter.notifyMatchFailure(op, "operands are not dequantised");
    }
    Builder b{rewriter, op.getLoc()};
    auto weights = cast<RankedTensorType>(product->w.q.getType());
    Value x = product->x.q, bias;
    AffineMap pads = op.getPads();
    if (product->x.zeroPoint) {
      Value offset = b.make<MulOp>(
          b.sums(product->w.q, 0),
          b.reshape(b.cast(product->x.zeroPoint, rewriter.getI32Type()), {}));
      bias = b.make<NegOp>(offset);
      x = padded(b, op, x, *numberOf(product->x.zeroPoint));
      pads = AffineMap::get(
          0, 0,
          SmallVector<AffineExpr>(pads.getNumResults(),
                                  rewriter.getAffineConstantExpr(0)),
          op.getContext());
    }
    Value sums = b.make<ConvOp>(x, product->w.q, bias, op.getStridesAttr(),
                                op.getDilationsAttr(), AffineMapAttr::get(pads),
                                op.getGroupAttr());
    SmallVector<int64_t> column(weights.getRank() - 1, 1);
    column[0] = weights.getDimSize(0);
    Value result = scaled(b, sums, *product, column);
    if (op.getBias()) {
      result = b.make<AddOp>(result, b.reshape(op.getBias(), column));
    }
    rewriter.replaceOp(op, result);
    return success();
  }

  /// `x` with the convolution's pads, filled with its zero point.
  static Value padded(Builder &b, ConvOp op, Value x, double zeroPoint) {
    AffineMap pads = op.getPads();
    unsigned spatial = pads.getNumResults() / 2;
    AffineExpr zero = b.rewriter.getAffineConstantExpr(0);
    SmallVector<AffineExpr> all;
    for (unsigned after : {0u, 1u}) {
      all.append({zero, zero});
      llvm::append_range(all,
                         pads.getResults().slice(after * spatial, spatial));
    }
    if (llvm::all_of(all, [&](AffineExpr pad) { return pad == zero; })) {
      return x;
    }
    Type element = kernel::scalarTypeOf(getElementTypeOrSelf(x));
    return b.make<PadOp>(
        x, AffineMapAttr::get(kernel::extentMapOf(op.getContext(), all)),
        b.rewriter.getStringAttr("constant"),
        b.rewriter.getIntegerAttr(element, static_cast<int64_t>(zeroPoint)));
  }
};

struct FormMatrixProduct : OpRewritePattern<MatmulOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MatmulOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getB().getType());
    if (!type || type.getRank() != 2) {
      return rewriter.notifyMatchFailure(op, "the right operand is no matrix");
    }
    int64_t columns = op.getTransposeB() ? 0 : 1;
    auto product = productOf(op.getA(), op.getB(), columns);
    if (!product) {
      return rewriter.notifyMatchFailure(op, "operands are not dequantised");
    }
    Builder b{rewriter, op.getLoc()};
    Value sums =
        b.make<MatmulOp>(product->x.q, product->w.q, op.getTransposeAAttr(),
                         op.getTransposeBAttr());
    if (product->x.zeroPoint) {
      Value offset = b.make<MulOp>(
          b.sums(product->w.q, columns),
          b.reshape(b.cast(product->x.zeroPoint, rewriter.getI32Type()), {}));
      sums = b.make<SubOp>(sums, offset);
    }
    rewriter.replaceOp(op,
                       scaled(b, sums, *product, {type.getDimSize(columns)}));
    return success();
  }
};

struct FormIntegerProducts
    : impl::FormIntegerProductsBase<FormIntegerProducts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<FormConvolution, FormMatrixProduct>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns)))) {
      signalPassFailure();
    }
  }
};

} // namespace
} // namespace tessera::graph
