//===- PanelPrefetch.cpp - fetches panels and rows before they are needed -===//
//
// Three ways that add up. Within a panel, what comes some kilobytes later is
// fetched into the nearest cache. While the rows of a launch pass over one
// panel, each fetches its part of the next one, so that memory delivers all the
// time and not only during the first pass. And where few panels share the rows
// of a tile, the next tile's rows are fetched.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

constexpr int64_t kLineBytes = 64;

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
  if (nest.prefetchBytes == 0 || inRow % kLineBytes != 0) {
    return;
  }
  Value ahead =
      offsetPointer(address.pointer, element,
                    constantIndex(b, nest.loc, nest.prefetchBytes / bytes));
  LLVM::Prefetch::create(b, nest.loc, ahead, /*rw=*/0, /*hint=*/3, /*cache=*/1);
}

/// How many tiles of rows pass over one panel, and which of them a tile is:
/// those of the parallel loops inside the one over panels. No index: unknown,
/// or the panels are not the outer loop.
static std::pair<int64_t, Value> passOf(Nest &nest, OpBuilder &b,
                                        const Point &point) {
  int64_t passes = 1;
  Value index;
  bool isInside = false;
  for (int64_t d : nest.launch.getSchedule()->getOrder().asArrayRef()) {
    if (d == nest.vectorDim) {
      isInside = true;
    } else if (isInside && !nest.isReduction(d)) {
      auto extent = nest.staticExtent(d);
      if (!extent) {
        return {0, {}};
      }
      int64_t tiles = llvm::divideCeil(*extent, nest.tile[d]);
      Value own = arith::DivUIOp::create(
          b, nest.loc, point.base[d], constantIndex(b, nest.loc, nest.tile[d]));
      index = index ? addIndex(b, nest.loc,
                               mulIndex(b, nest.loc, index,
                                        constantIndex(b, nest.loc, tiles)),
                               own)
                    : own;
      passes *= tiles;
    }
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
  if (row.panel * parts < kLeastBytes) {
    return;
  }
  // This part of the panel behind the tile's.
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
  int64_t first = row.panel * parts + row.displacement;
  for (int64_t line = 0; line < rowBytes / parts; line += kLineBytes) {
    Value at =
        offsetPointer(start, byte, constantIndex(b, nest.loc, first + line));
    LLVM::Prefetch::create(b, nest.loc, at, /*rw=*/0, /*hint=*/2, /*cache=*/1);
  }
}

namespace {
/// The rows of a tile, one behind the other without gaps.
struct TileRows {
  unsigned dim, sum;
  int64_t rows, length;
};
} // namespace

/// What a tile reads of an input, element by element and for all lanes alike,
/// when that is a block of whole rows.
static std::optional<TileRows> tileRowsOf(const Nest &nest, unsigned input) {
  const LinearForm &form = nest.inputForms[input];
  std::optional<TileRows> found;
  std::optional<unsigned> sum;
  for (unsigned d = 0; d < nest.numDims(); ++d) {
    if (!form.uses(d)) {
      continue;
    }
    if (nest.isReduction(d)) {
      if (sum || form.stride(d) != 1) {
        return std::nullopt;
      }
      sum = d;
    } else if (nest.tile[d] > 1 || d == unsigned(nest.vectorDim)) {
      if (found || d == unsigned(nest.vectorDim)) {
        return std::nullopt;
      }
      found = TileRows{d, 0, nest.tile[d], 0};
    }
  }
  auto length = sum ? nest.staticExtent(*sum) : std::nullopt;
  if (!found || !length || nest.tile[*sum] != 1 ||
      length != form.stride(found->dim)) {
    return std::nullopt;
  }
  found->sum = *sum;
  found->length = *length;
  return found;
}

/// How many tiles in turn read the same rows: those of the loops inside.
static int64_t passesOver(Nest &nest, const TileRows &block) {
  constexpr int64_t kUnknown = 1 << 10;
  int64_t passes = 1;
  bool isInside = false;
  for (int64_t d : nest.launch.getSchedule()->getOrder().asArrayRef()) {
    if (isInside && !nest.isReduction(d)) {
      auto extent = nest.staticExtent(d);
      passes *= extent ? llvm::divideCeil(*extent, nest.tile[d]) : kUnknown;
    }
    isInside |= d == block.dim;
  }
  return passes;
}

void PointEvaluator::prefetchNextRows(const Address &address, unsigned input,
                                      Type element, const Point &point) {
  // Rows that many tiles read are in cache after the first. A block that would
  // take more than a third of the first cache goes to the second.
  constexpr int64_t kMostPasses = 8, kNearBytes = 16 << 10;
  auto block = tileRowsOf(nest, input);
  int64_t bytes = storageBytesOf(element);
  if (nest.prefetchBytes == 0 || !block || block->rows * bytes > kLineBytes ||
      passesOver(nest, *block) > kMostPasses || point.offset[block->dim] != 0) {
    return;
  }
  // While the tile takes one element of each of its rows, so many elements of
  // the next block are fetched, in the order of memory.
  int64_t size = block->rows * block->length;
  Value step = mulIndex(b, nest.loc, point.base[block->sum],
                        constantIndex(b, nest.loc, block->rows - 1));
  Value ahead = offsetPointer(
      address.pointer, element,
      addIndex(b, nest.loc, step, constantIndex(b, nest.loc, size)));
  LLVM::Prefetch::create(b, nest.loc, ahead, /*rw=*/0,
                         /*hint=*/size * bytes > kNearBytes ? 2 : 3,
                         /*cache=*/1);
}

} // namespace tessera::cpu
