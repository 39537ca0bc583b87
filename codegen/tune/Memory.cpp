//===- Memory.cpp - memory to measure in ----------------------------------===//

#include "codegen/tune/Memory.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <sys/mman.h>

namespace tessera::tune {

namespace {
/// What kernels may touch beyond a buffer's last element: nothing; but the
/// buffers of a model have neighbours.
constexpr int64_t kMargin = 256, kAlignment = 64;
/// Bytes of a large page, and from where on memory starts with one.
constexpr int64_t kLargePage = 2 << 20, kLeastLarge = 256 << 10;
} // namespace

Memory allocate(int64_t bytes) {
  bool isLarge = bytes >= kLeastLarge;
  int64_t alignment = isLarge ? kLargePage : kAlignment;
  int64_t rounded = llvm::alignTo(bytes + kMargin, alignment);
  Memory memory(static_cast<char *>(std::aligned_alloc(alignment, rounded)));
  if (!memory) {
    return memory;
  }
#ifdef MADV_HUGEPAGE
  if (isLarge) {
    // A system without them says no, and the memory is as good as any.
    (void)madvise(memory.get(), rounded, MADV_HUGEPAGE);
  }
#endif
  memset(memory.get(), 0, rounded);
  return memory;
}

} // namespace tessera::tune
