//===- Reduction.h - kinds of reductions ------------------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_REDUCTION_H
#define TESSERA_DIALECTS_KERNEL_REDUCTION_H

#include "dialects/kernel/Kernel.h"

namespace tessera::kernel {

/// Whether the result is where an element lies, not what it is: it counts the
/// points of the reduction dimensions in their order.
inline bool isPositional(ReduceKind kind) {
  return kind != ReduceKind::add && kind != ReduceKind::mul &&
         kind != ReduceKind::max && kind != ReduceKind::min;
}

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_REDUCTION_H
