//===- OuterTile.h - tiles of rows of two operands --------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_OUTERTILE_H
#define TESSERA_CODEGEN_SCHEDULE_OUTERTILE_H

#include "codegen/schedule/ChooseSchedule.h"

namespace tessera::schedule {

/// Sets a tile of some rows of one operand by some of the other, where each of
/// both has vectors of its own along the sum and moves along one of the two
/// dimensions in `dims`: a row's vectors serve all rows of the other operand.
/// False for other launches.
bool chooseOuterTile(const LaunchFacts &facts, const Target &target,
                     llvm::ArrayRef<int64_t> dims, Draft &draft);

/// The cost of an extent that is cut into tiles of `size`, of which the last
/// one may be smaller; `cost` is that of a tile of so many points.
template <typename Function>
double costOverExtent(int64_t extent, int64_t size, Function cost) {
  double sum = double(extent / size) * cost(size);
  return extent % size ? sum + cost(extent % size) : sum;
}

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_OUTERTILE_H
