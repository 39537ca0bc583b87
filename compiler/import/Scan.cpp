//===- Scan.cpp - adapter: a body run over slices of its inputs -----------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Importer.h"
#include "compiler/import/Subgraph.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

/// Element `index` of `axis`, without that axis.
Value element(Node &node, Value value, int64_t axis, int64_t index) {
  MLIRContext *context = node.builder.getContext();
  kernel::Extents extents = kernel::extentsOf(value);
  SmallVector<AffineExpr> starts(extents.size(),
                                 getAffineConstantExpr(0, context));
  starts[axis] = getAffineConstantExpr(index, context);
  extents[axis] = getAffineConstantExpr(1, context);
  SmallVector<int64_t> steps(extents.size(), 1);
  Value slice = node.create<graph::SliceOp>(
      {value}, {{"starts", node.sizesAttribute(starts)},
                {"sizes", node.sizesAttribute(extents)},
                {"steps", node.integersAttribute(steps)}});
  extents.erase(extents.begin() + axis);
  return slice ? node.reshape(slice, extents) : Value();
}

/// What Scan's attributes say; axes count from the front.
struct ScanForm {
  const onnx::GraphProto *body;
  int64_t states, scans, outputs;
  SmallVector<int64_t> inputAxes, outputAxes, inputBackward, outputBackward;
  int64_t steps = 0;
};

/// One value an entry; absent attributes are zeros.
FailureOr<SmallVector<int64_t>> perScan(Node &node, StringRef attribute,
                                        size_t count) {
  SmallVector<int64_t> values = node.integers(attribute);
  if (values.empty()) {
    values.assign(count, 0);
  }
  if (values.size() != count) {
    return node.fail("invalid attribute",
                     "'" + attribute + "' has " + Twine(values.size()) +
                         " values, expected " + Twine(count));
  }
  return values;
}

/// Counts the scanned axes of the inputs from the front and reads the number
/// of steps, which has to be the same constant for all.
LogicalResult readSteps(Node &node, ScanForm &form, ArrayRef<Value> inputs) {
  for (auto [i, input] : enumerate(inputs)) {
    kernel::Extents extents = kernel::extentsOf(input);
    auto axis = node.axis(form.inputAxes[i], extents.size());
    if (failed(axis)) {
      return failure();
    }
    form.inputAxes[i] = *axis;
    std::optional<int64_t> steps = kernel::constantOf(extents[*axis]);
    if (!steps) {
      return dependsOnData(node, "the scanned extent");
    }
    if (*steps == 0 || *steps > kMaxSteps || (i > 0 && *steps != form.steps)) {
      return node.fail("unsupported loop",
                       "expected scanned extents from 1 to " +
                           Twine(kMaxSteps) + ", all alike, got " +
                           Twine(*steps));
    }
    form.steps = *steps;
  }
  return success();
}

/// The final states, then the stacked scan outputs.
FailureOr<SmallVector<Value>> unrollScan(Node &node, ScanForm &form,
                                         ArrayRef<Value> inputs,
                                         StringRef prefix) {
  ArrayRef<Value> scannedInputs = inputs.drop_front(form.states);
  SmallVector<Tensor *> states;
  for (Value state : inputs.take_front(form.states)) {
    states.push_back(tensorOf(node, state));
  }
  SmallVector<Steps> scanned(form.outputs);
  for (int64_t step = 0; step < form.steps; ++step) {
    SmallVector<Tensor *> arguments(states);
    for (auto [i, input] : enumerate(scannedInputs)) {
      int64_t index = form.inputBackward[i] ? form.steps - 1 - step : step;
      Tensor *slice =
          tensorOf(node, element(node, input, form.inputAxes[i], index));
      if (!slice) {
        return failure();
      }
      arguments.push_back(slice);
    }
    auto results = importSubgraph(node, *form.body, arguments,
                                  prefix.str() + Twine(step).str() + "/");
    if (!results) {
      return failure();
    }
    states.assign(results->begin(), results->begin() + form.states);
    for (int64_t i = 0; i < form.outputs; ++i) {
      scanned[i].push_back((*results)[form.states + i]);
    }
  }
  SmallVector<Value> values;
  for (Tensor *state : states) {
    values.push_back(node.importer.materialise(*state));
  }
  for (auto [i, steps] : enumerate(scanned)) {
    auto axis = node.axis(form.outputAxes[i], steps[0]->type.getRank() + 1);
    if (failed(axis)) {
      return failure();
    }
    values.push_back(stackSteps(node, steps, *axis, form.outputBackward[i]));
  }
  return values;
}

FailureOr<ScanForm> readScan(Node &node, int64_t inputs,
                             StringRef inputDirections) {
  ScanForm form;
  form.body = node.graph("body");
  form.scans = node.integer("num_scan_inputs", 0);
  form.states = inputs - form.scans;
  if (!form.body || form.scans < 1 || form.states < 0 ||
      form.body->output_size() < form.states) {
    return node.fail("invalid body", "its inputs and outputs do not fit " +
                                         Twine(form.scans) + " scan inputs");
  }
  form.outputs = form.body->output_size() - form.states;
  auto inputAxes = perScan(node, "scan_input_axes", form.scans);
  auto outputAxes = perScan(node, "scan_output_axes", form.outputs);
  auto inputBackward = perScan(node, inputDirections, form.scans);
  auto outputBackward = perScan(node, "scan_output_directions", form.outputs);
  if (failed(inputAxes) || failed(outputAxes) || failed(inputBackward) ||
      failed(outputBackward)) {
    return failure();
  }
  form.inputAxes = *inputAxes;
  form.outputAxes = *outputAxes;
  form.inputBackward = *inputBackward;
  form.outputBackward = *outputBackward;
  return form;
}

LogicalResult scan(Node &node) {
  auto form = readScan(node, node.inputCount(), "scan_input_directions");
  if (failed(form)) {
    return failure();
  }
  SmallVector<Value> inputs = node.allInputs();
  if (failed(
          readSteps(node, *form, ArrayRef(inputs).drop_front(form->states)))) {
    return failure();
  }
  auto results = unrollScan(node, *form, inputs, "");
  if (failed(results)) {
    return failure();
  }
  for (auto [i, value] : enumerate(*results)) {
    if (failed(node.setResult(i, value))) {
      return failure();
    }
  }
  return success();
}

/// Opset 8 has a leading batch axis on everything, scans the second axis, and
/// takes the lengths of the sequences as its first input.
LogicalResult scanWithBatch(Node &node) {
  if (node.has(0)) {
    return node.fail("unsupported input", "sequence_lens of Scan, opset 8");
  }
  if (node.inputCount() < 2 || !node.has(1)) {
    return node.fail("missing input", "expected at least one scan input");
  }
  auto form = readScan(node, int64_t(node.inputCount()) - 1, "directions");
  if (failed(form)) {
    return failure();
  }
  SmallVector<Value> inputs;
  for (unsigned i = 1; i < node.inputCount(); ++i) {
    inputs.push_back(node.input(i));
  }
  if (any_of(inputs,
             [](Value input) { return kernel::extentsOf(input).size() < 1; })) {
    return node.fail("invalid input", "expected a batch axis on all inputs");
  }
  std::optional<int64_t> batch =
      kernel::constantOf(kernel::extentsOf(inputs[0])[0]);
  if (!batch || *batch < 1 || *batch > kMaxSteps) {
    return dependsOnData(node, "the batch size");
  }
  SmallVector<SmallVector<Tensor *>> items(node.proto.output_size());
  for (int64_t item = 0; item < *batch; ++item) {
    SmallVector<Value> parts;
    for (Value input : inputs) {
      parts.push_back(element(node, input, 0, item));
    }
    if (is_contained(parts, Value()) ||
        failed(
            readSteps(node, *form, ArrayRef(parts).drop_front(form->states)))) {
      return failure();
    }
    auto results = unrollScan(node, *form, parts, Twine(item).str() + "/");
    if (failed(results)) {
      return failure();
    }
    for (auto [i, value] : enumerate(*results)) {
      items[i].push_back(tensorOf(node, value));
    }
  }
  for (auto [i, parts] : enumerate(items)) {
    if (failed(node.setResult(i, stackSteps(node, parts, 0, false)))) {
      return failure();
    }
  }
  return success();
}

} // namespace

void addScanAdapters(AdapterTable &table) {
  table.add("Scan", 8, 0, kVariadic, scanWithBatch);
  table.add("Scan", 9, 1, kVariadic, scan);
}

} // namespace tessera::import
