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
                int64_t gates, unsigned places, unsigned states, Types &types) {
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
                        {simplify(stacked * 2)})) ||
      failed(checkShape(location, "initial_h", adaptor.getInitialH(), state)) ||
      (adaptor.getLengths() &&
       failed(checkShape(location, "lengths", adaptor.getLengths(), {x[1]})))) {
    return failure();
  }
  ArrayAttr activations = adaptor.getActivations();
  if (!activations.empty() && activations.size() != places) {
    return emitInferError(location)
           << "expected " << places << " activations, got "
           << activations.size();
  }
  for (Attribute activation : activations) {
    if (StringRef name = cast<StringAttr>(activation).getValue();
        !isKnownActivation(name)) {
      return emitInferError(location)
             << "expected activations Sigmoid, Tanh, Relu, HardSigmoid, "
                "Softsign or Softplus, got "
             << name;
    }
  }
  Type element = getElementTypeOrSelf(adaptor.getX());
  types.push_back(tensorTypeOf(element, {x[0], x[1], hidden}));
  types.append(states, tensorTypeOf(element, state));
  return success();
}

LogicalResult LstmOp::inferReturnTypes(MLIRContext *context,
                                       MaybeLocation location, Adaptor adaptor,
                                       Types &types) {
  if (failed(inferRecurrence(context, location, adaptor, 4, 3, 2, types))) {
    return failure();
  }
  Extents x = extentsOf(adaptor.getX()), r = extentsOf(adaptor.getR());
  return checkShape(location, "initial_c", adaptor.getInitialC(), {x[1], r[1]});
}

LogicalResult GruOp::inferReturnTypes(MLIRContext *context,
                                      MaybeLocation location, Adaptor adaptor,
                                      Types &types) {
  if (!adaptor.getLinearBeforeReset()) {
    return emitInferError(location) << "expected linear_before_reset 1, got 0";
  }
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

static Scalar activate(Scalar x, StringRef name) {
  return llvm::StringSwitch<function_ref<Scalar(Scalar)>>(name)
      .Case("Sigmoid", [](Scalar v) { return sigmoid(v); })
      .Case("Relu", [](Scalar v) { return max(v, 0.0); })
      .Case("HardSigmoid",
            [](Scalar v) { return max(min(v * 0.2 + 0.5, 1.0), 0.0); })
      .Case("Softsign", [](Scalar v) { return v / (abs(v) + 1.0); })
      .Case("Softplus", [](Scalar v) { return softplus(v); })
      .Default([](Scalar v) { return tanh(v); })(x);
}

namespace {
/// The kernel that walks the steps of one layer, and what its body reads.
template <typename Op>
class StepKernel {
public:
  /// `foldsBias` adds the state's bias together with the input's, outside of
  /// the steps.
  StepKernel(Op op, OpBuilder &builder, int64_t gates, bool foldsBias)
      : op(op), builder(builder), gates(gates), hidden(extentsOf(op.getR())[1]),
        projected(project(foldsBias)), k(builder, op.getLoc()) {
    Extents x = extentsOf(op.getX());
    step = k.sequential(x[0]);
    batch = k.parallel(x[1]);
    unit = k.parallel(hidden);
    inner = k.reduction(hidden);
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
    Scalar product = scalar(state) *
                     scalar(k.read(op.getR(), {hidden * gate + unit, inner}));
    return product.with(k.reduce(ReduceKind::add, product));
  }

  Scalar stateBias(int64_t gate) {
    return scalar(k.read(op.getBias(), {hidden * (gates + gate) + unit}));
  }

  /// Clips and applies activation `place`; `standard` is ONNX's choice for it.
  Scalar activated(Scalar x, unsigned place, StringRef standard) {
    if (double clip = toDouble(op.getClip()); clip > 0) {
      x = max(min(x, clip), -clip);
    }
    ArrayAttr names = op.getActivations();
    return activate(x, names.empty()
                           ? standard
                           : cast<StringAttr>(names[place]).getValue());
  }

  /// Creates the kernel from the new states (the output first), with the
  /// states before for entries that have ended, and returns y and last states.
  SmallVector<Value> finish(SmallVector<Scalar> states,
                            ArrayRef<Scalar> before);

private:
  Value project(bool foldsBias);
  Value viewOf(Value stacked, AffineExpr steps, bool last);

  Op op;
  OpBuilder &builder;
  int64_t gates;
  AffineExpr hidden;
  Value projected;
  KernelBuilder k;
  AffineExpr step, time, batch, unit, inner;
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
Value StepKernel<Op>::viewOf(Value stacked, AffineExpr steps, bool last) {
  Extents extents = extentsOf(stacked);
  if (last) {
    extents.erase(extents.begin());
  }
  KernelBuilder view(builder, op.getLoc());
  Coordinates dims = view.parallel(extents), from = dims;
  if (last) {
    from.insert(from.begin(), steps - 1);
  } else {
    from[0] = steps - 1 - from[0];
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
  SmallVector<Type> types(values.size(),
                          tensorTypeOf(element, {x[0], x[1], hidden}));
  SmallVector<Coordinates> coordinates(values.size(), {step, batch, unit});
  KernelOp kernel = k.finish(values, coordinates, types);
  Value y = kernel.getResult(op.getLengths() ? states.size() : 0);
  SmallVector<Value> results = {op.getReverse() ? viewOf(y, x[0], false) : y};
  for (unsigned i = 0; i < states.size(); ++i) {
    results.push_back(viewOf(kernel.getResult(i), x[0], true));
  }
  return results;
}

Lowered LstmOp::lower(OpBuilder &builder) {
  StepKernel<LstmOp> step(*this, builder, 4, /*foldsBias=*/true);
  auto gate = [&](int64_t position, unsigned place, StringRef standard) {
    return step.activated(step.statePart(position) + step.inputPart(position),
                          place, standard);
  };
  Scalar input = gate(0, 0, "Sigmoid"), output = gate(1, 0, "Sigmoid");
  Scalar forget =
      getInputForget() ? constantLike(input, 1) - input : gate(2, 0, "Sigmoid");
  Scalar candidate = gate(3, 1, "Tanh");
  Scalar cellBefore = step.previous(getInitialC(), 1);
  Scalar cell = forget * cellBefore + input * candidate;
  ArrayAttr names = getActivations();
  Scalar shaped = activate(
      cell, names.empty() ? "Tanh" : cast<StringAttr>(names[2]).getValue());
  SmallVector<Scalar> before;
  if (getLengths()) {
    before = {step.previous(getInitialH(), 0), cellBefore};
  }
  return step.finish({output * shaped, cell}, before);
}

Lowered GruOp::lower(OpBuilder &builder) {
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
