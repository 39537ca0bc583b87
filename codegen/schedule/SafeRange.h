//===- SafeRange.h - where products of parts are exact enough ---*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_SAFERANGE_H
#define TESSERA_CODEGEN_SCHEDULE_SAFERANGE_H

#include "codegen/schedule/TileProduct.h"

namespace tessera::schedule {

/// Magnitudes, as the bits of an f32, from `least` to `most`.
struct SafeRange {
  int32_t least, most;

  int32_t halfWidth() const { return (most - least) / 2; }
  int32_t middle() const { return least + halfWidth(); }
};

/// The magnitudes of what the launch reads, zero aside, for which no part of a
/// factor is denormal, no sum overflows, and what products lose by becoming
/// zero does not matter; null where the constant leaves little or nothing. The
/// bounds are derived in docs/decisions/015.
std::optional<SafeRange> safeRangeOf(kernel::LaunchOp launch,
                                     const TileProduct &product);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_SAFERANGE_H
