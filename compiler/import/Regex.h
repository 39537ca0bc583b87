//===- Regex.h - regular expressions as programs ----------------*- C++ -*-===//
//
// RE2's syntax without captures, back references and Unicode classes, for
// matches of whole texts. Instructions are those of runtime/operators/regex.c.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_REGEX_H
#define TESSERA_COMPILER_IMPORT_REGEX_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

namespace tessera::import {

struct RegexProgram {
  /// Three words for each instruction; the last one is the match.
  llvm::SmallVector<int64_t> code;
  /// Four words, 256 bits, for each set of bytes.
  llvm::SmallVector<int64_t> sets;
};

/// The program, or what is not supported in the expression.
llvm::Expected<RegexProgram> compileRegex(llvm::StringRef pattern);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_REGEX_H
