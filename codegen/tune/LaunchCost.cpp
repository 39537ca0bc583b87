//===- LaunchCost.cpp - work and traffic of a launch ----------------------===//

#include "codegen/tune/LaunchCost.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Sizes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/SmallBitVector.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::tune {

namespace {
using Dims = llvm::SmallBitVector;

/// Which dimensions each value of a body depends on.
class Dependence {
public:
  explicit Dependence(LaunchOp launch)
      : launch(launch), count(launch.getNumDims()) {}

  Dims of(Value value) {
    auto found = known.find(value);
    if (found != known.end()) {
      return found->second;
    }
    Dims dims(count);
    if (auto argument = dyn_cast<BlockArgument>(value)) {
      if (!launch.isWholeInput(argument.getArgNumber())) {
        add(dims, launch.getInputMap(argument.getArgNumber()));
      }
    } else {
      dims = pointsOf(value.getDefiningOp());
      if (isa<ReduceOp>(value.getDefiningOp())) {
        forEachReduction([&](unsigned d) { dims.reset(d); });
      }
    }
    return known[value] = dims;
  }

  /// The dimensions over whose points the operation is evaluated.
  Dims pointsOf(Operation *op) {
    Dims dims(count);
    for (Value operand : op->getOperands()) {
      dims |= of(operand);
    }
    if (auto index = dyn_cast<IndexOp>(op)) {
      add(dims, index.getMap());
    } else if (auto gather = dyn_cast<GatherOp>(op)) {
      add(dims, gather.getMap());
    } else if (isa<ReduceOp>(op)) {
      forEachReduction([&](unsigned d) { dims.set(d); });
    }
    return dims;
  }

private:
  void add(Dims &dims, AffineMap map) {
    for (unsigned d = 0; d < count; ++d) {
      if (map.isFunctionOfDim(d)) {
        dims.set(d);
      }
    }
  }

  template <typename Function>
  void forEachReduction(Function function) {
    for (unsigned d = 0; d < count; ++d) {
      if (launch.getIterator(d) == IteratorKind::reduction) {
        function(d);
      }
    }
  }

  LaunchOp launch;
  unsigned count;
  llvm::DenseMap<Value, Dims> known;
};
} // namespace

/// Whether the operation is arithmetic: constants, selections and changes of
/// type are not.
static bool counts(Operation *op) {
  if (isa<ReduceOp>(op)) {
    return true;
  }
  bool computes = isa<arith::ArithDialect, math::MathDialect>(op->getDialect());
  return computes &&
         !isa<arith::ConstantOp, arith::SelectOp, arith::CmpFOp, arith::CmpIOp,
              arith::ExtFOp, arith::TruncFOp, arith::ExtSIOp, arith::ExtUIOp,
              arith::TruncIOp, arith::SIToFPOp, arith::UIToFPOp,
              arith::FPToSIOp, arith::FPToUIOp, arith::BitcastOp,
              arith::IndexCastOp>(op);
}

static AffineExpr pointCount(LaunchOp launch, const Dims &dims) {
  SmallVector<AffineExpr> extents;
  for (unsigned d : dims.set_bits()) {
    extents.push_back(launch.getExtents().getResult(d));
  }
  return productOf(launch.getContext(), extents);
}

AffineMap operationsOf(LaunchOp launch) {
  Dependence dependence(launch);
  AffineExpr sum = getAffineConstantExpr(0, launch.getContext());
  for (Operation &op : launch.getBody().front()) {
    if (counts(&op)) {
      sum = sum + pointCount(launch, dependence.pointsOf(&op));
    }
  }
  return extentMapOf(launch.getContext(), {simplify(sum)});
}

/// What is read at computed places: an element for each point, and no more than
/// a constant has.
static AffineMap gatheredBytes(LaunchOp launch, unsigned input,
                               int64_t bytes) {
  Dependence dependence(launch);
  AffineExpr reads = getAffineConstantExpr(0, launch.getContext());
  for (auto gather : launch.getBody().getOps<GatherOp>()) {
    if (gather.getSource() == launch.getBody().getArgument(input)) {
      reads = reads + pointCount(launch, dependence.pointsOf(gather));
    }
  }
  SmallVector<AffineExpr> bounds = {simplify(reads * bytes)};
  if (auto weight = launch.getInputs()[input].getDefiningOp<WeightOp>()) {
    auto type = cast<ShapedType>(weight.getValue().getType());
    bounds.push_back(getAffineConstantExpr(type.getNumElements() * bytes,
                                           launch.getContext()));
  }
  return extentMapOf(launch.getContext(), bounds);
}

AffineMap footprintOf(LaunchOp launch, unsigned operand) {
  MLIRContext *context = launch.getContext();
  unsigned inputs = launch.getInputs().size(), dims = launch.getNumDims();
  auto buffer = cast<BufferType>(launch.getBuffers()[operand].getType());
  int64_t bytes = storageBytesOf(buffer.getElementType());
  if (operand < inputs && launch.isWholeInput(operand)) {
    return gatheredBytes(launch, operand, bytes);
  }
  AffineMap map = operand < inputs ? launch.getInputMap(operand)
                                   : launch.getOutputMap(operand - inputs);
  LinearForm form = linearFormOf(map.getResult(0), dims);
  Dims used(dims);
  AffineExpr span = getAffineConstantExpr(1, context);
  bool hasSpan = form.isLinear();
  for (unsigned d = 0; d < dims; ++d) {
    if (!form.uses(d)) {
      continue;
    }
    used.set(d);
    if (hasSpan) {
      auto stride = form.stride(d);
      AffineExpr step = stride
                            ? getAffineConstantExpr(std::abs(*stride), context)
                            : form.coefficients[d];
      span = span + step * (launch.getExtents().getResult(d) - 1);
    }
  }
  SmallVector<AffineExpr> bounds = {simplify(pointCount(launch, used) * bytes)};
  if (hasSpan) {
    bounds.push_back(simplify(span * bytes));
  }
  return extentMapOf(context, bounds);
}

LaunchCost costOf(LaunchOp launch, ArrayRef<int64_t> symbols) {
  LaunchCost cost;
  auto operations = evaluateSizes(operationsOf(launch), symbols);
  cost.operations = operations.empty() ? 0 : operations.front();
  for (unsigned i = 0; i < launch.getBuffers().size(); ++i) {
    auto bounds = evaluateSizes(footprintOf(launch, i), symbols);
    cost.bytes +=
        bounds.empty() ? 0 : *std::min_element(bounds.begin(), bounds.end());
  }
  return cost;
}

//===----------------------------------------------------------------------===//
// Classes
//===----------------------------------------------------------------------===//

/// Whether neighbouring results read overlapping elements of the input: a
/// reduction moves it by no more than a parallel dimension's span.
static bool slides(LaunchOp launch, unsigned input) {
  LinearForm form =
      linearFormOf(launch.getInputMap(input).getResult(0), launch.getNumDims());
  for (unsigned p = 0; p < launch.getNumDims(); ++p) {
    if (launch.getIterator(p) != IteratorKind::parallel || !form.uses(p)) {
      continue;
    }
    for (unsigned r = 0; r < launch.getNumDims(); ++r) {
      auto step = form.stride(r), stride = form.stride(p);
      auto extent = constantOf(launch.getExtents().getResult(r));
      if (launch.getIterator(r) == IteratorKind::reduction && step && stride &&
          extent && *step != 0 && *stride % *step == 0 && *extent > 1 &&
          std::abs(*stride / *step) < *extent) {
        return true;
      }
    }
  }
  return false;
}

StringRef classOf(LaunchOp launch) {
  bool reduces = false, sequential = false, window = false;
  unsigned dims = launch.getNumDims(), large = 0;
  for (unsigned d = 0; d < dims; ++d) {
    reduces |= launch.getIterator(d) == IteratorKind::reduction;
    sequential |= launch.getIterator(d) == IteratorKind::sequential;
  }
  Block &body = launch.getBody().front();
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    if (launch.isWholeInput(i)) {
      continue;
    }
    window |= slides(launch, i);
    for (unsigned d = 0; d < dims; ++d) {
      if (launch.getIterator(d) == IteratorKind::reduction &&
          launch.getInputMap(i).isFunctionOfDim(d)) {
        ++large;
        break;
      }
    }
  }
  if (sequential) {
    return "recurrence";
  }
  if (!reduces) {
    return body.getOps<GatherOp>().empty() ? "map" : "gather";
  }
  if (launch.storesRows() || llvm::range_size(body.getOps<ReduceOp>()) > 2) {
    return "row";
  }
  if (window) {
    return large > 1 ? "convolution" : "window";
  }
  return large > 1 ? "contraction" : "reduction";
}

} // namespace tessera::tune
