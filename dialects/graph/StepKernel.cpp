//===- StepKernel.cpp - walks the steps of a recurrent layer --------------===//

#include "dialects/graph/StepKernel.h"
#include "dialects/graph/Activations.h"
#include "dialects/graph/Shapes.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::graph {

StepKernel::StepKernel(const RecurrentLayer &layer, OpBuilder &builder,
                       bool foldsBias, int64_t phases)
    : layer(layer), builder(builder), phases(phases),
      hidden(extentsOf(layer.r)[1]), projected(project(foldsBias)),
      k(builder, layer.op->getLoc()) {
  Extents x = extentsOf(layer.x);
  phase = k.sequential(simplify(x[0] * phases));
  batch = k.parallel(x[1]);
  unit = k.parallel(hidden);
  inner = k.reduction(hidden);
  AffineExpr step = phase.floorDiv(phases);
  time = layer.reverse ? x[0] - 1 - step : step;
}

Value StepKernel::project(bool foldsBias) {
  Extents x = extentsOf(layer.x);
  AffineExpr stacked = simplify(hidden * layer.gates);
  KernelBuilder p(builder, layer.op->getLoc());
  AffineExpr t = p.parallel(x[0]), b = p.parallel(x[1]),
             gate = p.parallel(stacked);
  AffineExpr i = p.reduction(x[2]);
  Scalar input{&p.body(), p.loc(), p.read(layer.x, {t, b, i})};
  Scalar product = input * input.with(p.read(layer.w, {gate, i}));
  Scalar sum = input.with(p.reduce(ReduceKind::add, product));
  Scalar bias = input.with(p.read(layer.bias, {gate}));
  if (foldsBias) {
    bias = bias + input.with(p.read(layer.bias, {gate + stacked}));
  }
  Type element = getElementTypeOrSelf(layer.x);
  RankedTensorType type = tensorTypeOf(element, {x[0], x[1], stacked});
  return p.finish({sum + bias}, {{t, b, gate}}, {type}).getResult(0);
}

Scalar StepKernel::previous(Value initial, int64_t result) {
  return scalar(k.readFeedback(initial, {batch, unit}, result));
}

Value StepKernel::readInner(Value initial, int64_t result) {
  return k.readFeedback(initial, {batch, inner}, result);
}

Scalar StepKernel::inputPart(int64_t gate) {
  return scalar(k.read(projected, {time, batch, hidden * gate + unit}));
}

Scalar StepKernel::statePart(int64_t gate) {
  if (!state) {
    state = readInner(layer.initialH, 0);
  }
  return statePart(gate, state);
}

Scalar StepKernel::statePart(int64_t gate, Value other) {
  Scalar product =
      scalar(other) * scalar(k.read(layer.r, {hidden * gate + unit, inner}));
  return product.with(k.reduce(ReduceKind::add, product));
}

Scalar StepKernel::stateBias(int64_t gate) {
  return scalar(k.read(layer.bias, {hidden * (layer.gates + gate) + unit}));
}

Scalar StepKernel::peephole(int64_t position) {
  return scalar(
      k.read(layer.bias, {hidden * (2 * layer.gates + position) + unit}));
}

Scalar StepKernel::activated(Scalar x, unsigned place, StringRef standard) {
  if (layer.clip > 0) {
    x = max(min(x, layer.clip), -layer.clip);
  }
  return shaped(x, place, standard);
}

Scalar StepKernel::shaped(Scalar x, unsigned place, StringRef standard) {
  if (layer.activations.empty()) {
    return activate(x, standard, 0, 0);
  }
  return activate(x, cast<StringAttr>(layer.activations[place]).getValue(),
                  layer.alphas[place], layer.betas[place]);
}

Scalar StepKernel::isPhase(int64_t which) {
  Scalar current = scalar(k.index(phase % phases));
  return current == constantLike(current, which);
}

/// The states in the order of x, or only that after the last step.
Value StepKernel::viewOf(Value stacked, bool last) {
  Extents extents = extentsOf(stacked);
  AffineExpr steps = extentsOf(layer.x)[0];
  extents[0] = steps;
  if (last) {
    extents.erase(extents.begin());
  }
  KernelBuilder view(builder, layer.op->getLoc());
  Coordinates dims = view.parallel(extents), from = dims;
  if (last) {
    from.insert(from.begin(), steps * phases - 1);
  } else {
    AffineExpr step = layer.reverse ? steps - 1 - from[0] : from[0];
    from[0] = step * phases + (phases - 1);
  }
  Value element = view.read(stacked, from);
  Type type = tensorTypeOf(getElementTypeOrSelf(stacked), extents);
  return view.finish({element}, {dims}, {type}).getResult(0);
}

SmallVector<Value> StepKernel::finish(SmallVector<Scalar> states,
                                      ArrayRef<Scalar> before) {
  Scalar output = states[0];
  SmallVector<Value> values;
  if (Value lengths = layer.lengths) {
    Scalar length =
        convert(scalar(k.read(lengths, {batch})), builder.getI64Type());
    Scalar running = length.with(k.index(time)) < length;
    for (auto [state, old] : llvm::zip(states, before)) {
      state = select(running, state, old);
    }
    output = select(running, output, constantLike(output, 0));
  }
  values.append(states.begin(), states.end());
  if (layer.lengths) {
    values.push_back(output);
  }
  Type element = getElementTypeOrSelf(layer.x);
  Extents x = extentsOf(layer.x);
  SmallVector<Type> types(
      values.size(),
      tensorTypeOf(element, {simplify(x[0] * phases), x[1], hidden}));
  SmallVector<Coordinates> coordinates(values.size(), {phase, batch, unit});
  KernelOp kernel = k.finish(values, coordinates, types);
  Value y = kernel.getResult(layer.lengths ? states.size() : 0);
  bool inOrder = phases == 1 && !layer.reverse;
  SmallVector<Value> results = {inOrder ? y : viewOf(y, false)};
  // Phases may keep more than the operation's states, which come first.
  for (unsigned i = 0; i + 1 < layer.op->getNumResults(); ++i) {
    results.push_back(viewOf(kernel.getResult(i), true));
  }
  return results;
}

} // namespace tessera::graph
