//===- TuneResult.h - what was measured of a launch -------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_TUNE_TUNERESULT_H
#define TESSERA_CODEGEN_TUNE_TUNERESULT_H

#include "codegen/tune/MeasureSchedules.h"

namespace tessera::tune {

/// Gains below this count as noise.
inline constexpr double kLeastGain = 0.02;

/// What a schedule's time counts as: blocks and distances of prefetching that
/// bring nothing alone cost time within a model.
inline double countedTime(const Measurement &measured) {
  bool isPlain =
      !measured.schedule.getBlocks() && measured.schedule.getPrefetch() == 0;
  return measured.time * (isPlain ? 1 : 1 + kLeastGain);
}

struct TuneResult {
  /// The first is the default.
  std::vector<Measurement> measured;
  size_t legal = 0;
  /// The places of those that were faster than the default beyond noise when
  /// both were measured once more, the fastest first: which is the fastest
  /// within a model only that can tell.
  std::vector<size_t> confirmed;

  const Measurement &standard() const { return measured.front(); }
  bool isFaster() const { return !confirmed.empty(); }
  const Measurement &best() const {
    return isFaster() ? measured[confirmed.front()] : standard();
  }

  /// Leaves the default where the fastest, measured beside it at another size,
  /// computes something else there or takes longer; the others were not.
  void compareElsewhere(const Measurement &standardThere,
                        const Measurement &bestThere) {
    bool loses = !bestThere.agrees || bestThere.time > standardThere.time;
    confirmed.resize(loses ? 0 : 1);
  }
};

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_TUNERESULT_H
