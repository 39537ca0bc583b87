//===- KernelRun.h - the loops of one interpreted kernel --------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_KERNELRUN_H
#define TESSERA_DIALECTS_KERNEL_KERNELRUN_H

#include "dialects/kernel/Interpreter.h"

namespace tessera::kernel {

/// Computes the results, which have their shapes already. False when an
/// operation has no evaluation, an access is outside, or steps run out.
bool runKernel(KernelOp op, llvm::ArrayRef<const HostTensor *> inputs,
               HostTensors &results, llvm::ArrayRef<int64_t> symbols,
               int64_t &stepsLeft);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_KERNELRUN_H
