//===- Progress.h - how far long work is, on a terminal only ----*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_PROGRESS_H
#define TESSERA_COMPILER_TOOLS_PROGRESS_H

#include "llvm/ADT/StringRef.h"

namespace tessera::tools {

/// A line on standard error that is drawn over itself; nothing when that is no
/// terminal.
class Progress {
public:
  explicit Progress(size_t total);
  ~Progress() { clear(); }

  void show(size_t done, llvm::StringRef text);
  void clear();

private:
  size_t total;
  bool isTerminal, isShown = false;
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_PROGRESS_H
