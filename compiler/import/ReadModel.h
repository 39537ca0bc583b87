//===- ReadModel.h - from a file to parsed messages -------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_READMODEL_H
#define TESSERA_COMPILER_IMPORT_READMODEL_H

#include "compiler/import/Import.h"
#include "onnx.pb.h"

namespace tessera::import {

/// Opens, scans and parses a file, large tensors left out; what is wrong
/// otherwise.
llvm::Error readModel(llvm::StringRef path, const ImportBudget &budget,
                      onnx::ModelProto &model, ImportedModel &holder);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_READMODEL_H
