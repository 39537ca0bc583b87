//===- ShareBorders.cpp - fill equal borders once -------------------------===//
//
// The blocks of a network repeat shapes. Where a padded tensor takes the memory
// of an earlier one of its shape, the border is there already: nothing else is
// ever stored in it.
//
//===----------------------------------------------------------------------===//

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"
#include "passes/plan/ArenaRanges.h"
#include "passes/plan/Passes.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/StringMap.h"
#include <set>

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {
#define GEN_PASS_DEF_SHAREBORDERS
#include "passes/plan/Passes.h.inc"

/// The constant that the launch stores, if that is all it does, and always.
static Attribute constantOfFill(LaunchOp launch) {
  auto stored = launch.getBody().front().getTerminator()->getOperands();
  auto constant = stored.size() == 1
                      ? stored[0].getDefiningOp<arith::ConstantOp>()
                      : arith::ConstantOp();
  bool isFill =
      constant && launch.getInputs().empty() && launch.getConditions().empty();
  return isFill ? constant.getValue() : Attribute();
}

/// What a fill stores and where, in a buffer that it does not name.
static std::string textOf(LaunchOp fill) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << fill.getExtents() << fill.getOutputMaps() << constantOfFill(fill);
  return text;
}

using Visit = llvm::function_ref<bool(int64_t begin, int64_t end)>;

/// Calls `visit` for runs of elements at which the map's launch stores, until
/// it says false. False also where compile time does not know them, or they are
/// more than it has time for.
static bool visitStores(LaunchOp launch, AffineMap map, Visit visit) {
  constexpr int64_t kMostRuns = 1 << 20;
  LinearForm form = linearFormOf(map.getResult(0), map.getNumDims());
  auto start = constantOf(simplify(form.rest));
  int64_t length = 1, points = 1;
  SmallVector<std::pair<int64_t, int64_t>> outer;
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    auto stride = form.stride(d),
         extent = constantOf(launch.getExtents().getResult(d));
    if (!start || !stride || !extent || *stride < 0) {
      return false;
    }
    if (*stride == 1 && length == 1) {
      length = *extent;
    } else if (*stride != 0) {
      outer.push_back({*stride, *extent});
      points *= *extent;
    }
    if (points > kMostRuns) {
      return false;
    }
  }
  for (int64_t point = 0; point < points; ++point) {
    int64_t begin = *start, rest = point;
    for (auto [stride, extent] : outer) {
      begin += rest % extent * stride;
      rest /= extent;
    }
    if (!visit(begin, begin + length)) {
      return false;
    }
  }
  return true;
}

namespace {
/// A range of the arena, the launches that fill its border, and all others that
/// store in it.
struct Padded {
  ArenaOp op;
  SmallVector<LaunchOp> fills, stores;
};
} // namespace

/// Whether the fills store the same number and the other stores leave it alone.
static bool keepsBorder(Padded &padded) {
  auto bytes = constantOf(padded.op.getBytes().getResult(0));
  Type element =
      cast<BufferType>(padded.op.getBuffer().getType()).getElementType();
  if (!bytes || padded.fills.empty() ||
      !llvm::all_equal(llvm::map_range(padded.fills, constantOfFill))) {
    return false;
  }
  int64_t elements = *bytes / storageBytesOf(element);
  llvm::BitVector border(elements);
  auto mark = [&](int64_t begin, int64_t end) {
    bool isWithin = begin >= 0 && end <= elements;
    border.set(isWithin ? begin : 0, isWithin ? end : 0);
    return isWithin;
  };
  auto isInside = [&](int64_t begin, int64_t end) {
    return begin >= 0 && end <= elements &&
           border.find_first_in(begin, end) < 0;
  };
  auto visitAll = [&](ArrayRef<LaunchOp> launches, Visit visit) {
    return llvm::all_of(launches, [&](LaunchOp launch) {
      for (auto [i, output] : llvm::enumerate(launch.getOutputs())) {
        if (output == padded.op.getBuffer() &&
            !visitStores(launch, launch.getOutputMap(i), visit)) {
          return false;
        }
      }
      return true;
    });
  };
  return visitAll(padded.fills, mark) && visitAll(padded.stores, isInside);
}

/// The launches that store in the range. None where others than launches of
/// the function's own block use it.
static Padded paddedOf(ArenaOp op) {
  Padded padded{op, {}, {}};
  for (Operation &step : *op->getBlock()) {
    if (auto launch = dyn_cast<LaunchOp>(step);
        launch && llvm::is_contained(launch.getOutputs(), op.getBuffer())) {
      (constantOfFill(launch) ? padded.fills : padded.stores).push_back(launch);
    }
  }
  bool isKnown = llvm::all_of(op->getUsers(), [&](Operation *user) {
    return isa<LaunchOp>(user) && user->getBlock() == op->getBlock();
  });
  return isKnown ? padded : Padded{op, {}, {}};
}

/// Removes fills of what an earlier one has filled; returns what is the same
/// for ranges with the same border.
static std::string dropRepeated(Padded &padded) {
  std::set<std::string> texts;
  for (LaunchOp fill : padded.fills) {
    if (!texts.insert(textOf(fill)).second) {
      fill.erase();
    }
  }
  std::string all;
  llvm::raw_string_ostream os(all);
  os << padded.op.getBuffer().getType() << padded.op.getBytes();
  llvm::interleave(texts, os, ";");
  return all;
}

namespace {
struct ShareBorders : impl::ShareBordersBase<ShareBorders> {
  void runOnOperation() override {
    auto func = getOperation().lookupSymbol<func::FuncOp>("main");
    if (!func) {
      return;
    }
    SizeBasis basis(getOperation());
    ranges = rangesOf(func);
    setSizes(ranges, basis);
    peaks = peaksOf(ranges, basis);
    llvm::StringMap<ArenaOp> known;
    for (ArenaRange range : SmallVector<ArenaRange>(ranges)) {
      Padded padded = paddedOf(range.op);
      if (!keepsBorder(padded)) {
        continue;
      }
      ArenaOp &earlier = known[dropRepeated(padded)];
      if (!earlier || !share(earlier, range.op, basis)) {
        earlier = range.op;
      }
    }
    ranges.clear();
    peaks.clear();
  }

private:
  /// Lets `later` take the memory of `earlier`, with its border, where that is
  /// free by then and no more memory is in use at once.
  bool share(ArenaOp earlier, ArenaOp later, const SizeBasis &basis) {
    auto indexOf = [&](ArenaOp op) {
      return llvm::find_if(
          ranges, [&](const ArenaRange &range) { return range.op == op; });
    };
    SmallVector<ArenaRange> shared = ranges;
    ArenaRange &first = shared[indexOf(earlier) - ranges.begin()];
    const ArenaRange &second = *indexOf(later);
    if (first.last >= second.first) {
      return false;
    }
    first.last = second.last;
    shared.erase(shared.begin() + (&second - ranges.begin()));
    bool isFree = llvm::all_of(peaksOf(shared, basis), [&](const Size &size) {
      return llvm::any_of(
          peaks, [&](const Size &peak) { return neverMore(size, peak); });
    });
    if (!isFree) {
      return false;
    }
    for (LaunchOp fill : paddedOf(later).fills) {
      fill.erase();
    }
    later.getBuffer().replaceAllUsesWith(earlier.getBuffer());
    later.erase();
    ranges = std::move(shared);
    return true;
  }

  SmallVector<ArenaRange> ranges;
  SmallVector<Size> peaks;
};
} // namespace
} // namespace tessera::plan
