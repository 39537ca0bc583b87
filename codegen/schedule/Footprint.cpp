//===- Footprint.cpp - the memory that launches touch ---------------------===//

#include "codegen/schedule/Footprint.h"
#include "codegen/schedule/Levels.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

std::optional<Units> unitsOf(LaunchOp launch) {
  ScheduleAttr schedule = *launch.getSchedule();
  Units units;
  SmallVector<int64_t> extents;
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto extent = constantOf(launch.getExtents().getResult(d));
    if (!extent || *extent < 1 ||
        launch.getIterator(d) == IteratorKind::sequential) {
      return std::nullopt;
    }
    extents.push_back(*extent);
    units.points *= double(*extent);
  }
  SmallVector<Level> levels = levelsOf(launch, schedule);
  for (const Level &level : ArrayRef(levels).take_front(schedule.getTasks())) {
    int64_t steps = llvm::divideCeil(extents[level.dim], level.size);
    if (units.dim >= 0) {
      units.tasksOfUnit *= steps;
    } else if (steps > 1) {
      units.dim = level.dim;
      units.size = level.size;
      units.count = steps;
    }
  }
  return units;
}

//===----------------------------------------------------------------------===//
// What one operand touches
//===----------------------------------------------------------------------===//

/// Where the buffer starts in the workspace; 0 for other buffers and where that
/// depends on sizes.
static int64_t startOf(Value buffer) {
  auto arena = buffer.getDefiningOp<ArenaOp>();
  return arena ? constantOf(arena.getOffset().getResult(0)).value_or(0) : 0;
}

static Footprint footprintOf(LaunchOp launch, const Units &units, Value buffer,
                             AffineMap map, int64_t offset) {
  Footprint found;
  found.buffer = buffer;
  found.elementBytes =
      storageBytesOf(cast<BufferType>(buffer.getType()).getElementType());
  LinearForm form = linearFormOf(map.getResult(0), launch.getNumDims());
  auto rest = constantOf(simplify(form.rest));
  if (!form.isLinear() || !rest) {
    return found;
  }
  int64_t bytes = found.elementBytes;
  found.base = startOf(buffer) + (*rest + offset) * bytes;
  Interval unit = {found.base, found.base + bytes};
  for (unsigned d = 0; d < launch.getNumDims(); ++d) {
    auto stride = form.stride(d);
    if (stride == 0) {
      continue;
    }
    auto extent = constantOf(launch.getExtents().getResult(d));
    if (!stride || !extent) {
      return found;
    }
    int64_t count = *extent;
    int64_t distance = *stride * bytes;
    bool isUnits = int64_t(d) == units.dim;
    found.perUnit += isUnits ? distance * units.size : 0;
    int64_t reach = distance * ((isUnits ? units.size : count) - 1);
    (reach < 0 ? unit.begin : unit.end) += reach;
    if (distance < 0) {
      found.base += distance * (count - 1);
    }
    if (count > 1) {
      found.loops.push_back({std::abs(distance), count});
    }
  }
  found.unit = unit;
  found.isKnown = true;
  return found;
}

Footprint readFootprintOf(LaunchOp launch, unsigned input) {
  Value buffer = launch.getInputs()[input];
  if (launch.isWholeInput(input)) {
    Footprint whole;
    whole.buffer = buffer;
    return whole;
  }
  return footprintOf(launch, {}, buffer, launch.getInputMap(input), 0);
}

SmallVector<Footprint> footprintsOf(LaunchOp launch, const Units &units) {
  SmallVector<Footprint> all;
  unsigned inputs = launch.getInputs().size();
  for (auto [i, buffer] : llvm::enumerate(launch.getBuffers())) {
    bool isStored = i >= inputs;
    bool isWhole = !isStored && launch.isWholeInput(i);
    int64_t offset = launch.getOffsets() ? (*launch.getOffsets())[i] : 0;
    AffineMap map =
        isStored ? launch.getOutputMap(i - inputs) : launch.getInputMap(i);
    Footprint found;
    found.buffer = buffer;
    if (!isWhole) {
      found = footprintOf(launch, units, buffer, map, offset);
    }
    found.isStored = isStored;
    all.push_back(std::move(found));
  }
  return all;
}

Interval Footprint::hull() const {
  Interval all = {base, base + elementBytes};
  for (const Steps &loop : loops) {
    all.end += loop.distance * (loop.count - 1);
  }
  return all;
}

int64_t Footprint::bytes() const {
  Interval all = hull();
  int64_t touched = elementBytes;
  for (const Steps &loop : loops) {
    touched *= loop.count;
  }
  return std::min(touched, all.end - all.begin);
}

Interval Footprint::first(int64_t units) const {
  Interval all = hull();
  if (perUnit > 0) {
    all.end = std::min(all.end, unit.end + (units - 1) * perUnit);
  }
  return units > 0 ? all : Interval{0, 0};
}

Interval Footprint::rest(int64_t units) const {
  Interval all = hull();
  if (perUnit > 0) {
    all.begin = std::min(all.end, unit.begin + units * perUnit);
  }
  return all;
}

//===----------------------------------------------------------------------===//
// Pairs
//===----------------------------------------------------------------------===//

/// The bytes of a range of the arena with a known place.
static std::optional<Interval> placeOf(Value buffer) {
  auto arena = buffer.getDefiningOp<ArenaOp>();
  if (!arena) {
    return std::nullopt;
  }
  auto offset = constantOf(arena.getOffset().getResult(0)),
       bytes = constantOf(arena.getBytes().getResult(0));
  return offset && bytes ? std::optional(Interval{*offset, *offset + *bytes})
                         : std::nullopt;
}

/// Whether no two buffers of these kinds share memory: the caller's inputs and
/// outputs overlap neither each other where one is stored to nor the workspace,
/// which the runtime checks, and weights are never stored to.
static bool areApart(Value a, Value b) {
  Operation *first = a.getDefiningOp(), *second = b.getDefiningOp();
  if (first->getName() != second->getName()) {
    return true;
  }
  if (!isa<ArenaOp>(first)) {
    return first->getAttrDictionary() != second->getAttrDictionary();
  }
  auto firstPlace = placeOf(a), secondPlace = placeOf(b);
  return firstPlace && secondPlace && !firstPlace->meets(*secondPlace);
}

bool countAlike(const Footprint &a, const Footprint &b) {
  return a.isKnown && b.isKnown &&
         (a.buffer == b.buffer || (placeOf(a.buffer) && placeOf(b.buffer)));
}

/// From the first byte to the last, in a row of `period` bytes.
static Interval withinRow(const Footprint &footprint, int64_t period) {
  Interval row = {footprint.base, footprint.base + footprint.elementBytes};
  for (const Footprint::Steps &loop : footprint.loops) {
    if (loop.distance % period != 0) {
      row.end += loop.distance * (loop.count - 1);
    }
  }
  return row;
}

/// Whether both touch different columns of rows of `period` bytes.
static bool haveOwnColumns(const Footprint &a, const Footprint &b,
                           int64_t period) {
  Interval first = withinRow(a, period), second = withinRow(b, period);
  int64_t behind = llvm::mod(second.begin - first.begin, period);
  return first.end - first.begin <= behind &&
         behind + (second.end - second.begin) <= period;
}

/// One part for each step of the outermost loop; none when these are many.
static SmallVector<Footprint> partsOf(const Footprint &whole) {
  constexpr int64_t kMostParts = 4;
  const auto *outermost =
      llvm::max_element(whole.loops, [](const auto &x, const auto &y) {
        return x.distance < y.distance;
      });
  SmallVector<Footprint> parts;
  if (outermost == whole.loops.end() || outermost->count > kMostParts) {
    return parts;
  }
  for (int64_t i = 0; i < outermost->count; ++i) {
    Footprint &part = parts.emplace_back(whole);
    part.base += i * outermost->distance;
    part.loops.erase(part.loops.begin() + (outermost - whole.loops.begin()));
  }
  return parts;
}

static bool holdsNoneOf(const Footprint &a, const Footprint &b) {
  if (!a.hull().meets(b.hull())) {
    return true;
  }
  for (const Footprint *either : {&a, &b}) {
    for (const Footprint::Steps &loop : either->loops) {
      if (haveOwnColumns(a, b, loop.distance)) {
        return true;
      }
    }
  }
  return false;
}

bool areApart(const Footprint &a, const Footprint &b) {
  if (areApart(a.buffer, b.buffer)) {
    return true;
  }
  if (!countAlike(a, b)) {
    return false;
  }
  if (holdsNoneOf(a, b)) {
    return true;
  }
  // A border has a part before the rows of the tensor and one behind.
  auto partsAreApart = [](const Footprint &whole, const Footprint &other) {
    SmallVector<Footprint> parts = partsOf(whole);
    return !parts.empty() && llvm::all_of(parts, [&](const Footprint &part) {
      return holdsNoneOf(part, other);
    });
  };
  return partsAreApart(a, b) || partsAreApart(b, a);
}

bool areAligned(const Footprint &a, int64_t aUnits, const Footprint &b,
                int64_t bUnits) {
  if (!countAlike(a, b)) {
    return false;
  }
  int64_t step = a.perUnit * aUnits;
  if (step <= 0 || b.perUnit * bUnits != step) {
    return false;
  }
  int64_t aEnd = a.unit.end + (aUnits - 1) * a.perUnit,
          bEnd = b.unit.end + (bUnits - 1) * b.perUnit;
  return aEnd - b.unit.begin <= step && bEnd - a.unit.begin <= step;
}

} // namespace tessera::schedule
