//===- Deviation.h - how far two tensors are apart --------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_DIAGNOSE_DEVIATION_H
#define TESSERA_COMPILER_TOOLS_DIAGNOSE_DEVIATION_H

#include "compiler/tools/TestCase.h"

namespace tessera::tools {

struct Deviation {
  /// Largest |actual - expected| / |expected|; infinite where only one is NaN
  /// or the expected value is zero.
  double relative = 0;
  /// Largest distance in units in the last place; for integers their
  /// difference.
  double units = 0;
};

/// Both tensors have the same type and shape.
Deviation deviationOf(const HostTensor &actual, const HostTensor &expected);

/// Whether an inner value is wrong: as for outputs, but an absolute error that
/// is small against the tensor's largest element is forgiven.
bool isWrong(const HostTensor &actual, const HostTensor &expected,
             const Tolerance &tolerance);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_DIAGNOSE_DEVIATION_H
