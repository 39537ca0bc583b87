//===- Recurrence.cpp - recurrent layers ----------------------------------===//
//
// The input's part of every gate is one contraction over all steps; a second
// kernel walks the steps, its states fed back from one to the next.
//
//===----------------------------------------------------------------------===//

#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera;
using namespace tessera::graph;
using namespace tessera::kernel;

//===----------------------------------------------------------------------===//
// Inference
//===----------------------------------------------------------------------===//

static bool isKnownActivation(StringRef name) {
  return llvm::StringSwitch<bool>(name)
      .Cases({"Sigmoid", "Tanh", "Relu", "HardSigmoid", "Softsign", "Softplus"},
             true)
      .Cases({"Affine", "LeakyRelu", "ThresholdedRelu", "ScaledTanh", "Elu"},
             true)
      .Default(false);
}

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

/// ONNX's activation functions; `alpha` and `beta` matter to some.
static Scalar activate(Scalar x, StringRef name, double alpha, double beta) {
  auto negative = [](Scalar v) { return v < 0.0; };
  return llvm::StringSwitch<std::function<Scalar()>>(name)
      .Case("Sigmoid", [&] { return sigmoid(x); })
      .Case("Relu", [&] { return max(x, 0.0); })
      .Case("HardSigmoid", [&] { return max(min(x * alpha + beta, 1.0), 0.0); })
      .Case("Softsign", [&] { return x / (abs(x) + 1.0); })
      .Case("Softplus", [&] { return softplus(x); })
      .Case("Affine", [&] { return x * alpha + beta; })
      .Case("LeakyRelu", [&] { return select(negative(x), x * alpha, x); })
      .Case("ThresholdedRelu",
            [&] { return select(x > alpha, x, constantLike(x, 0)); })
      .Case("ScaledTanh", [&] { return tanh(x * beta) * alpha; })
      .Case("Elu",
            [&] { return select(negative(x), (exp(x) - 1.0) * alpha, x); })
      .Default([&] { return tanh(x); })();
}

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

namespace {
/// The kernel that walks the steps of one layer, and what its body reads.
template <typename Op>
class StepKernel {
public:
  /// `foldsBias` adds the state's bias together with the input's, outside of
  /// the steps. A step may take several `phases`, the last of which gives its
  /// results.
  StepKernel(Op op, OpBuilder &builder, int64_t gates, bool foldsBias,
             int64_t phases = 1)
      : op(op), builder(builder), gates(gates), phases(phases),
        hidden(extentsOf(op.getR())[1]), projected(project(foldsBias)),
        k(builder, op.getLoc()) {
    requireShapes(op, gates);
    Extents x = extentsOf(op.getX());
    phase = k.sequential(simplify(x[0] * phases));
    batch = k.parallel(x[1]);
    unit = k.parallel(hidden);
    inner = k.reduction(hidden);
    AffineExpr step = phase.floorDiv(phases);
    time = op.getReverse() ? x[0] - 1 - step : step;
  }

  Scalar scalar(Value value) { return {&k.body(), k.loc(), value}; }

  /// State `result` of the step before at this unit.
  Scalar previous(Value initial, int64_t result) {
    return scalar(k.readFeedback(initial, {batch, unit}, result));
  }

  /// The input's part of a gate.
  Scalar inputPart(int64_t gate) {
    return scalar(k.read(projected, {time, batch, hidden * gate + unit}));
  }

  /// The state's part of a gate: a product with the step before's output.
  Scalar statePart(int64_t gate) {
    if (!state) {
      state = k.readFeedback(op.getInitialH(), {batch, inner}, 0);
    }
    return statePart(gate, state);
  }

  /// The same with another state, read at `readInner`.
  Scalar statePart(int64_t gate, Value other) {
    Scalar product = scalar(other) *
                     scalar(k.read(op.getR(), {hidden * gate + unit, inner}));
    return product.with(k.reduce(ReduceKind::add, product));
  }

  Value readInner(Value initial, int64_t result) {
    return k.readFeedback(initial, {batch, inner}, result);
  }

  /// Whether this is phase `which` of a step.
  Scalar isPhase(int64_t which) {
    Scalar current = scalar(k.index(phase % phases));
    return current == constantLike(current, which);
  }

  Scalar stateBias(int64_t gate) {
    return scalar(k.read(op.getBias(), {hidden * (gates + gate) + unit}));
  }

  /// Clips and applies activation `place`; `standard` is ONNX's choice for it.
  Scalar activated(Scalar x, unsigned place, StringRef standard) {
    if (double clip = toDouble(op.getClip()); clip > 0) {
      x = max(min(x, clip), -clip);
    }
    return shaped(x, place, standard);
  }

  /// The activation alone.
  Scalar shaped(Scalar x, unsigned place, StringRef standard) {
    ArrayAttr names = op.getActivations();
    if (names.empty()) {
      return activate(x, standard, 0, 0);
    }
    return activate(x, cast<StringAttr>(names[place]).getValue(),
                    op.getAlphas()[place], op.getBetas()[place]);
  }

  /// Value `position` of those after both biases.
  Scalar peephole(int64_t position) {
    return scalar(
        k.read(op.getBias(), {hidden * (2 * gates + position) + unit}));
  }

  /// Creates the kernel from the new states (the output first), with the
  /// states before for entries that have ended, and returns y and last states.
  SmallVector<Value> finish(SmallVector<Scalar> states,
                            ArrayRef<Scalar> before);

private:
  Value project(bool foldsBias);
  Value viewOf(Value stacked, bool last);

  Op op;
  OpBuilder &builder;
  int64_t gates, phases;
  AffineExpr hidden;
  Value projected;
  KernelBuilder k;
  AffineExpr phase, time, batch, unit, inner;
  Value state;
};
} // namespace

template <typename Op>
Value StepKernel<Op>::project(bool foldsBias) {
  Extents x = extentsOf(op.getX());
  AffineExpr stacked = simplify(hidden * gates);
  KernelBuilder p(builder, op.getLoc());
  AffineExpr t = p.parallel(x[0]), b = p.parallel(x[1]),
             gate = p.parallel(stacked);
  AffineExpr i = p.reduction(x[2]);
  Scalar input{&p.body(), p.loc(), p.read(op.getX(), {t, b, i})};
  Scalar product = input * input.with(p.read(op.getW(), {gate, i}));
  Scalar sum = input.with(p.reduce(ReduceKind::add, product));
  Scalar bias = input.with(p.read(op.getBias(), {gate}));
  if (foldsBias) {
    bias = bias + input.with(p.read(op.getBias(), {gate + stacked}));
  }
  Type element = getElementTypeOrSelf(op.getX());
  RankedTensorType type = tensorTypeOf(element, {x[0], x[1], stacked});
  return p.finish({sum + bias}, {{t, b, gate}}, {type}).getResult(0);
}

/// The states in the order of x, or only that after the last step.
template <typename Op>
Value StepKernel<Op>::viewOf(Value stacked, bool last) {
  Extents extents = extentsOf(stacked);
  AffineExpr steps = extentsOf(op.getX())[0];
  extents[0] = steps;
  if (last) {
    extents.erase(extents.begin());
  }
  KernelBuilder view(builder, op.getLoc());
  Coordinates dims = view.parallel(extents), from = dims;
  if (last) {
    from.insert(from.begin(), steps * phases - 1);
  } else {
    AffineExpr step = op.getReverse() ? steps - 1 - from[0] : from[0];
    from[0] = step * phases + (phases - 1);
  }
  Value element = view.read(stacked, from);
  Type type = tensorTypeOf(getElementTypeOrSelf(stacked), extents);
  return view.finish({element}, {dims}, {type}).getResult(0);
}

template <typename Op>
SmallVector<Value> StepKernel<Op>::finish(SmallVector<Scalar> states,
                                          ArrayRef<Scalar> before) {
  Scalar output = states[0];
  SmallVector<Value> values;
  if (Value lengths = op.getLengths()) {
    Scalar length =
        convert(scalar(k.read(lengths, {batch})), builder.getI64Type());
    Scalar running = length.with(k.index(time)) < length;
    for (auto [state, old] : llvm::zip(states, before)) {
      state = select(running, state, old);
    }
    output = select(running, output, constantLike(output, 0));
  }
  values.append(states.begin(), states.end());
  if (op.getLengths()) {
    values.push_back(output);
  }
  Type element = getElementTypeOrSelf(op.getX());
  Extents x = extentsOf(op.getX());
  SmallVector<Type> types(
      values.size(),
      tensorTypeOf(element, {simplify(x[0] * phases), x[1], hidden}));
  SmallVector<Coordinates> coordinates(values.size(), {phase, batch, unit});
  KernelOp kernel = k.finish(values, coordinates, types);
  Value y = kernel.getResult(op.getLengths() ? states.size() : 0);
  bool inOrder = phases == 1 && !op.getReverse();
  SmallVector<Value> results = {inOrder ? y : viewOf(y, false)};
  // Phases may keep more than the operation's states, which come first.
  for (unsigned i = 0; i + 1 < op->getNumResults(); ++i) {
    results.push_back(viewOf(kernel.getResult(i), true));
  }
  return results;
}

Lowered LstmOp::lower(OpBuilder &builder) {
  StepKernel<LstmOp> step(*this, builder, 4, /*foldsBias=*/true);
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
  StepKernel<GruOp> step(op, builder, 3, /*foldsBias=*/true, /*phases=*/2);
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
  StepKernel<GruOp> step(*this, builder, 3, /*foldsBias=*/false);
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
  StepKernel<RnnOp> step(*this, builder, 1, /*foldsBias=*/true);
  Scalar after =
      step.activated(step.inputPart(0) + step.statePart(0), 0, "Tanh");
  SmallVector<Scalar> before;
  if (getLengths()) {
    before = {step.previous(getInitialH(), 0)};
  }
  return step.finish({after}, before);
}
