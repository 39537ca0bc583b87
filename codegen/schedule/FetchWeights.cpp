//===- FetchWeights.cpp - weights fetched while others are used -----------===//
//
// A matrix-vector product takes as long as its weights take to come. While a
// launch before it computes, what it will read can be on its way.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/Footprint.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {
#define GEN_PASS_DEF_FETCHWEIGHTS
#include "codegen/schedule/Passes.h.inc"

namespace {
/// The weights of a launch, in bytes of the weights segment, and how many
/// points it computes for each of these.
struct Reader {
  LaunchOp launch;
  Interval weights;
  double pointsPerByte;

  int64_t bytes() const { return weights.end - weights.begin; }
};
} // namespace

/// The launch as a reader of its largest constant in panels; null without one.
static std::optional<Reader> readerOf(LaunchOp launch) {
  std::optional<Units> units =
      launch.getSchedule() ? unitsOf(launch) : std::nullopt;
  std::optional<Reader> found;
  for (int64_t input : units ? launch.getSchedule()->getPacked().asArrayRef()
                             : ArrayRef<int64_t>()) {
    auto weight = launch.getInputs()[input].getDefiningOp<WeightOp>();
    int64_t begin = *weight.getOffset();
    Interval range = {begin, begin + storedBytesOf(weight)};
    if (!found || found->bytes() < range.end - range.begin) {
      double points = units->points / double(range.end - range.begin);
      found = Reader{launch, range, points};
    }
  }
  return found;
}

/// Whether rows pass over one panel after another, which is when panels are
/// fetched ahead.
static bool hasPanelsOutermost(LaunchOp launch) {
  ScheduleAttr schedule = *launch.getSchedule();
  return schedule.getOrder().asArrayRef().front() == schedule.getVectorDim();
}

namespace {
struct FetchWeights : impl::FetchWeightsBase<FetchWeights> {
  using FetchWeightsBase::FetchWeightsBase;

  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    // A byte is a quarter of a number, used once in a matrix-vector product.
    // Below the other bound a launch has no time left for the bytes of others.
    constexpr double kOnce = 0.25, kOften = 6;
    std::optional<Reader> carrier;
    for (Operation *step : stepsOf(func)) {
      auto launch = dyn_cast<LaunchOp>(step);
      auto reader = launch ? readerOf(launch) : std::nullopt;
      if (!reader || reader->bytes() < leastBytes) {
        continue;
      }
      if (reader->pointsPerByte >= kOften && hasPanelsOutermost(launch)) {
        carrier = reader;
      } else if (carrier && reader->pointsPerByte <= kOnce) {
        fetch(*carrier, *reader);
        carrier.reset();
      }
    }
  }

  /// Lets the last of the carrier's weights bring the first of the reader's.
  /// The distance is the same for all, so those before fetch what the carrier
  /// itself or launches in between will read.
  void fetch(const Reader &carrier, const Reader &reader) {
    int64_t between = reader.weights.begin - carrier.weights.end;
    int64_t bytes = std::min<int64_t>(carrier.bytes(), mostBytes);
    if (between < 0) {
      return;
    }
    LaunchOp launch = carrier.launch;
    launch->setAttr(kFetchAheadAttr,
                    Builder(&getContext()).getI64IntegerAttr(between + bytes));
  }
};
} // namespace
} // namespace tessera::schedule
