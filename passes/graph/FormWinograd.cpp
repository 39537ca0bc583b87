//===- FormWinograd.cpp - 3x3 convolutions with fewer products ------------===//
//
// A tile of m x m results costs (m + 2)^2 products for each pair of channels
// instead of 9 m^2, besides transforms of the input, the weights and the
// result. Weights are transformed in the run: kept transformed they would take
// up to 4 times the space.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"
#include "passes/graph/Passes.h"
#include "passes/graph/WinogradKernels.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Support/MathExtras.h"

namespace tessera::graph {
#define GEN_PASS_DEF_FORMWINOGRAD
#include "passes/graph/Passes.h.inc"
} // namespace tessera::graph

using namespace mlir;
using tessera::kernel::constantOf;

namespace tessera::graph {

/// Time of each step beside its multiply-adds, in multiply-adds of one lane for
/// each transformed element: measured with AVX-512.
static constexpr double kInputStep = 12, kOutputStep = 6, kWeightStep = 6;

/// Transformed weights of more bytes would leave the second cache before they
/// are read.
static constexpr int64_t kMostWeightBytes = int64_t(5) << 20;

/// Transformed tiles of one image, of input and result together, of more bytes
/// would come from memory and enlarge the workspace.
static constexpr int64_t kMostTileBytes = int64_t(16) << 20;

static bool allAre(ArrayRef<int64_t> values, int64_t value) {
  return llvm::all_of(values, [&](int64_t v) { return v == value; });
}

/// The convolution's extents, when it is one of those described above.
static std::optional<ConvolutionShape> shapeOf(ConvOp op) {
  Type element = getElementTypeOrSelf(op.getX());
  auto type = cast<RankedTensorType>(op.getW().getType());
  kernel::Extents x = kernel::extentsOf(op.getX()),
                  y = kernel::extentsOf(op.getResult());
  if (!element.isF32() || type.getElementType() != element ||
      !type.hasStaticShape() || type.getRank() != 4 ||
      !allAre(type.getShape().drop_front(2), 3) ||
      !allAre(op.getStrides(), 1) || !allAre(op.getDilations(), 1) ||
      op.getGroup() != 1) {
    return std::nullopt;
  }
  ConvolutionShape shape;
  shape.batch = y[0];
  shape.outputs = type.getDimSize(0);
  shape.inputs = type.getDimSize(1);
  auto height = constantOf(y[2]), width = constantOf(y[3]),
       top = constantOf(op.getPads().getResult(0)),
       left = constantOf(op.getPads().getResult(1));
  if (!height || !width || !top || !left || !constantOf(x[2]) ||
      !constantOf(x[3]) || constantOf(x[1]) != shape.inputs) {
    return std::nullopt;
  }
  shape.height = *height;
  shape.width = *width;
  shape.top = *top;
  shape.left = *left;
  return shape;
}

/// Multiply-adds that the convolution itself takes for one image.
static double directCost(const ConvolutionShape &shape) {
  return 9.0 * shape.height * shape.width * shape.inputs * shape.outputs;
}

/// The same for all steps in tiles of this size.
static double tiledCost(const ConvolutionShape &shape, int64_t tile) {
  constexpr int64_t lanes = 16;
  double positions = (tile + 2) * (tile + 2);
  double tiles = double(shape.height / tile) * (shape.width / tile);
  double inputs = shape.inputs, outputs = shape.outputs,
         wideInputs = llvm::alignTo(shape.inputs, lanes),
         wideOutputs = llvm::alignTo(shape.outputs, lanes);
  return positions *
         (tiles * inputs * outputs + tiles * wideInputs * kInputStep +
          tiles * wideOutputs * (kOutputStep + tile * tile) +
          inputs * wideOutputs * kWeightStep);
}

/// The size of the tiles that win over the convolution itself; 0: none does.
static int64_t bestTile(const ConvolutionShape &shape) {
  // Gains below this are within what the estimate can tell.
  constexpr double leastGain = 1.25;
  int64_t best = 0;
  double bestCost = directCost(shape) / leastGain;
  for (int64_t tile : {2, 3, 4, 5}) {
    int64_t positions = (tile + 2) * (tile + 2);
    int64_t weightBytes = positions * shape.inputs * shape.outputs * 4;
    int64_t tileBytes = positions * (shape.height / tile) *
                        (shape.width / tile) * (shape.inputs + shape.outputs) *
                        4;
    if (shape.height % tile == 0 && shape.width % tile == 0 &&
        shape.height > 0 && shape.width > 0 &&
        weightBytes <= kMostWeightBytes && tileBytes <= kMostTileBytes &&
        tiledCost(shape, tile) < bestCost) {
      best = tile;
      bestCost = tiledCost(shape, tile);
    }
  }
  return best;
}

namespace {
struct Candidate {
  ConvOp op;
  ConvolutionShape shape;
  int64_t tile;
  ElementsAttr weights;
};
} // namespace

static SmallVector<Candidate> candidatesOf(func::FuncOp func) {
  SmallVector<Candidate> candidates;
  for (ConvOp op : func.getOps<ConvOp>()) {
    ElementsAttr weights;
    auto shape = shapeOf(op);
    int64_t tile = shape ? bestTile(*shape) : 0;
    if (tile && matchPattern(op.getW(), m_Constant(&weights))) {
      candidates.push_back({op, *shape, tile, weights});
    }
  }
  return candidates;
}

/// Drops candidates whose weights something else reads as they are: a second
/// copy would enlarge the library.
static void dropShared(SmallVectorImpl<Candidate> &candidates) {
  llvm::SmallPtrSet<Operation *, 16> rewritten;
  for (const Candidate &candidate : candidates) {
    rewritten.insert(candidate.op);
  }
  llvm::erase_if(candidates, [&](Candidate &candidate) {
    return llvm::any_of(candidate.op.getW().getUsers(), [&](Operation *user) {
      return !rewritten.contains(user);
    });
  });
}

namespace {
struct FormWinograd : impl::FormWinogradBase<FormWinograd> {
  using FormWinogradBase::FormWinogradBase;

  void runOnOperation() override {
    SmallVector<Candidate> candidates = candidatesOf(getOperation());
    dropShared(candidates);
    llvm::DenseMap<Attribute, Value> moved;
    for (Candidate &candidate : candidates) {
      ConvOp op = candidate.op;
      Value &weights = moved[candidate.weights];
      if (!weights) {
        auto elements = kernel::loadElements(candidate.weights);
        if (!elements) {
          continue;
        }
        OpBuilder builder(op);
        weights = buildMovedWeights(builder, op.getLoc(), *elements);
      }
      op.getResult().replaceAllUsesWith(
          buildWinograd(op, candidate.shape, weights, candidate.tile));
      op.erase();
    }
  }
};
} // namespace
} // namespace tessera::graph
