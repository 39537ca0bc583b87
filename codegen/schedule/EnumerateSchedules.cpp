//===- EnumerateSchedules.cpp - the schedules worth comparing -------------===//
//
// The space is a product of small choices, cut where a choice cannot matter:
// dimensions of extent 1, tiles beyond the extent, tiles that spill. What
// remains is tested by the one legality function.
//
//===----------------------------------------------------------------------===//

#include "codegen/schedule/EnumerateSchedules.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

int64_t liveRegisters(const LaunchFacts &facts, ScheduleAttr schedule) {
  int64_t points = 1, v = schedule.getVectorDim(), vectors = 1;
  for (unsigned d = 0; d < facts.numDims(); ++d) {
    int64_t size = schedule.getTile()[d];
    if (int64_t(d) == v) {
      vectors = std::max<int64_t>(1, size / schedule.getLanes());
    } else if (!facts.isReduction(d)) {
      points *= size;
    }
  }
  int64_t reductions = std::max<int64_t>(1, facts.reductions);
  return points * vectors * reductions + vectors + (vectors > 1 ? 1 : 0);
}

namespace {
class Enumeration {
public:
  Enumeration(LaunchOp launch, const Target &target, size_t most)
      : launch(launch), target(target), most(most), facts(launch),
        standard(chooseSchedule(launch, target)) {}

  SmallVector<ScheduleAttr> run() {
    found.insert(standard);
    collectOrders();
    for (int64_t dim : vectorDims()) {
      for (bool packs : {true, false}) {
        addTiles(dim, packs);
      }
    }
    return found.takeVector();
  }

private:
  SmallVector<int64_t> vectorDims() const {
    SmallVector<int64_t> dims;
    if (standard.getVectorDim() >= 0) {
      dims.push_back(standard.getVectorDim());
    }
    for (int64_t d = facts.numDims() - 1; d >= 0; --d) {
      if (facts.extents[d] > 1 && d != standard.getVectorDim()) {
        dims.push_back(d);
      }
    }
    return dims;
  }

  /// The default's order; those with another order of the parallel loops, and
  /// those with another order of the reductions.
  void collectOrders() {
    SmallVector<int64_t> sequential, parallel, reductions;
    for (int64_t d : standard.getOrder().asArrayRef()) {
      (facts.isReduction(d)  ? reductions
       : facts.isParallel(d) ? parallel
                             : sequential)
          .push_back(d);
    }
    SmallVector<SmallVector<int64_t>> outer = permutations(parallel),
                                      inner = permutations(reductions);
    for (const auto &head : outer) {
      bool isDefault = head == outer.front();
      for (const auto &tail :
           ArrayRef(inner).take_front(isDefault ? inner.size() : size_t(1))) {
        SmallVector<int64_t> order(sequential);
        order.append(head);
        order.append(tail);
        orders.push_back(order);
      }
    }
  }

  /// All orders of up to three loops longer than one point; of more loops,
  /// those with one loop moved to the end or to the front.
  SmallVector<SmallVector<int64_t>> permutations(ArrayRef<int64_t> dims) const {
    SmallVector<SmallVector<int64_t>> result = {SmallVector<int64_t>(dims)};
    SmallVector<int64_t> moving;
    for (int64_t d : dims) {
      if (facts.extents[d] > 1) {
        moving.push_back(d);
      }
    }
    constexpr size_t kAllOrders = 3;
    auto add = [&](SmallVector<int64_t> order) {
      for (int64_t d : dims) {
        if (facts.extents[d] <= 1) {
          order.push_back(d);
        }
      }
      if (!llvm::is_contained(result, order)) {
        result.push_back(order);
      }
    };
    if (moving.size() <= kAllOrders) {
      SmallVector<int64_t> order(moving);
      llvm::sort(order);
      do {
        add(order);
      } while (std::next_permutation(order.begin(), order.end()));
      return result;
    }
    for (size_t i = 0; i < moving.size(); ++i) {
      SmallVector<int64_t> rest(moving);
      rest.erase(rest.begin() + i);
      SmallVector<int64_t> front = {moving[i]};
      front.append(rest);
      rest.push_back(moving[i]);
      add(rest);
      add(front);
    }
    return result;
  }

  /// Sizes of a tile's row dimension worth trying.
  static SmallVector<int64_t> rowSizes(int64_t extent) {
    SmallVector<int64_t> sizes;
    for (int64_t size : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 16, 28}) {
      if (size <= extent) {
        sizes.push_back(size);
      }
    }
    return sizes;
  }

  void addTiles(int64_t v, bool packs) {
    int64_t lanes = lanesAlong(facts, v, target);
    SmallVector<int64_t> rows;
    for (int64_t d = facts.numDims() - 1; d >= 0; --d) {
      if (facts.isParallel(d) && d != v && facts.extents[d] > 1) {
        rows.push_back(d);
      }
    }
    for (int64_t vectors : {1, 2, 3, 4, 6, 8}) {
      int64_t padded = llvm::alignTo(facts.extents[v], lanes);
      if (vectors > 1 && vectors * lanes > padded) {
        break;
      }
      Draft draft;
      draft.vectorDim = v;
      draft.lanes = lanes;
      draft.tile.assign(facts.numDims(), 1);
      draft.tile[v] = vectors * lanes;
      addRows(draft, rows, packs);
    }
  }

  /// Tiles over no row, one row dimension, or the two innermost.
  void addRows(const Draft &draft, ArrayRef<int64_t> rows, bool packs) {
    addUnrolled(draft, packs);
    for (int64_t row : rows) {
      for (int64_t size : rowSizes(facts.extents[row])) {
        if (size > 1) {
          Draft tiled = draft;
          tiled.tile[row] = size;
          addUnrolled(tiled, packs);
        }
      }
    }
    if (rows.size() < 2) {
      return;
    }
    for (int64_t outer : {2, 4, 7}) {
      for (int64_t inner : rowSizes(facts.extents[rows[0]])) {
        if (inner > 1 && outer <= facts.extents[rows[1]]) {
          Draft tiled = draft;
          tiled.tile[rows[0]] = inner;
          tiled.tile[rows[1]] = outer;
          addUnrolled(tiled, packs);
        }
      }
    }
  }

  /// The default's unrolled reductions, none, and the innermost one.
  void addUnrolled(const Draft &draft, bool packs) {
    for (const SmallVector<int64_t> &order : orders) {
      Draft ordered = draft;
      ordered.order = order;
      add(ordered, packs);
      if (facts.stages != 1 || facts.storesRows) {
        continue;
      }
      Draft unrolled = ordered;
      for (unsigned d = 0; d < facts.numDims(); ++d) {
        if (facts.isReduction(d) && int64_t(d) != draft.vectorDim) {
          unrolled.tile[d] = standard.getTile()[d];
        }
      }
      add(unrolled, packs);
      constexpr int64_t kMostUnrolled = 8;
      int64_t last = order.back();
      if (facts.isReduction(last) && last != draft.vectorDim &&
          !facts.isFree[last] && facts.extents[last] <= kMostUnrolled) {
        ordered.tile[last] = facts.extents[last];
        add(ordered, packs);
      }
    }
  }

  void add(Draft draft, bool packs) {
    if (found.size() >= most) {
      return;
    }
    if (facts.stages > 0 && facts.isReduction(draft.vectorDim)) {
      llvm::erase(draft.order, draft.vectorDim);
      draft.order.push_back(draft.vectorDim);
    }
    if (packs) {
      choosePacked(launch, facts, draft);
      if (draft.packed.empty()) {
        return;
      }
    }
    chooseTasks(facts, draft);
    ScheduleAttr schedule = attributeOf(launch.getContext(), draft);
    if (liveRegisters(facts, schedule) <= limit() &&
        illegality(launch, schedule, target).empty()) {
      found.insert(schedule);
    }
  }

  /// A tile of a map holds values that may wait in cache; an accumulator that
  /// does ruins the loop.
  int64_t limit() const {
    return facts.stages == 1 ? target.vectorRegisters - 1
                             : 2 * target.vectorRegisters;
  }

  LaunchOp launch;
  const Target &target;
  size_t most;
  LaunchFacts facts;
  ScheduleAttr standard;
  SmallVector<SmallVector<int64_t>> orders;
  llvm::SetVector<ScheduleAttr> found;
};
} // namespace

SmallVector<ScheduleAttr>
enumerateSchedules(LaunchOp launch, const Target &target, size_t most) {
  SmallVector<ScheduleAttr> found = Enumeration(launch, target, most).run();
  addHalideSchedules(launch, target, found);
  return found;
}

} // namespace tessera::schedule
