//===- TileProduct.cpp - sums of products on matrix tiles -----------------===//

#include "codegen/schedule/TileProduct.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

int64_t partsOf(Algorithm algorithm) {
  switch (algorithm) {
  case Algorithm::bf16x6:
    return 3;
  case Algorithm::bf16x3:
    return 2;
  case Algorithm::bf16:
    return 1;
  default:
    return 0;
  }
}

Algorithm algorithmOf(Products products) {
  switch (products) {
  case Products::bf16x6:
    return Algorithm::bf16x6;
  case Products::bf16x3:
    return Algorithm::bf16x3;
  case Products::bf16:
    return Algorithm::bf16;
  case Products::fma:
    return Algorithm::nest;
  }
  return Algorithm::nest;
}

/// The product of two f32 inputs that the launch's only reduction sums.
static arith::MulFOp summedProduct(LaunchOp launch) {
  auto reductions =
      llvm::to_vector(launch.getBody().front().getOps<ReduceOp>());
  if (reductions.size() != 1 ||
      reductions.front().getKind() != ReduceKind::add ||
      !reductions.front().getValue().getType().isF32()) {
    return {};
  }
  return reductions.front().getValue().getDefiningOp<arith::MulFOp>();
}

/// Whether an input is a tensor of f32 that is read where its map says, within
/// its bounds.
static bool isPlainInput(LaunchOp launch, unsigned input) {
  return !launch.isWholeInput(input) &&
         launch.getBody().getArgument(input).getType().isF32() &&
         cast<BufferType>(launch.getInputs()[input].getType())
             .getElementType()
             .isF32() &&
         isa<UnitAttr>(launch.getGuards()[input]) &&
         launch.getFeedback()[input] < 0;
}

static LinearForm formOf(LaunchOp launch, unsigned input) {
  return linearFormOf(launch.getInputMap(input).getResult(0),
                      launch.getNumDims());
}

static std::optional<int64_t> extentOf(LaunchOp launch, unsigned dim) {
  return constantOf(launch.getExtents().getResult(dim));
}

/// Whether `left` moves by known steps, not along the panels, and `right` along
/// the panels and the reductions only.
static bool movesAsTilesDo(LaunchOp launch, const TileProduct &product) {
  LinearForm left = formOf(launch, product.left),
             right = formOf(launch, product.right);
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto step = left.stride(d);
    bool isReduced = launch.getIterator(d) == IteratorKind::reduction;
    bool isRight = isReduced || d == product.vectorDim;
    if (launch.getIterator(d) == IteratorKind::sequential || !step ||
        *step < 0 || !right.stride(d) ||
        (isReduced && !extentOf(launch, d).has_value())) {
      return false;
    }
    bool isLong = extentOf(launch, d) != 1;
    if (isLong && isRight != right.uses(d)) {
      return false;
    }
  }
  return left.stride(product.vectorDim) == 0;
}

std::optional<TileProduct> tileProductOf(LaunchOp launch, int64_t vectorDim,
                                         int64_t lanes, ArrayRef<int64_t> order,
                                         ArrayRef<int64_t> packed) {
  arith::MulFOp mul = summedProduct(launch);
  auto left = mul ? dyn_cast<BlockArgument>(mul.getLhs()) : BlockArgument(),
       right = mul ? dyn_cast<BlockArgument>(mul.getRhs()) : BlockArgument();
  bool isAlone = !launch->getParentOfType<LoopOp>();
  if (!left || !right || left == right || vectorDim < 0 || !isAlone ||
      lanes != kTileColumns || order.empty() || launch.storesRows()) {
    return std::nullopt;
  }
  TileProduct product;
  product.left = left.getArgNumber();
  product.right = right.getArgNumber();
  auto isPacked = [&](unsigned input) {
    return llvm::is_contained(packed, static_cast<int64_t>(input));
  };
  if (!isPacked(product.right)) {
    std::swap(product.left, product.right);
  }
  product.vectorDim = vectorDim;
  product.inner = order.back();
  if (!isPacked(product.right) || isPacked(product.left) ||
      !isPlainInput(launch, product.left) ||
      !isPlainInput(launch, product.right) ||
      !launch.getInputs()[product.right].getDefiningOp<WeightOp>() ||
      launch.getIterator(vectorDim) != IteratorKind::parallel ||
      launch.getIterator(product.inner) != IteratorKind::reduction ||
      !movesAsTilesDo(launch, product) ||
      formOf(launch, product.left).stride(product.inner) != 1) {
    return std::nullopt;
  }
  int64_t sums = *extentOf(launch, product.inner);
  for (int64_t d : order.drop_back()) {
    if (launch.getIterator(d) == IteratorKind::reduction &&
        extentOf(launch, d) != 1) {
      product.outer.push_back(d);
      sums *= *extentOf(launch, d);
    }
  }
  return sums < kLeastSums ? std::nullopt : std::optional(product);
}

namespace {
/// An axis of what is read while it is found: a dimension of the launch moves
/// by a whole number of its steps.
struct Axis {
  int64_t stride;
  AffineExpr extent;
  SmallVector<std::pair<unsigned, int64_t>> members;
  /// Points are a multiple of this apart for neighbouring rows of results.
  int64_t rowStep = 1;
};
} // namespace

/// Joins a dimension that moves by `step` to the axes found so far. False where
/// their elements interleave.
static bool addDimension(LaunchOp launch, unsigned dim, int64_t step,
                         SmallVectorImpl<Axis> &axes) {
  AffineExpr extent = launch.getExtents().getResult(dim);
  int64_t rowStep = 1;
  if (!axes.empty()) {
    Axis &last = axes.back();
    auto span = constantOf(last.extent);
    if (!span) {
      return false;
    }
    if (step < last.stride * *span) {
      int64_t steps = step / last.stride;
      if (axes.size() == 1 || step % last.stride != 0) {
        return false;
      }
      last.extent = simplify(last.extent + (extent - 1) * steps);
      last.members.push_back({dim, steps});
      last.rowStep = std::max(last.rowStep, steps);
      return true;
    }
  }
  axes.push_back({step, extent, {{dim, 1}}, rowStep});
  return true;
}

std::optional<Planes> planesOf(LaunchOp launch, const TileProduct &product) {
  LinearForm form = formOf(launch, product.left);
  SmallVector<std::pair<int64_t, unsigned>> steps;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    if (form.uses(d) && extentOf(launch, d) != 1 &&
        int64_t(d) != product.inner) {
      steps.push_back({*form.stride(d), d});
    }
  }
  llvm::sort(steps);
  SmallVector<Axis> axes;
  addDimension(launch, product.inner, 1, axes);
  for (auto [step, dim] : steps) {
    if (!addDimension(launch, dim, step, axes)) {
      return std::nullopt;
    }
  }
  Planes planes;
  planes.steps.assign(launch.getNumDims(), 0);
  int64_t pitch = 1;
  for (auto [i, axis] : llvm::enumerate(axes)) {
    planes.axes.push_back({axis.stride, pitch, axis.extent});
    for (auto [dim, count] : axis.members) {
      planes.steps[dim] = count * pitch;
    }
    auto extent = constantOf(axis.extent);
    if (!extent) {
      // Only the outermost axis can be free.
      planes.elements = simplify(axis.extent * pitch);
      return planes;
    }
    pitch *= llvm::alignTo(*extent, i == 0 ? kTileSums : axis.rowStep);
  }
  planes.elements = getAffineConstantExpr(pitch, launch.getContext());
  return planes;
}

std::optional<TileRows> tileRowsOf(LaunchOp launch, ArrayRef<int64_t> tile,
                                   int64_t vectorDim, const Planes &planes) {
  TileRows rows;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    if (launch.getIterator(d) != IteratorKind::parallel ||
        int64_t(d) == vectorDim || tile[d] == 1) {
      continue;
    }
    if (rows.outer >= 0 || planes.steps[d] == 0) {
      return std::nullopt;
    }
    rows.outer = std::exchange(rows.inner, d);
  }
  if (rows.inner < 0) {
    return std::nullopt;
  }
  rows.step = planes.steps[rows.inner];
  if (rows.outer < 0) {
    return rows;
  }
  if (planes.steps[rows.outer] < rows.step) {
    std::swap(rows.inner, rows.outer);
    rows.step = planes.steps[rows.inner];
  }
  int64_t outerStep = planes.steps[rows.outer];
  rows.between = outerStep / rows.step;
  bool isComplete = extentOf(launch, rows.inner) == tile[rows.inner];
  return isComplete && outerStep % rows.step == 0 ? std::optional(rows)
                                                  : std::nullopt;
}

int64_t splitStepsOf(int64_t panel, int64_t parts) {
  int64_t bytes = kTileSums * sumColumnsOf(panel) * 2 * parts;
  return std::max<int64_t>(1, kSplitBytes / bytes);
}

} // namespace tessera::schedule
