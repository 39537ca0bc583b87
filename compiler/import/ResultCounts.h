//===- ResultCounts.h - how many results operators have ---------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_RESULTCOUNTS_H
#define TESSERA_COMPILER_IMPORT_RESULTCOUNTS_H

#include "llvm/ADT/StringRef.h"

namespace tessera::import {

/// The greatest number of results in any version of an operator of ONNX's own
/// domains, as its specification says.
unsigned mostResultsOf(llvm::StringRef op);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_RESULTCOUNTS_H
