//===- Memory.h - memory to measure in --------------------------*- C++ -*-===//

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

/// `bytes` zeroes aligned like a workspace; null when there is no memory. Much
/// of it comes in large pages where the system has them: in small ones it is
/// chance, decided anew in each process, which data collide in a cache of about
/// their size.
Memory allocate(int64_t bytes);

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_MEMORY_H
