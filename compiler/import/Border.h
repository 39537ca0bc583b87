//===- Border.h - which values a model takes and gives ----------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_BORDER_H
#define TESSERA_COMPILER_IMPORT_BORDER_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace tessera::import {

enum class ValueKind { tensor, sequence, optional };

/// One value that the model declares as input or output.
struct BorderValue {
  std::string name;
  ValueKind kind = ValueKind::tensor;
  /// What an optional holds.
  ValueKind held = ValueKind::tensor;
  /// Whether tensors in it are declared with a rank.
  bool hasRank = true;
  /// Whether it is a vector of integers or booleans, or one such value.
  bool isSmall = false;
};

struct Border {
  std::vector<BorderValue> inputs, outputs;

  /// Whether there are tensors only.
  bool isPlain() const;
};

/// Reads what the file declares, without the initializers among the inputs.
llvm::Expected<Border> readBorder(llvm::StringRef path);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_BORDER_H
