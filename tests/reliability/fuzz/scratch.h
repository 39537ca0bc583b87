// A folder of one fuzzer process, for what reads files.
#ifndef TESSERA_TESTS_RELIABILITY_FUZZ_SCRATCH_H
#define TESSERA_TESTS_RELIABILITY_FUZZ_SCRATCH_H

#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>
#include <string>

namespace tessera::fuzz {

class Scratch {
public:
  Scratch() {
    if (llvm::sys::fs::createUniqueDirectory("tessera-fuzz", folder)) {
      std::abort();
    }
  }
  ~Scratch() { llvm::sys::fs::remove_directories(folder); }

  /// Writes a file of this name; returns its path.
  std::string write(llvm::StringRef name, llvm::StringRef bytes) const {
    llvm::SmallString<128> path(folder);
    llvm::sys::path::append(path, name);
    std::error_code code;
    llvm::raw_fd_ostream stream(path, code);
    if (code) {
      std::abort();
    }
    stream << bytes;
    return path.str().str();
  }

private:
  llvm::SmallString<128> folder;
};

inline llvm::StringRef textOf(const uint8_t *data, size_t size) {
  return {reinterpret_cast<const char *>(data), size};
}

} // namespace tessera::fuzz

#endif // TESSERA_TESTS_RELIABILITY_FUZZ_SCRATCH_H
