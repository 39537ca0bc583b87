//===- Summary.h - what an ONNX file holds ----------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SUMMARY_H
#define TESSERA_COMPILER_IMPORT_SUMMARY_H

#include "compiler/import/Import.h"
#include <map>

namespace tessera::import {

struct TensorSummary {
  std::string name, type;
  /// Numbers, names of free dimensions, `?` for nameless ones.
  std::vector<std::string> shape;
};

struct ModelSummary {
  int64_t irVersion = 0;
  std::string producer;
  /// Version of each operator domain; "" is ONNX's own.
  std::map<std::string, int64_t> opsets;
  std::vector<TensorSummary> inputs, outputs;
  /// How often each operator occurs, bodies of control flow and of functions
  /// included.
  std::map<std::string, uint64_t> operators;
  uint64_t nodes = 0, initializers = 0, parameters = 0;
};

/// Reads the file, models that cannot be compiled included.
llvm::Expected<ModelSummary> summariseModel(llvm::StringRef path);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SUMMARY_H
