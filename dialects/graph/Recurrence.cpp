//===- Recurrence.cpp - recurrent layers ----------------------------------===//
//
// What each layer infers, and the formulae of its step.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Activations.h"
#include "dialects/graph/Shapes.h"
#include "dialects/graph/StepKernel.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

//===----------------------------------------------------------------------===//
// Inference
//===----------------------------------------------------------------------===//

/// Checks the operand's shape against the expected one.
static LogicalResult checkShape(MaybeLocation location, StringRef name,
                                Value value, const Extents &expected) {
  Extents extents = extentsOf(value);
  bool fits = extents.size() == expected.size();
  for (unsigned i = 0; fits && i < extents.size(); ++i) {
    fits = mayBeEqual(extents[i], expected[i]);
  }
  if (!fits) {
    return emitInferError(location)
           << "expected " << name << " of shape " << textOf(expected)
           << ", got " << textOf(extents);
  }
  return success();
}

/// Checks what all layers share and infers y and `states` last states; each
/// layer has `gates` gates and `places` for activations.
template <typename Adaptor>
static LogicalResult
inferRecurrence(MLIRContext *context, MaybeLocation location, Adaptor adaptor,
                int64_t gates, unsigned places, unsigned states, Types &types,
                int64_t peepholes = 0) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()), r = extentsOf(adaptor.getR());
  if (x.size() != 3 || r.size() != 2 || !constantOf(r[1])) {
    return emitInferError(location)
           << "expected x of rank 3 and static r of rank 2, got " << textOf(x)
           << " and " << textOf(r);
  }
  AffineExpr hidden = r[1], stacked = simplify(hidden * gates);
  Extents state = {x[1], hidden};
  if (failed(checkShape(location, "w", adaptor.getW(), {stacked, x[2]})) ||
      failed(checkShape(location, "r", adaptor.getR(), {stacked, hidden})) ||
      failed(checkShape(location, "bias", adaptor.getBias(),
                        {simplify(stacked * 2 + hidden * peepholes)})) ||
      failed(checkShape(location, "initial_h", adaptor.getInitialH(), state)) ||
      (adaptor.getLengths() &&
       failed(checkShape(location, "lengths", adaptor.getLengths(), {x[1]})))) {
    return failure();
  }
  ArrayAttr activations = adaptor.getActivations();
  size_t named = activations.size();
  if ((named != 0 && named != places) || adaptor.getAlphas().size() != named ||
      adaptor.getBetas().size() != named) {
    return emitInferError(location)
           << "expected " << places
           << " activations with an alpha and a beta each, got " << named
           << " with " << adaptor.getAlphas().size() << " and "
           << adaptor.getBetas().size();
  }
  for (Attribute activation : activations) {
    if (StringRef name = cast<StringAttr>(activation).getValue();
        !isKnownActivation(name)) {
      return emitInferError(location)
             << "expected activations Sigmoid, Tanh, Relu, HardSigmoid, "
                "Softsign, Softplus, Affine, LeakyRelu, ThresholdedRelu, "
                "ScaledTanh or Elu, got "
             << name;
    }
  }
  Type element = getElementTypeOrSelf(adaptor.getX());
  types.push_back(tensorTypeOf(element, {x[0], x[1], hidden}));
  types.append(states, tensorTypeOf(element, state));
  return success();
}

/// Whether peephole weights follow the bias of 4 gates, twice.
static bool hasPeepholes(Value bias, Value r) {
  if (extentsOf(bias).size() != 1 || extentsOf(r).size() != 2) {
    return false;
  }
  auto length = constantOf(extentsOf(bias)[0]),
       hidden = constantOf(extentsOf(r)[1]);
  return length && hidden && *length == 11 * *hidden && *hidden != 0;
}

LogicalResult LstmOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  if (failed(checkRanked(location, adaptor.getOperands()))) {
    return failure();
  }
  int64_t peepholes = hasPeepholes(adaptor.getBias(), adaptor.getR()) ? 3 : 0;
  if (failed(inferRecurrence(context, location, adaptor, 4, 3, 2, types,
                             peepholes))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()), r = extentsOf(adaptor.getR());
  return checkShape(location, "initial_c", adaptor.getInitialC(), {x[1], r[1]});
}

LogicalResult GruOp::inferReturnTypes(MLIRContext *context,
                                      MaybeLocation location, Adaptor adaptor,
                                      Types &types) {
  return inferRecurrence(context, location, adaptor, 3, 2, 1, types);
}

LogicalResult RnnOp::inferReturnTypes(MLIRContext *context,
                                      MaybeLocation location, Adaptor adaptor,
                                      Types &types) {
  return inferRecurrence(context, location, adaptor, 1, 1, 1, types);
}

//===----------------------------------------------------------------------===//
// Lowering
//===----------------------------------------------------------------------===//

/// Has the call check what inference took for granted of free extents.
template <typename Op>
static void requireShapes(Op op, int64_t gates) {
  Extents x = extentsOf(op.getX());
  AffineExpr hidden = extentsOf(op.getR())[1];
  AffineExpr stacked = simplify(hidden * gates);
  auto require = [&](Value value, ArrayRef<AffineExpr> expected) {
    for (auto [own, wanted] : llvm::zip(extentsOf(value), expected)) {
      requireEqual(op, own, wanted);
    }
  };
  require(op.getW(), {stacked, x[2]});
  require(op.getR(), {stacked, hidden});
  require(op.getInitialH(), {x[1], hidden});
  if (op.getLengths()) {
    require(op.getLengths(), {x[1]});
  }
  if constexpr (std::is_same_v<Op, LstmOp>) {
    require(op.getInitialC(), {x[1], hidden});
  }
}

/// The layer as its steps see it.
template <typename Op>
static RecurrentLayer layerOf(Op op, int64_t gates) {
  requireShapes(op, gates);
  RecurrentLayer layer;
  layer.op = op;
  layer.gates = gates;
  layer.x = op.getX();
  layer.w = op.getW();
  layer.r = op.getR();
  layer.bias = op.getBias();
  layer.initialH = op.getInitialH();
  layer.lengths = op.getLengths();
  layer.reverse = op.getReverse();
  layer.activations = op.getActivations();
  layer.alphas = op.getAlphas();
  layer.betas = op.getBetas();
  layer.clip = toDouble(op.getClip());
  return layer;
}

Lowered LstmOp::lower(OpBuilder &builder) {
  StepKernel step(layerOf(*this, 4), builder, /*foldsBias=*/true);
  bool peeps = hasPeepholes(getBias(), getR());
  Scalar cellBefore = step.previous(getInitialC(), 1);
  // Gate `position` looks at a cell through peephole weight `position`.
  auto gate = [&](int64_t position, unsigned place, StringRef standard,
                  Scalar cell) {
    Scalar sum = step.statePart(position) + step.inputPart(position);
    if (peeps && position < 3) {
      sum = sum + step.peephole(position) * cell;
    }
    return step.activated(sum, place, standard);
  };
  Scalar input = gate(0, 0, "Sigmoid", cellBefore);
  Scalar forget = getInputForget() ? constantLike(input, 1) - input
                                   : gate(2, 0, "Sigmoid", cellBefore);
  Scalar candidate = gate(3, 1, "Tanh", cellBefore);
  Scalar cell = forget * cellBefore + input * candidate;
  Scalar output = gate(1, 0, "Sigmoid", cell);
  SmallVector<Scalar> before;
  if (getLengths()) {
    before = {step.previous(getInitialH(), 0), cellBefore};
  }
  return step.finish({output * step.shaped(cell, 2, "Tanh"), cell}, before);
}

/// The reset gate of all units is needed before the product that uses it: a
/// first phase finds the gates, a second one the candidate and the new state.
static Lowered lowerResetFirst(GruOp op, OpBuilder &builder) {
  Extents x = extentsOf(op.getX()), r = extentsOf(op.getR());
  Value zeros = filledTensor(builder, op.getLoc(),
                             getElementTypeOrSelf(op.getX()), {x[1], r[1]}, 0);
  StepKernel step(layerOf(op, 3), builder, /*foldsBias=*/true, /*phases=*/2);
  Scalar update =
      step.activated(step.inputPart(0) + step.statePart(0), 0, "Sigmoid");
  Scalar reset =
      step.activated(step.inputPart(1) + step.statePart(1), 0, "Sigmoid");
  Scalar candidate = step.activated(
      step.inputPart(2) + step.statePart(2, step.readInner(zeros, 2)), 1,
      "Tanh");
  Scalar before = step.previous(op.getInitialH(), 0),
         updateBefore = step.previous(zeros, 1),
         resetBefore = step.previous(zeros, 2);
  Scalar after = (constantLike(update, 1) - updateBefore) * candidate +
                 updateBefore * before;
  Scalar first = step.isPhase(0);
  return step.finish({select(first, before, after),
                      select(first, update, updateBefore),
                      select(first, reset * before, resetBefore)},
                     {before, updateBefore, resetBefore});
}

Lowered GruOp::lower(OpBuilder &builder) {
  if (!getLinearBeforeReset()) {
    return lowerResetFirst(*this, builder);
  }
  StepKernel step(layerOf(*this, 3), builder, /*foldsBias=*/false);
  auto statePart = [&](int64_t position) {
    return step.statePart(position) + step.stateBias(position);
  };
  Scalar update =
      step.activated(step.inputPart(0) + statePart(0), 0, "Sigmoid");
  Scalar reset = step.activated(step.inputPart(1) + statePart(1), 0, "Sigmoid");
  Scalar candidate =
      step.activated(step.inputPart(2) + reset * statePart(2), 1, "Tanh");
  Scalar before = step.previous(getInitialH(), 0);
  Scalar after =
      (constantLike(update, 1) - update) * candidate + update * before;
  return step.finish({after}, {before});
}

Lowered RnnOp::lower(OpBuilder &builder) {
  StepKernel step(layerOf(*this, 1), builder, /*foldsBias=*/true);
  Scalar after =
      step.activated(step.inputPart(0) + step.statePart(0), 0, "Tanh");
  SmallVector<Scalar> before;
  if (getLengths()) {
    before = {step.previous(getInitialH(), 0)};
  }
  return step.finish({after}, before);
}
