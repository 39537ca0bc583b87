//===- ResidentMemory.cpp - how much memory work takes --------------------===//

#include "compiler/tools/ResidentMemory.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/MemoryBuffer.h"
#include <algorithm>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;
using namespace tessera::tools;

/// A field of /proc/self/status in bytes; 0: not there.
static int64_t statusBytes(StringRef field) {
  auto buffer = MemoryBuffer::getFileAsStream("/proc/self/status");
  if (!buffer) {
    return 0;
  }
  StringRef text = (*buffer)->getBuffer();
  size_t at = text.find(field);
  int64_t kilobytes = 0;
  if (at == StringRef::npos) {
    return 0;
  }
  text = text.substr(at + field.size()).ltrim(": \t");
  text.consumeInteger(10, kilobytes);
  return kilobytes << 10;
}

ResidentMemory::ResidentMemory() : before(statusBytes("VmRSS")) {
  // Sets the peak back to what is held now; where that is refused, the peak of
  // the program's start counts too.
  int file = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (file >= 0) {
    (void)!write(file, "5", 1);
    close(file);
  }
}

int64_t ResidentMemory::growthOfPeak() const {
  return std::max<int64_t>(0, statusBytes("VmHWM") - before);
}
