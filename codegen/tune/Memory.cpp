//===- Memory.cpp - memory to measure in ----------------------------------===//

#include "codegen/tune/Memory.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cstring>

namespace tessera::tune {

namespace {
/// What kernels may touch beyond a buffer's last element: nothing; but the
/// buffers of a model have neighbours.
constexpr int64_t kMargin = 256, kAlignment = 64;
constexpr int64_t kMostBytes = int64_t(128) << 20;
} // namespace

Memory allocate(int64_t bytes) {
  int64_t rounded = llvm::alignTo(bytes + kMargin, kAlignment);
  Memory memory(static_cast<char *>(std::aligned_alloc(kAlignment, rounded)));
  if (memory) {
    memset(memory.get(), 0, rounded);
  }
  return memory;
}

int64_t placesFor(int64_t bytes, int64_t most) {
  return std::clamp<int64_t>(kMostBytes / std::max<int64_t>(bytes, 1), 1, most);
}

} // namespace tessera::tune
