//===- Schemas.h - what ONNX's own operators take ---------------*- C++ -*-===//
//
// Arity and attributes of every version of every operator of ONNX's domains.
// The table is written when Tessera is built, from the schemas in PyPI's onnx.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_SCHEMAS_H
#define TESSERA_COMPILER_IMPORT_SCHEMAS_H

#include "compiler/import/StructureValues.h"

namespace tessera::import {

/// One version of an operator.
struct Schema {
  llvm::StringRef domain, op;
  /// The first opset with this version.
  int64_t since;
  int64_t minInputs, maxInputs, minOutputs, maxOutputs;
  bool isDeprecated;
  /// A letter for each formal parameter: `s`ingle, `o`ptional or `v`ariadic,
  /// which stands for all further ones.
  llvm::StringRef inputs, outputs;
  /// `name:TYPE`, separated by blanks; `!name:TYPE` if it must be given.
  llvm::StringRef attributes;
};

/// How many there have to be, for messages: "exactly 2", "1 to 3", "at least
/// 1".
std::string countText(int64_t least, int64_t most);

/// The version of the operator that `opset` of its domain has, or null. The
/// domain is canonical (Domains.h).
const Schema *findSchema(llvm::StringRef domain, llvm::StringRef op,
                         int64_t opset);

/// Reports each way in which the node is not one of the schema's operator:
/// arity, and names and types of attributes.
void checkSchema(const Schema &schema, const onnx::NodeProto &node,
                 StructureReport report);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SCHEMAS_H
