//===- Memory.h - memory to measure in --------------------------*- C++ -*-===//
//
// Which pages of a machine's memory data lie in decides what collides in its
// caches beyond the first: data of about the size of one take up to 40 % longer
// in some pages than in others. Users' data lie in any, so what is measured is
// measured in many places, which are held at once, and alternatives in the same
// ones.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_MEMORY_H
#define TESSERA_CODEGEN_TUNE_MEMORY_H

#include <cstdint>
#include <cstdlib>
#include <memory>

namespace tessera::tune {

struct FreeDeleter {
  void operator()(void *memory) const { free(memory); }
};
using Memory = std::unique_ptr<char, FreeDeleter>;

/// `bytes` zeroes aligned like a workspace; null when there is no memory.
Memory allocate(int64_t bytes);

/// In how many places data of so many bytes are measured, from 1 to `most`:
/// together they take at most 128 MB.
int64_t placesFor(int64_t bytes, int64_t most);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_MEMORY_H
