//===- Values.h - the values inside a model, and models cut out of it -----===//
//
// What finding a wrong node needs to know about an ONNX file.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_VALUES_H
#define TESSERA_COMPILER_IMPORT_VALUES_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <string>
#include <vector>

namespace tessera::import {

/// A value that a node of the model's own graph computes.
struct ModelValue {
  std::string name;
  /// The node's name, made up as in messages when it has none.
  std::string node;
  std::string op;
  bool isOutput = false;
};

/// The values that the outputs depend on, outputs included, in the order in
/// which the file computes them.
llvm::Expected<std::vector<ModelValue>> listValues(llvm::StringRef path);

/// A part of a model around one value.
struct Excerpt {
  /// The value that becomes the only output.
  std::string value;
  /// How many nodes upstream of the value's own node are kept, at most.
  unsigned levels = 0;
};

/// What was cut out: the model and the names of its inputs.
struct ExcerptModel {
  std::string serialized;
  std::vector<std::string> inputs;
  unsigned nodes = 0;
};

/// The nodes that compute the value, from nodes `levels` above it on. What they
/// read and do not compute becomes an input, with type and shape from
/// `tensors` (serialized TensorProtos by name); initializers, constants and
/// short lists of integers, which are sizes or axes, stay constants.
llvm::Expected<ExcerptModel>
cutOut(llvm::StringRef path, const Excerpt &excerpt,
       const llvm::StringMap<std::string> &tensors);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_VALUES_H
