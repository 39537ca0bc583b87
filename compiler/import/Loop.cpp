//===- Loop.cpp - adapter: a loop whose number of steps is bounded --------===//
//
// Loop, like Scan, is unrolled: the steps then fuse like any other nodes, and a
// size that grows from step to step is known at each of them. Where the run
// decides how many there are, as many as the bound allows are computed, and the
// results of those that are not taken are not used.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Adapters.h"
#include "compiler/import/Attention.h"
#include "compiler/import/Importer.h"
#include "compiler/import/LibraryCall.h"
#include "compiler/import/Sequences.h"
#include "compiler/import/Subgraph.h"
#include "compiler/import/Term.h"
#include "dialects/graph/Graph.h"
#include "dialects/kernel/Extents.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {
namespace {

Tensor *integerTensor(Node &node, int64_t value) {
  MLIRContext *context = node.builder.getContext();
  Tensor *tensor = node.importer.newTensor(node.location);
  tensor->known = KnownTensor{
      {}, node.builder.getI64Type(), {integerScalar(value, context)}};
  tensor->knownWasRead = true;
  tensor->type = tensor->known->type();
  return tensor;
}

Tensor *boolTensor(Node &node, bool value) {
  Tensor *tensor = node.importer.newTensor(node.location);
  auto type = RankedTensorType::get({}, node.builder.getI1Type());
  tensor->constant = DenseElementsAttr::get(type, value);
  tensor->type = type;
  return tensor;
}

/// A known truth value; nothing when it depends on data.
std::optional<bool> truthOf(Node &node, Tensor &tensor) {
  const KnownTensor *known = node.importer.known(tensor);
  if (!known || known->elements.size() != 1 || !known->isConstant()) {
    return std::nullopt;
  }
  return known->elements[0].value() != 0;
}

/// How often a Loop runs: at most `most` times, and no more often than `limit`
/// says, a scalar of the run; empty: `most` times.
struct TripCount {
  int64_t most;
  Term limit;
  /// Only the condition ends it, at a step that nobody knows.
  bool isOpen = false;
};

/// A bound on the steps of a loop whose number the run decides: from the user,
/// or what the model declares for a stacked output.
std::optional<int64_t> boundOfTrips(Node &node, size_t carriedCount) {
  std::optional<int64_t> bound = node.importer.boundOf(node.name + ".trips");
  for (int i = carriedCount; !bound && i < node.proto.output_size(); ++i) {
    bound = node.importer.declaredSize(node.proto.output(i), 0);
  }
  return bound;
}

LogicalResult needsBound(Node &node, const Twine &what) {
  return node.fail("unsupported loop",
                   what +
                       " depends on data; bound the number of steps with "
                       "--dim " +
                       node.name + ".trips=0..N");
}

/// Reports when nothing bounds the number of steps.
FailureOr<TripCount> tripCount(Node &node, size_t carriedCount) {
  const KnownTensor *known = node.known(0);
  auto values = known ? known->integers() : std::nullopt;
  bool isConstant = values && values->size() == 1;
  if (isConstant && (*values)[0] <= kMaxSteps) {
    return TripCount{(*values)[0], {}};
  }
  std::optional<int64_t> bound = boundOfTrips(node, carriedCount);
  // `while` comes with the greatest integer for a count, or without one.
  if (isConstant || !node.has(0)) {
    int64_t most = bound.value_or(kMaxSteps + 1);
    return TripCount{
        isConstant ? std::min(most, (*values)[0]) : most, {}, true};
  }
  if (!bound) {
    return needsBound(node, "the trip count");
  }
  Term limit = reshape(inputOf(node, 0), {});
  if (!limit) {
    return failure();
  }
  return TripCount{*bound, limit};
}

/// A Loop that is unrolled. Of steps that only the run knows to be taken, the
/// results are selected.
struct UnrolledLoop {
  Node &node;
  const onnx::GraphProto &body;
  TripCount trips;
  SmallVector<Tensor *> carried; // replaced by the last values
  SmallVector<Steps> scanned;    // for each stacked output
  /// Whether the next step is taken, as far as that is known, and otherwise the
  /// condition and whether all before it held.
  std::optional<bool> goesOn = true;
  Term condition{}, active{};
  int64_t built = 0;
  /// How many steps were taken; empty when all that were built.
  Term count{};

  LogicalResult run();
  LogicalResult runStep(int64_t step);
  /// Makes `active` say whether step `step` is taken; empty: it is.
  void decide(int64_t step);
  void setCondition(Tensor &tensor);
};

void UnrolledLoop::setCondition(Tensor &tensor) {
  goesOn = truthOf(node, tensor);
  condition =
      goesOn ? Term() : reshape({node, node.importer.materialise(tensor)}, {});
}

void UnrolledLoop::decide(int64_t step) {
  if (trips.limit) {
    active = both(active, number(trips.limit, step) < trips.limit);
  }
  if (!goesOn) {
    active = both(active, condition);
  }
  if (active) {
    Term one = cast(active, node.builder.getI64Type());
    Term before =
        count ? count
              : Term(node, node.scalarConstant(one.element(), double(step)));
    count = before + one;
  }
}

LogicalResult UnrolledLoop::runStep(int64_t step) {
  SmallVector<Tensor *> arguments{integerTensor(node, step),
                                  boolTensor(node, true)};
  arguments.append(carried);
  auto results = importSubgraph(node, body, arguments, Twine(step).str() + "/");
  if (!results) {
    return failure();
  }
  setCondition(*results->front());
  for (size_t i = 0; i < carried.size(); ++i) {
    Tensor *next = (*results)[1 + i];
    carried[i] = active ? select(node, active, next, carried[i]) : next;
    if (!carried[i]) {
      return failure();
    }
  }
  for (size_t i = 0; i < scanned.size(); ++i) {
    scanned[i].push_back((*results)[1 + carried.size() + i]);
  }
  return success();
}

LogicalResult UnrolledLoop::run() {
  if (node.has(1)) {
    setCondition(*node.tensorOf(1));
  }
  bool isBounded = trips.limit || boundOfTrips(node, carried.size());
  for (int64_t step = 0; step < trips.most && goesOn.value_or(true); ++step) {
    if (!goesOn && !isBounded && trips.isOpen) {
      return needsBound(node, "the condition");
    }
    if (step == kMaxSteps) {
      return node.fail("unsupported loop",
                       "it runs more than " + Twine(kMaxSteps) + " steps");
    }
    if (node.failed()) {
      return failure();
    }
    decide(step);
    if (failed(runStep(step))) {
      return failure();
    }
    ++built;
  }
  if (trips.isOpen && goesOn.value_or(false) && built == trips.most) {
    return node.fail("unsupported loop",
                     "it runs more than " + Twine(trips.most) + " steps");
  }
  if (count && (trips.limit || trips.isOpen) && goesOn.value_or(true)) {
    decide(built); // One step too many is a status.
  }
  return failure(node.failed());
}

/// The number of steps as a dimension, at most those that were built.
FailureOr<AffineExpr> stepsTaken(UnrolledLoop &loop) {
  Node &node = loop.node;
  LibraryCall call(node, "sizes");
  AffineExpr steps =
      call.dimension(node.name + ".steps", sizeOf(node, loop.built));
  if (!call.input(loop.count).sizesResult({steps}).build()) {
    return failure();
  }
  return steps;
}

/// Sets the results that stack a value of each step.
LogicalResult setStacked(UnrolledLoop &loop) {
  Node &node = loop.node;
  size_t first = loop.carried.size();
  FailureOr<AffineExpr> steps = AffineExpr();
  for (size_t i = 0; i < loop.scanned.size() || (i == 0 && loop.count); ++i) {
    if (loop.count && !*steps) {
      steps = stepsTaken(loop);
      if (failed(steps)) {
        return failure();
      }
    }
    if (i == loop.scanned.size() || !node.wants(first + i)) {
      continue;
    }
    if (loop.built == 0) {
      return node.fail("unsupported loop",
                       "it has no steps, so the shape of output " +
                           Twine(first + i) + " is not known");
    }
    Term all{node, stackSteps(node, loop.scanned[i], 0, false)};
    if (*steps && all) {
      all = slice(all, 0, sizeOf(node, 0), *steps);
    }
    if (failed(node.setResult(first + i, all))) {
      return failure();
    }
  }
  return success();
}

LogicalResult loop(Node &node) {
  const onnx::GraphProto *body = node.graph("body");
  size_t carriedCount = node.inputCount() < 2 ? 0 : node.inputCount() - 2;
  if (!body || body->output_size() < int(1 + carriedCount)) {
    return node.fail("invalid body", "expected a condition and " +
                                         Twine(carriedCount) +
                                         " or more outputs");
  }
  FailureOr<TripCount> trips = tripCount(node, carriedCount);
  if (failed(trips)) {
    return failure();
  }
  UnrolledLoop run{node, *body, *trips, {}, {}};
  for (size_t i = 0; i < carriedCount; ++i) {
    run.carried.push_back(node.tensorOf(2 + i));
  }
  run.scanned.resize(body->output_size() - 1 - carriedCount);
  if (failed(run.run())) {
    return failure();
  }
  for (size_t i = 0; i < carriedCount; ++i) {
    (void)node.setAlias(i, run.carried[i]);
  }
  return setStacked(run);
}

} // namespace

void addLoopAdapters(AdapterTable &table) {
  table.add("Loop", 1, 0, kVariadic, loop);
}

} // namespace tessera::import
