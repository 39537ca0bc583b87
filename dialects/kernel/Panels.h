//===- Panels.h - how packed constants are stored ---------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_PANELS_H
#define TESSERA_DIALECTS_KERNEL_PANELS_H

#include "dialects/kernel/Kernel.h"

namespace tessera::kernel {

/// Attribute of a packed tsk.weight: how many elements a row of its last panel
/// has; the panels before have `packed_extents.back()`.
inline constexpr llvm::StringLiteral kLastPanelAttr = "tsk.last_panel";

inline int64_t lastPanelOf(WeightOp weight) {
  auto width = weight->getAttrOfType<mlir::IntegerAttr>(kLastPanelAttr);
  return width ? width.getInt() : weight.getPackedExtents()->back();
}

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_PANELS_H
