//===- Sequences.h - values that are lists of tensors -----------*- C++ -*-===//
//
// While importing, a sequence is the list of its values and an optional is its
// value or nothing: how many there are is known, so that no operation ever
// sees one. At the model's border each tensor stands by itself.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_SEQUENCES_H
#define TESSERA_COMPILER_IMPORT_SEQUENCES_H

#include "compiler/import/Node.h"

namespace tessera::import {

/// Longer sequences are refused: each element is code of its own.
inline constexpr int64_t kMaxSequence = 4096;

/// A sequence of values.
Tensor *sequenceOf(Node &node, llvm::ArrayRef<Tensor *> elements);

/// Whether an operator takes sequences and empty optionals.
bool takesAnyValue(llvm::StringRef op);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SEQUENCES_H
