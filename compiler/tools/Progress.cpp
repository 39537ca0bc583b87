//===- Progress.cpp - how far long work is, on a terminal only ------------===//

#include "compiler/tools/Progress.h"
#include "llvm/Support/raw_ostream.h"
#include <string>
#include <unistd.h>

using namespace llvm;
using namespace tessera::tools;

/// Returns to the line's start and erases it.
static constexpr StringLiteral kErase("\r\x1b[K");

Progress::Progress(size_t total)
    : total(total), isTerminal(isatty(STDERR_FILENO)) {}

void Progress::show(size_t done, StringRef text) {
  if (!isTerminal || total < 2) {
    return;
  }
  constexpr size_t kWidth = 30;
  std::string bar(done * kWidth / total, '#');
  bar.resize(kWidth, '.');
  errs() << kErase << "[" << bar << "] " << done << "/" << total << " "
         << text.take_front(40);
  isShown = true;
}

void Progress::clear() {
  if (isShown) {
    errs() << kErase;
    isShown = false;
  }
}
