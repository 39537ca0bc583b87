//===- example_model.h - a hand-written model for tests ---------*- C++ -*-===//
//
// y[i, j] = x[i, j] * weight[j], with a free first dimension of at most 100,
// written as LLVM IR and split among threads by rows.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_TESTS_CODEGEN_EMIT_EXAMPLE_MODEL_H
#define TESSERA_TESTS_CODEGEN_EMIT_EXAMPLE_MODEL_H

#include "codegen/emit/Artifact.h"

namespace tessera::emit {

/// Columns of the example, and how many weights it has.
inline constexpr unsigned kColumns = 4;

struct ExampleModel {
  ArtifactDescription artifact;
  std::unique_ptr<llvm::MemoryBuffer> object;
};

/// The model with weights 1 * scale, 2 * scale, 3 * scale, 4 * scale.
ExampleModel exampleModel(const std::string &prefix, float scale);

} // namespace tessera::emit

#endif // TESSERA_TESTS_CODEGEN_EMIT_EXAMPLE_MODEL_H
