//===- Structure.h - what every ONNX model has to be ------------*- C++ -*-===//
//
// The importer reads what the outputs depend on and no more. A model may still
// be wrong elsewhere, or say things twice; such models are refused, as ONNX's
// checker refuses them, with two exceptions that real files need: graphs
// without a name, and outputs without a shape.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_STRUCTURE_H
#define TESSERA_COMPILER_IMPORT_STRUCTURE_H

#include "compiler/import/Import.h"
#include "onnx.pb.h"

namespace tessera::import {

class AdapterTable;

/// Everything in the model that no model may contain: values defined twice or
/// after their use, attributes with several values or of another type than
/// they say, tensors with ambiguous data, undeclared operator sets.
std::vector<Problem> checkStructure(const onnx::ModelProto &model,
                                    const AdapterTable &adapters);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_STRUCTURE_H
