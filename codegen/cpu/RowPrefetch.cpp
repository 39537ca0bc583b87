//===- RowPrefetch.cpp - fetches rows before they are needed --------------===//
//
// Where few panels share the rows of a tile, these come from afar as often as
// panels do: the next tile's rows are fetched while this one computes. So are
// the next rows of a row kernel, in its last pass over these.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/PointEvaluator.h"
#include "codegen/schedule/Target.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

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

/// How many tiles in turn read the same rows, those of the loops inside; from
/// `most` on that says only that there are many.
static int64_t passesOver(const Nest &nest, const TileRows &block,
                          int64_t most) {
  int64_t passes = 1;
  for (unsigned d : nest.loopsWithin(block.dim)) {
    passes *= std::min(nest.tilesAlong(d).value_or(most), most);
    passes = std::min(passes, most);
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
  if (nest.prefetchBytes == 0 || !block ||
      block->rows * bytes > schedule::kLineBytes ||
      passesOver(nest, *block, kMostPasses + 1) > kMostPasses ||
      point.offset[block->dim] != 0) {
    return;
  }
  // While the tile takes one element of each of its rows, so many elements of
  // the next block are fetched, in the order of memory.
  int64_t size = block->rows * block->length;
  Value step = mulIndex(b, nest.loc, point.base[block->sum],
                        constantIndex(b, nest.loc, block->rows - 1));
  fetch(address.pointer, element,
        addIndex(b, nest.loc, step, constantIndex(b, nest.loc, size)),
        size * bytes > kNearBytes ? Cache::second : Cache::first);
}

void PointEvaluator::prefetchNextTile(unsigned input, unsigned dim,
                                      const Point &point) {
  const LinearForm &form = nest.inputForms[input];
  auto stride = form.stride(dim);
  bool isSimple = isa<UnitAttr>(nest.launch.getGuards()[input]) &&
                  nest.launch.getFeedback()[input] < 0 &&
                  !nest.isPacked(input) && form.stride(nest.vectorDim) == 1;
  if (nest.prefetchBytes == 0 || !isSimple || !stride || *stride == 0) {
    return;
  }
  Type element = cast<BufferType>(nest.launch.getInputs()[input].getType())
                     .getElementType();
  int64_t offset = point.offset[nest.vectorDim] * storageBytesOf(element);
  if (offset % schedule::kLineBytes != 0) {
    return;
  }
  fetch(addressOf(nest.inputs[input], element, form, point).pointer, element,
        constantIndex(b, nest.loc, *stride * nest.tile[dim]), Cache::first);
}

} // namespace tessera::cpu
