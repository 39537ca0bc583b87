//===- WindowTile.h - tiles and blocks of windows over channels -*- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_WINDOWTILE_H
#define TESSERA_CODEGEN_SCHEDULE_WINDOWTILE_H

#include "codegen/schedule/ChooseSchedule.h"

namespace tessera::schedule {

/// The most points of a tile across vectors.
inline constexpr int64_t kMostTileRows = 16;

/// Whether windows overlap along both of the innermost dimensions in `dims`,
/// along which points share the vectors of a constant.
bool isWindowOverChannels(const LaunchFacts &facts, const Draft &draft,
                          llvm::ArrayRef<int64_t> dims);

/// Sets a tile of few points in a square, or higher than wide, which loads less
/// for each point than one of many points of a row and brings rows that the
/// nearest cache does not keep less often; false where the latter is better.
bool chooseWindowTile(const LaunchFacts &facts, const Target &target,
                      llvm::ArrayRef<int64_t> dims, Draft &draft);

/// Sets blocks of channels and rows for small windows where a tile of many
/// points would hold a row, so that the rows of a few channels stay in the
/// nearest cache.
void blockWindows(const LaunchFacts &facts, const Target &target,
                  llvm::ArrayRef<int64_t> dims, Draft &draft);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_WINDOWTILE_H
