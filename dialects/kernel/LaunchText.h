//===- LaunchText.h - what launches are compared by -------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_LAUNCHTEXT_H
#define TESSERA_DIALECTS_KERNEL_LAUNCHTEXT_H

#include "dialects/kernel/Kernel.h"
#include "llvm/Support/raw_ostream.h"

namespace tessera::kernel {

/// Prints what a launch computes besides its body: iteration space, accesses
/// and element types, but neither buffers nor schedule.
void printNest(llvm::raw_ostream &os, LaunchOp launch);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_LAUNCHTEXT_H
