//===- Domains.h - names of operator sets -----------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_DOMAINS_H
#define TESSERA_COMPILER_IMPORT_DOMAINS_H

#include "llvm/ADT/StringRef.h"

namespace tessera::import {

/// ONNX's own domain has two spellings.
inline llvm::StringRef canonicalDomain(llvm::StringRef domain) {
  return domain == "ai.onnx" ? "" : domain;
}

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_DOMAINS_H
