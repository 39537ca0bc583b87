//===- StructureValues.h - what attributes and tensors must be --*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_STRUCTUREVALUES_H
#define TESSERA_COMPILER_IMPORT_STRUCTUREVALUES_H

#include "onnx.pb.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/Twine.h"

namespace tessera::import {

/// Takes what is wrong with a part of a model, and why.
using StructureReport =
    llvm::function_ref<void(const llvm::Twine &what, const llvm::Twine &why)>;

/// Reports tensors without element type, with their data twice, or with data of
/// another type than they say.
void checkTensor(const onnx::TensorProto &tensor, StructureReport report);

/// Reports an attribute without name or type, or with none or several values
/// of its type. `irVersion` is the model's: the first did not ask for types.
void checkAttribute(const onnx::AttributeProto &attribute, int64_t irVersion,
                    StructureReport report);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_STRUCTUREVALUES_H
