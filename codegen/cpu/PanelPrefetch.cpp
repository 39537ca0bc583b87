//===- PanelPrefetch.cpp - fetches panels before they are needed ----------===//
//
// Three ways that add up. Within a panel, what comes some kilobytes later is
// fetched into the nearest cache. While the rows of a launch pass over one
// panel, each fetches its part of the next one, so that memory delivers all the
// time and not only during the first pass; and, where tessera-fetch-weights
// says so, its part of what launches behind this one read.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/Target.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// Elements of a packed input that each lane of a row has.
static int64_t elementsInLane(const Nest &nest, unsigned input) {
  return nest.dot && nest.dot->right == input ? kGroup : 1;
}

void PointEvaluator::prefetchPanel(const Address &address, unsigned input,
                                   Type element, const Point &point) {
  // Panels follow each other, so this also starts on the next one.
  int64_t bytes = storageBytesOf(element);
  int64_t inRow =
      point.offset[nest.vectorDim] * bytes * elementsInLane(nest, input);
  if (nest.prefetchBytes == 0 || inRow % schedule::kLineBytes != 0) {
    return;
  }
  fetch(address.pointer, element,
        constantIndex(b, nest.loc, nest.prefetchBytes / bytes), Cache::first);
}

/// How many tiles of rows pass over one panel, and which of them a tile is:
/// those of the parallel loops inside the one over panels. No index: unknown,
/// or the panels are not the outer loop.
static std::pair<int64_t, Value> passOf(Nest &nest, OpBuilder &b,
                                        const Point &point) {
  int64_t passes = 1;
  Value index;
  for (unsigned d : nest.loopsWithin(nest.vectorDim)) {
    auto tiles = nest.tilesAlong(d);
    if (!tiles) {
      return {0, {}};
    }
    Value own = arith::DivUIOp::create(
        b, nest.loc, point.base[d], constantIndex(b, nest.loc, nest.tile[d]));
    index = index ? addIndex(b, nest.loc,
                             mulIndex(b, nest.loc, index,
                                      constantIndex(b, nest.loc, *tiles)),
                             own)
                  : own;
    passes *= *tiles;
  }
  return {passes, index};
}

void PointEvaluator::prefetchNextPanel(unsigned input, Type element,
                                       const Point &point) {
  // Smaller panels are in cache soon; more parts than this gain nothing.
  constexpr int64_t kLeastBytes = 32 << 10, kMostParts = 32;
  if (nest.prefetchBytes == 0 || point.offset[nest.vectorDim] != 0) {
    return;
  }
  ScheduleAttr schedule = *nest.launch.getSchedule();
  int64_t group = elementsInLane(nest, input);
  int64_t rowBytes = schedule.panelWidth() * storageBytesOf(element) * group;
  auto [passes, pass] = passOf(nest, b, point);
  int64_t parts =
      std::min<int64_t>(llvm::bit_floor<uint64_t>(passes), kMostParts);
  if (!pass || parts < 2 || rowBytes % (parts * group) != 0) {
    return;
  }
  DimSet used = nest.dimsOf(nest.launch.getBody().getArgument(input));
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    if (used >> d & 1 && !nest.isReduction(d) && d != nest.vectorDim) {
      return;
    }
  }
  PanelRow row = rowInPanel(input, point, rowBytes / group / parts);
  auto ahead =
      nest.launch->getAttrOfType<IntegerAttr>(schedule::kFetchAheadAttr);
  bool isLarge = row.panel * parts >= kLeastBytes;
  if (!isLarge && !ahead) {
    return;
  }
  // This part of the panel that the tile is in.
  Value panel =
      arith::DivUIOp::create(b, nest.loc, point.base[nest.vectorDim],
                             constantIndex(b, nest.loc, schedule.panelWidth()));
  Value place = addIndex(
      b, nest.loc,
      mulIndex(b, nest.loc, panel,
               constantIndex(b, nest.loc, row.panel * parts)),
      mulIndex(b, nest.loc, pass, constantIndex(b, nest.loc, row.panel)));
  Type byte = b.getI8Type();
  Value start = offsetPointer(nest.inputs[input], byte, place);
  start = offsetPointer(start, byte, row.inner);
  auto fetchPart = [&](int64_t distance) {
    for (int64_t line = 0; line < rowBytes / parts;
         line += schedule::kLineBytes) {
      fetch(start, byte,
            constantIndex(b, nest.loc, distance + row.displacement + line),
            Cache::second);
    }
  };
  if (isLarge) {
    fetchPart(row.panel * parts);
  }
  if (ahead) {
    fetchPart(ahead.getInt());
  }
}

} // namespace tessera::cpu
