//===- OuterTile.cpp - tiles of rows of two operands ----------------------===//

#include "codegen/schedule/OuterTile.h"
#include "llvm/Support/MathExtras.h"

namespace tessera::schedule {

/// Whether each input read within the sum moves along the vectors and exactly
/// one of both dimensions, and both dimensions have such inputs.
static bool isOuterProduct(const LaunchFacts &facts, const Draft &draft,
                           int64_t first, int64_t second) {
  bool movesFirst = false, movesSecond = false;
  for (const AccessFacts &input : facts.inputs) {
    if (!input.inner) {
      continue;
    }
    if (!input.uses(draft.vectorDim) ||
        input.uses(first) == input.uses(second)) {
      return false;
    }
    movesFirst |= input.uses(first);
    movesSecond |= input.uses(second);
  }
  return movesFirst && movesSecond;
}

bool chooseOuterTile(const LaunchFacts &facts, const Target &target,
                     llvm::ArrayRef<int64_t> dims, Draft &draft) {
  if (!facts.isReduction(draft.vectorDim) || dims.size() != 2 ||
      facts.reductions != 1 ||
      !isOuterProduct(facts, draft, dims[0], dims[1])) {
    return false;
  }
  // The sums, the vectors along the innermost dimension and one of the other.
  auto isHeld = [&](int64_t a, int64_t b) {
    return a * b + a + 1 <= int64_t(target.vectorRegisters);
  };
  // Loads add to the cost, since most come from the second cache: a product of
  // 256x256x512 took 1059 us in tiles of 1 by 16, 555 of 2 by 8, 454 of 4 by 4
  // and 433 of 4 by 6 (AVX-512). The lanes of as many sums as a vector has are
  // combined together: with sums of 64, tiles of 5 by 5 took 96 us and of 4 by
  // 4 84 us.
  double steps = llvm::divideCeil(facts.reducedPoints(), draft.lanes);
  auto cycles = [&](int64_t a, int64_t b) {
    int64_t sums = a * b, lanes = draft.lanes;
    double step =
        std::max(double(sums) / target.fmaPerCycle, double(target.fmaLatency)) +
        double(a + b) / 2;
    int64_t groups = sums / lanes + llvm::popcount(uint64_t(sums % lanes));
    return step * steps + 2.0 * double(groups * lanes);
  };
  double best = -1;
  for (int64_t a = 1; a <= facts.extents[dims[0]] && isHeld(a, 1); ++a) {
    for (int64_t b = 1; b <= facts.extents[dims[1]] && isHeld(a, b); ++b) {
      double cost =
          costOverExtent(facts.extents[dims[0]], a, [&](int64_t ownA) {
            return costOverExtent(facts.extents[dims[1]], b, [&](int64_t ownB) {
              return cycles(ownA, ownB);
            });
          });
      // Between equals the larger tile, whose operands come less often.
      if (best < 0 || cost < best * 1.001) {
        best = best < 0 ? cost : std::min(best, cost);
        draft.tile[dims[0]] = a;
        draft.tile[dims[1]] = b;
      }
    }
  }
  draft.tile[draft.vectorDim] = draft.lanes;
  return true;
}

} // namespace tessera::schedule
