//===- PredictTime.cpp - the analytic cost of a schedule ------------------===//

#include "codegen/tune/PredictTime.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cmath>

using namespace mlir;
using namespace tessera::kernel;
using namespace tessera::schedule;

namespace tessera::tune {

namespace {
/// Cycles of one lane of a vector access whose elements lie apart.
constexpr double kGatherLane = 1.5;
/// Cycles a tile costs besides its steps: addresses, loop control, the
/// epilogue's start.
constexpr double kTileOverhead = 8, kStepOverhead = 1;
/// Vector loads that start in one cycle.
constexpr double kLoadsPerCycle = 2;
} // namespace

TimeModel::TimeModel(LaunchOp launch, const Target &target,
                     const Machine &machine, const Peaks &peaks,
                     ArrayRef<int64_t> extents)
    : facts(launch), target(target), machine(machine), peaks(peaks) {
  facts.extents.assign(extents.begin(), extents.end());
  // Without the one that ends the body.
  innerInstructions = std::max<int64_t>(1, facts.bodyInstructions - 1);
}

/// How many tiles of a schedule there are along a dimension.
static double tilesOf(const LaunchFacts &facts, ScheduleAttr schedule,
                      unsigned dim) {
  return std::ceil(double(facts.extents[dim]) / schedule.getTile()[dim]);
}

double TimeModel::computeTime(ScheduleAttr schedule) const {
  int64_t v = schedule.getVectorDim();
  double lanes = v < 0 ? 1 : schedule.getLanes();
  double tiles = 1, steps = 1, points = 1, unrolled = 1;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    double size = std::min<double>(
        schedule.getTile()[d],
        llvm::alignTo(facts.extents[d], int64_t(d) == v ? lanes : 1));
    // The last tile costs as much as its own size.
    double count = double(facts.extents[d]) / size;
    if (int64_t(d) == v) {
      count = std::ceil(double(facts.extents[d]) / lanes) * lanes / size;
      size /= lanes;
    }
    if (facts.isReduction(d)) {
      steps *= count;
      unrolled *= size;
    } else {
      tiles *= count;
      points *= size;
    }
  }
  double vectors = points * unrolled;
  double work = vectors * std::max<unsigned>(1, facts.reductions);
  if (facts.stages != 1) {
    work = vectors * innerInstructions * std::max(1u, facts.stages);
  }
  double loads = 0;
  for (const AccessFacts &input : facts.inputs) {
    if (!input.inner) {
      continue;
    }
    double count = 1;
    for (unsigned d = 0; d < facts.numDims(); ++d) {
      if (input.uses(d)) {
        double size = std::min(schedule.getTile()[d], facts.extents[d]);
        count *= int64_t(d) == v ? std::max(1.0, size / lanes) : size;
      }
    }
    bool moves = v >= 0 && input.uses(v);
    bool inPanels = input.packable && !schedule.getPacked().empty();
    bool isRegular = !moves || input.strides[v] == 1 || inPanels;
    loads += count * (isRegular ? 1 : lanes * kGatherLane * kLoadsPerCycle);
  }
  for (const AccessFacts &output : facts.outputs) {
    bool scatters = v >= 0 && output.uses(v) && output.strides[v] != 1;
    loads +=
        (facts.stages == 1 ? 0.0 : vectors) +
        (scatters ? points * lanes * kGatherLane / std::max(1.0, steps) : 0);
  }
  double chain = facts.stages > 0 ? target.fmaLatency : 1;
  double step = std::max({work / target.fmaPerCycle, loads / kLoadsPerCycle,
                          chain * (unrolled > 1 ? unrolled : 1)}) +
                kStepOverhead * 0.5;
  double cycles = tiles * (kTileOverhead + steps * step);
  double cyclesPerNanosecond =
      peaks.operations / (2.0 * target.fmaPerCycle * target.f32Lanes());
  return cycles / std::max(0.1, cyclesPerNanosecond);
}

double TimeModel::memoryTime(ScheduleAttr schedule) const {
  SmallVector<const AccessFacts *> accesses;
  for (const AccessFacts &access : facts.inputs) {
    accesses.push_back(&access);
  }
  for (const AccessFacts &access : facts.outputs) {
    accesses.push_back(&access);
  }
  ArrayRef<int64_t> order = schedule.getOrder().asArrayRef();
  // Bytes an access touches while the loops from `level` on run.
  auto footprint = [&](const AccessFacts &access, size_t level) {
    double elements = 1;
    for (size_t i = 0; i < order.size(); ++i) {
      int64_t d = order[i];
      if (access.uses(d)) {
        elements *= i >= level
                        ? facts.extents[d]
                        : std::min(schedule.getTile()[d], facts.extents[d]);
      }
    }
    return elements * access.elementBytes;
  };
  auto trafficBeyond = [&](double cacheBytes) {
    size_t level = 0;
    for (; level < order.size(); ++level) {
      double together = 0;
      for (const AccessFacts *access : accesses) {
        together += footprint(*access, level);
      }
      if (together <= cacheBytes) {
        break;
      }
    }
    double traffic = 0;
    for (const AccessFacts *access : accesses) {
      double times = 1;
      bool isReused = true;
      for (size_t i = level; i-- > 0;) {
        isReused &= !access->uses(order[i]);
        times *= isReused ? 1 : tilesOf(facts, schedule, order[i]);
      }
      traffic += footprint(*access, level) * times;
    }
    return traffic;
  };
  constexpr double kUsable = 0.7;
  double first = trafficBeyond(kUsable * machine.l1Bytes) / peaks.read.l2;
  double second = trafficBeyond(kUsable * machine.l2Bytes) / peaks.read.l3;
  double third = trafficBeyond(kUsable * machine.l3Bytes) / peaks.read.memory;
  return std::max({first, second, third}) + 0.1 * (first + second + third);
}

double TimeModel::timeOf(ScheduleAttr schedule) const {
  double compute = computeTime(schedule), memory = memoryTime(schedule);
  // What does not bind still costs a little; it also decides between equals.
  return std::max(compute, memory) + 0.15 * std::min(compute, memory);
}

} // namespace tessera::tune
