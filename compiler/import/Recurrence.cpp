//===- Recurrence.cpp - adapters: LSTM, GRU and RNN -----------------------===//
//
// ONNX stacks the directions of a layer in one axis; here each direction is an
// operation of its own and the results are stacked again.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Shapes.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"
#include "llvm/ADT/StringSwitch.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// What differs between the three operators.
struct LayerKind {
  StringRef operation;
  int64_t gates, activations;
  bool hasCell;
};

/// One recurrent node while its directions are built.
struct Layer {
  Node &node;
  LayerKind kind;
  int64_t directions = 1;
  bool batchFirst = false;
  Value x = {};
  AffineExpr batch = {}, hidden = {};
  SmallVector<std::string> activations = {};
  SmallVector<float> alphas = {}, betas = {};

  AffineExpr one() const {
    return getAffineConstantExpr(1, node.builder.getContext());
  }
  Value zeros(ArrayRef<AffineExpr> extents) const;
  Value transpose(Value value, ArrayRef<int64_t> order) const;
  /// Entry `d` along the first axis of a value, without that axis.
  Value direction(Value value, int64_t d) const;
  Value initialState(unsigned input, int64_t d) const;
  Operation *build(int64_t d);
  Value stack(ArrayRef<Value> values, int64_t axis) const;
};

Value Layer::zeros(ArrayRef<AffineExpr> extents) const {
  Value zero = node.scalarConstant(node.type(0).getElementType(), 0);
  return node.create<graph::ExpandOp>(
      {zero}, {{"shape", node.sizesAttribute(extents)}});
}

Value Layer::transpose(Value value, ArrayRef<int64_t> order) const {
  return node.create<graph::TransposeOp>(
      {value}, {{"perm", node.integersAttribute(order)}});
}

Value Layer::direction(Value value, int64_t d) const {
  if (!value) {
    return {};
  }
  kernel::Extents extents = kernel::extentsOf(value);
  if (directions > 1) {
    MLIRContext *context = node.builder.getContext();
    Sizes starts(extents.size(), getAffineConstantExpr(0, context));
    starts[0] = getAffineConstantExpr(d, context);
    extents[0] = one();
    SmallVector<int64_t> steps(extents.size(), 1);
    value = node.create<graph::SliceOp>(
        {value}, {{"starts", node.sizesAttribute(starts)},
                  {"sizes", node.sizesAttribute(extents)},
                  {"steps", node.integersAttribute(steps)}});
  }
  return node.reshape(value, ArrayRef(extents).drop_front());
}

Value Layer::initialState(unsigned input, int64_t d) const {
  if (!node.has(input)) {
    return zeros({batch, hidden});
  }
  Value state = node.input(input);
  return direction(batchFirst ? transpose(state, {1, 0, 2}) : state, d);
}

Operation *Layer::build(int64_t d) {
  MLIRContext *context = node.builder.getContext();
  Value bias = direction(node.input(3), d);
  if (!bias) {
    bias = zeros({kernel::simplify(
        hidden * getAffineConstantExpr(2 * kind.gates, context))});
  }
  if (node.has(7)) {
    bias = node.create<graph::ConcatOp>({bias, direction(node.input(7), d)},
                                        {{"axis", node.integerAttribute(0)}});
  }
  SmallVector<Value> operands{x, direction(node.input(1), d),
                              direction(node.input(2), d), bias,
                              initialState(5, d)};
  if (kind.hasCell) {
    operands.push_back(initialState(6, d));
  }
  if (node.has(4)) {
    operands.push_back(node.input(4));
  }
  std::string direction = node.text("direction", "forward");
  bool reverse = direction == "reverse" || d == 1;
  SmallVector<StringRef> names;
  SmallVector<float> ownAlphas, ownBetas;
  for (int64_t i = 0; i < kind.activations && !activations.empty(); ++i) {
    int64_t place = d * kind.activations + i;
    names.push_back(activations[place]);
    ownAlphas.push_back(alphas[place]);
    ownBetas.push_back(betas[place]);
  }
  SmallVector<std::pair<StringRef, Attribute>> attributes{
      {"reverse", node.integerAttribute(reverse)},
      {"activations", node.builder.getStrArrayAttr(names)},
      {"alphas", node.builder.getDenseF32ArrayAttr(ownAlphas)},
      {"betas", node.builder.getDenseF32ArrayAttr(ownBetas)},
      {"clip", node.numberAttribute(node.number("clip", 0))}};
  if (node.hasAttribute("linear_before_reset")) {
    attributes.push_back(
        {"linear_before_reset",
         node.integerAttribute(node.integer("linear_before_reset", 0))});
  }
  if (node.hasAttribute("input_forget")) {
    attributes.push_back({"input_forget", node.integerAttribute(node.integer(
                                              "input_forget", 0))});
  }
  return node.createOperation(kind.operation, operands, attributes);
}

Value Layer::stack(ArrayRef<Value> values, int64_t axis) const {
  SmallVector<Value> parts;
  for (Value value : values) {
    kernel::Extents extents = kernel::extentsOf(value);
    extents.insert(extents.begin() + axis, one());
    parts.push_back(node.reshape(value, extents));
  }
  if (parts.size() == 1) {
    return parts[0];
  }
  return node.create<graph::ConcatOp>(parts,
                                      {{"axis", node.integerAttribute(axis)}});
}

/// The parameters that ONNX gives an activation without explicit ones.
std::pair<float, float> defaultParameters(StringRef name) {
  using Pair = std::pair<float, float>;
  return llvm::StringSwitch<Pair>(name)
      .Case("HardSigmoid", Pair(0.2f, 0.5f))
      .Case("LeakyRelu", Pair(0.01f, 0.0f))
      .Case("Elu", Pair(1.0f, 0.0f))
      .Default(Pair(1.0f, 1.0f));
}

/// `activation_alpha` and `activation_beta` list values only for those
/// activations that have such a parameter.
void readParameters(Layer &layer) {
  SmallVector<double> alphas = layer.node.numbers("activation_alpha"),
                      betas = layer.node.numbers("activation_beta");
  size_t nextAlpha = 0, nextBeta = 0;
  for (StringRef name : layer.activations) {
    auto [alpha, beta] = defaultParameters(name);
    bool hasBeta =
        name == "Affine" || name == "ScaledTanh" || name == "HardSigmoid";
    bool hasAlpha = hasBeta || name == "LeakyRelu" ||
                    name == "ThresholdedRelu" || name == "Elu";
    if (hasAlpha && nextAlpha < alphas.size()) {
      alpha = alphas[nextAlpha++];
    }
    if (hasBeta && nextBeta < betas.size()) {
      beta = betas[nextBeta++];
    }
    layer.alphas.push_back(alpha);
    layer.betas.push_back(beta);
  }
}

/// Checks the extents that attributes decide, which may be free in the inputs.
LogicalResult fixExtents(Layer &layer) {
  Node &node = layer.node;
  MLIRContext *context = node.builder.getContext();
  int64_t size = node.integer("hidden_size", 0);
  if (size < 0 || size > (int64_t(1) << 31)) {
    return node.fail("invalid attribute 'hidden_size'",
                     "expected a size, got " + Twine(size));
  }
  if (size != 0) {
    AffineExpr hidden = getAffineConstantExpr(size, context),
               gates = kernel::simplify(hidden * layer.kind.gates);
    if (!node.fixExtent(1, 1, gates) || !node.fixExtent(2, 1, gates) ||
        !node.fixExtent(2, 2, hidden) ||
        (node.has(3) && !node.fixExtent(3, 1, gates * 2)) ||
        (node.has(7) && !node.fixExtent(7, 1, hidden * 3))) {
      return node.fail("invalid attribute 'hidden_size'",
                       "it differs from the weight's shape");
    }
  }
  AffineExpr directions = getAffineConstantExpr(layer.directions, context);
  for (unsigned i : {1u, 2u, 3u, 7u}) {
    if (node.has(i) && !node.fixExtent(i, 0, directions)) {
      return node.fail("invalid input", "expected " + Twine(layer.directions) +
                                            " directions in input " + Twine(i));
    }
  }
  return success();
}

/// Checks ranks and reads what all directions share.
LogicalResult prepare(Layer &layer) {
  Node &node = layer.node;
  // X, W, R, B, the lengths, both initial states, P.
  static constexpr int64_t kRanks[] = {3, 3, 3, 2, 1, 3, 3, 2};
  for (unsigned i = 0; i < std::size(kRanks); ++i) {
    if (node.has(i) && node.rank(i) != kRanks[i]) {
      return node.fail("invalid input", "expected rank " + Twine(kRanks[i]) +
                                            " of input " + Twine(i) + ", got " +
                                            Twine(node.rank(i)));
    }
  }
  std::string direction = node.text("direction", "forward");
  if (direction != "forward" && direction != "reverse" &&
      direction != "bidirectional") {
    return node.fail("unsupported attribute 'direction'", direction);
  }
  layer.directions = direction == "bidirectional" ? 2 : 1;
  layer.batchFirst = node.integer("layout", 0) != 0;
  if (failed(fixExtents(layer))) {
    return failure();
  }
  layer.x = layer.batchFirst ? layer.transpose(node.input(0), {1, 0, 2})
                             : node.input(0);
  layer.batch = node.extents(0)[layer.batchFirst ? 0 : 1];
  layer.hidden = node.extents(2)[2];
  layer.activations = node.texts("activations");
  int64_t expected = layer.kind.activations * layer.directions;
  if (!layer.activations.empty() &&
      int64_t(layer.activations.size()) != expected) {
    return node.fail("invalid attribute 'activations'",
                     "expected " + Twine(expected) + " names");
  }
  readParameters(layer);
  node.ignore({"output_sequence", "layout"});
  return success();
}

LogicalResult recurrent(Node &node, LayerKind kind) {
  Layer layer{node, kind};
  if (failed(prepare(layer))) {
    return failure();
  }
  SmallVector<Value> all, lastHidden, lastCell;
  for (int64_t d = 0; d < layer.directions; ++d) {
    Operation *operation = layer.build(d);
    if (!operation) {
      return failure();
    }
    all.push_back(operation->getResult(0));
    lastHidden.push_back(operation->getResult(1));
    if (kind.hasCell) {
      lastCell.push_back(operation->getResult(2));
    }
  }
  // [T, D, B, H], or [B, T, D, H] when the batch comes first.
  auto arrange = [&](ArrayRef<Value> values, int64_t axis,
                     ArrayRef<int64_t> order) {
    Value stacked = layer.stack(values, axis);
    return stacked && layer.batchFirst ? layer.transpose(stacked, order)
                                       : stacked;
  };
  if (node.wants(0) &&
      failed(node.setResult(0, arrange(all, 1, {2, 0, 1, 3})))) {
    return failure();
  }
  if (node.wants(1) &&
      failed(node.setResult(1, arrange(lastHidden, 0, {1, 0, 2})))) {
    return failure();
  }
  if (kind.hasCell && node.wants(2) &&
      failed(node.setResult(2, arrange(lastCell, 0, {1, 0, 2})))) {
    return failure();
  }
  return success();
}

} // namespace

void addRecurrenceAdapters(AdapterTable &table) {
  table.add("GRU", 1, 3, 6, [](Node &node) {
    return recurrent(node, {graph::GruOp::getOperationName(), 3, 2, false});
  });
  table.add("LSTM", 1, 3, 8, [](Node &node) {
    return recurrent(node, {graph::LstmOp::getOperationName(), 4, 3, true});
  });
  table.add("RNN", 1, 3, 6, [](Node &node) {
    return recurrent(node, {graph::RnnOp::getOperationName(), 1, 1, false});
  });
}

} // namespace tessera::import
