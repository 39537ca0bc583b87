//===- ResidentMemory.h - how much memory work takes ------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_RESIDENTMEMORY_H
#define TESSERA_COMPILER_TOOLS_RESIDENTMEMORY_H

#include <cstdint>

namespace tessera::tools {

/// Remembers what the process holds in memory now; the tool itself is large.
class ResidentMemory {
public:
  ResidentMemory();
  /// Most bytes held since, beyond those held then; 0 where the system does
  /// not tell.
  int64_t growthOfPeak() const;

private:
  int64_t before;
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_RESIDENTMEMORY_H
