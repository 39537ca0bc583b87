//===- ArenaRanges.cpp - lifetimes and offsets of arena ranges ------------===//
//
// Greedy packing in a few orders, keeping the best; then the ranges that reach
// the top are placed earlier, as long as that lowers the top.
//
//===----------------------------------------------------------------------===//

#include "passes/plan/ArenaRanges.h"
#include "dialects/kernel/DotProduct.h"
#include "passes/plan/Passes.h"
#include <random>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

SmallVector<ArenaRange> rangesOf(func::FuncOp func, bool oneByOne) {
  SmallVector<ArenaRange> ranges;
  llvm::DenseMap<Operation *, unsigned> indices;
  int64_t position = -1;
  for (Operation &step : func.getBody().front()) {
    if (!isStep(&step)) {
      continue;
    }
    position += oneByOne || !step.hasAttr(kSameTimeAttr) ? 1 : 0;
    // The buffers of a loop are those of its launches.
    step.walk([&](Operation *op) {
      for (Value buffer : op->getOperands()) {
        auto arena = buffer.getDefiningOp<ArenaOp>();
        if (!arena) {
          continue;
        }
        auto [found, isNew] = indices.try_emplace(arena, ranges.size());
        if (isNew) {
          ranges.push_back({arena, position, position, {}, {}});
        }
        ranges[found->second].last = position;
      }
    });
  }
  return ranges;
}

void setSizes(MutableArrayRef<ArenaRange> ranges, SizeBasis &basis) {
  for (ArenaRange &range : ranges) {
    auto type = cast<BufferType>(range.op.getBuffer().getType());
    bool isBytes = storageBytesOf(type.getElementType()) == 1;
    range.size = basis.sizeOf(range.op.getBytes().getResult(0));
    range.size[0] += isBytes ? kReadableBehind : 0;
  }
  for (ArenaRange &range : ranges) {
    range.size.resize(basis.zero().size(), 0);
  }
}

SmallVector<Size> peaksOf(ArrayRef<ArenaRange> ranges, const SizeBasis &basis) {
  SmallVector<Size> peaks;
  for (const ArenaRange &start : ranges) {
    // The most is in use where some range begins.
    Size live = basis.zero();
    for (const ArenaRange &range : ranges) {
      if (range.first <= start.first && start.first <= range.last) {
        live = sumOf(live, range.size);
      }
    }
    addPeak(peaks, std::move(live));
  }
  return peaks;
}

namespace {
/// One attempt: offsets in the order given.
class Packer {
public:
  Packer(MutableArrayRef<ArenaRange> ranges, const SizeBasis &basis)
      : ranges(ranges), basis(basis) {
    for (const ArenaRange &range : ranges) {
      nominalSizes.push_back(basis.nominal(range.size));
    }
    SmallVector<Size> peaks = peaksOf(ranges, basis);
    for (unsigned sample = 0; sample < kSamples; ++sample) {
      leastTops[sample] = std::max<int64_t>(1, topOf(peaks, sample));
    }
  }

  struct Result {
    SmallVector<Size> offsets;
    SmallVector<Size> ends;
    /// The largest ratio of the top to the least possible one, and the sample
    /// where it occurs.
    double excess = 0;
    unsigned worst = 0;
  };

  Result pack(ArrayRef<unsigned> order, bool bestFit) const;
  Result improve(SmallVector<unsigned> order, bool bestFit) const;
  void exchange(SmallVector<unsigned> order, Result &best) const;
  SmallVector<unsigned>
  orderBy(llvm::function_ref<int64_t(unsigned)> key) const;
  int64_t nominalSize(unsigned i) const { return nominalSizes[i]; }

private:
  Size offsetFor(unsigned index, ArrayRef<unsigned> placed,
                 const Result &result, bool bestFit) const;

  int64_t topOf(ArrayRef<Size> ends, unsigned sample) const {
    int64_t top = 0;
    for (const Size &end : ends) {
      top = std::max(top, basis.nominal(end, sample));
    }
    return top;
  }

  MutableArrayRef<ArenaRange> ranges;
  const SizeBasis &basis;
  SmallVector<int64_t> nominalSizes;
  std::array<int64_t, kSamples> leastTops;
};
} // namespace

Size Packer::offsetFor(unsigned index, ArrayRef<unsigned> placed,
                       const Result &result, bool bestFit) const {
  const Size &size = ranges[index].size;
  SmallVector<unsigned> others;
  SmallVector<Size> ends;
  Size above = basis.zero();
  for (unsigned other : placed) {
    if (ranges[index].meets(ranges[other])) {
      others.push_back(other);
      ends.push_back(sumOf(result.offsets[other], ranges[other].size));
      above = boundOf(above, ends.back());
    }
  }
  SmallVector<Size> candidates{basis.zero()};
  llvm::append_range(candidates, ends);
  candidates.push_back(above);
  const Size *best = nullptr;
  int64_t bestKey = 0;
  for (const Size &candidate : candidates) {
    Size end = sumOf(candidate, size);
    // Room up to the next range above; what is above all of them is the last
    // resort.
    int64_t start = basis.nominal(candidate), room = -1;
    bool fits = llvm::all_of(llvm::zip(others, ends), [&](auto pair) {
      const auto &[other, otherEnd] = pair;
      const Size &offset = result.offsets[other];
      if (neverMore(end, offset)) {
        int64_t gap = basis.nominal(offset) - start;
        room = room < 0 ? gap : std::min(room, gap);
        return true;
      }
      return neverMore(otherEnd, candidate);
    });
    if (!fits) {
      continue;
    }
    bool open = room < 0;
    int64_t key = !bestFit || open ? start : room - nominalSizes[index];
    key += bestFit && open ? int64_t(1) << 60 : 0;
    if (!best || key < bestKey) {
      best = &candidate;
      bestKey = key;
    }
  }
  return *best;
}

Packer::Result Packer::pack(ArrayRef<unsigned> order, bool bestFit) const {
  Result result;
  result.offsets.resize(ranges.size());
  for (unsigned i = 0; i < order.size(); ++i) {
    unsigned index = order[i];
    result.offsets[index] =
        offsetFor(index, order.take_front(i), result, bestFit);
    addPeak(result.ends, sumOf(result.offsets[index], ranges[index].size));
  }
  for (unsigned sample = 0; sample < kSamples; ++sample) {
    double excess = double(topOf(result.ends, sample)) / leastTops[sample];
    if (excess > result.excess) {
      result.excess = excess;
      result.worst = sample;
    }
  }
  return result;
}

Packer::Result Packer::improve(SmallVector<unsigned> order,
                               bool bestFit) const {
  constexpr unsigned attempts = 24;
  Result best = pack(order, bestFit);
  for (unsigned attempt = 0; attempt < attempts; ++attempt) {
    // The first range that reaches the top moves to the front.
    int64_t top = topOf(best.ends, best.worst);
    auto *reaches = llvm::find_if(order, [&](unsigned index) {
      return basis.nominal(sumOf(best.offsets[index], ranges[index].size),
                           best.worst) == top;
    });
    if (reaches == order.end() || reaches == order.begin()) {
      break;
    }
    SmallVector<unsigned> next = order;
    auto *from = next.begin() + (reaches - order.begin());
    std::rotate(next.begin(), from, from + 1);
    Result result = pack(next, bestFit);
    if (result.excess > best.excess) {
      break;
    }
    best = std::move(result);
    order = std::move(next);
  }
  return best;
}

/// Exchanges two ranges of the order, as long as that does not raise the top.
void Packer::exchange(SmallVector<unsigned> order, Result &best) const {
  // Enough for what is left to be found in models of a hundred ranges, and a
  // fraction of a second in any. The same exchanges everywhere: the standard
  // fixes this generator.
  constexpr uint64_t kMostAttempts = 400, kMostPairs = 4000000;
  constexpr double kLeastExcess = 1.01;
  uint64_t pairs = std::max<uint64_t>(1, order.size() * order.size());
  std::minstd_rand random;
  for (uint64_t left = std::min(kMostAttempts, kMostPairs / pairs);
       left > 0 && best.excess > kLeastExcess; --left) {
    SmallVector<unsigned> next = order;
    std::swap(next[random() % next.size()], next[random() % next.size()]);
    Result result = improve(next, /*bestFit=*/left % 2 == 0);
    if (result.excess <= best.excess) {
      best = std::move(result);
      order = std::move(next);
    }
  }
}

SmallVector<unsigned>
Packer::orderBy(llvm::function_ref<int64_t(unsigned)> key) const {
  SmallVector<unsigned> order =
      llvm::to_vector(llvm::seq<unsigned>(0, ranges.size()));
  llvm::stable_sort(order,
                    [&](unsigned a, unsigned b) { return key(a) > key(b); });
  return order;
}

SmallVector<Size> packRanges(MutableArrayRef<ArenaRange> ranges,
                             const SizeBasis &basis) {
  Packer packer(ranges, basis);
  SmallVector<int64_t> pressure;
  for (const ArenaRange &range : ranges) {
    // The most bytes in use while this range is.
    int64_t most = 0;
    for (int64_t at = range.first; at <= range.last; ++at) {
      int64_t live = 0;
      for (auto [i, other] : llvm::enumerate(ranges)) {
        live +=
            other.first <= at && at <= other.last ? packer.nominalSize(i) : 0;
      }
      most = std::max(most, live);
    }
    pressure.push_back(most);
  }
  SmallVector<SmallVector<unsigned>> orders;
  orders.push_back(
      packer.orderBy([&](unsigned i) { return packer.nominalSize(i); }));
  orders.push_back(packer.orderBy([&](unsigned i) {
    return packer.nominalSize(i) * (ranges[i].last - ranges[i].first + 1);
  }));
  orders.push_back(packer.orderBy([&](unsigned i) { return pressure[i]; }));
  orders.push_back(packer.orderBy(
      [&](unsigned i) { return ranges[i].last - ranges[i].first; }));
  orders.push_back(packer.orderBy([&](unsigned i) { return ranges[i].first; }));
  orders.push_back(
      packer.orderBy([&](unsigned i) { return -ranges[i].first; }));
  std::optional<Packer::Result> best;
  ArrayRef<unsigned> bestOrder;
  for (const SmallVector<unsigned> &order : orders) {
    for (bool bestFit : {false, true}) {
      Packer::Result result = packer.improve(order, bestFit);
      if (!best || result.excess < best->excess) {
        best = std::move(result);
        bestOrder = order;
      }
    }
  }
  packer.exchange(llvm::to_vector(bestOrder), *best);
  for (auto [range, offset] : llvm::zip_equal(ranges, best->offsets)) {
    range.offset = offset;
  }
  return best->ends;
}

} // namespace tessera::plan
