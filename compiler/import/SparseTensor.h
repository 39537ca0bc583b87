//===- SparseTensor.h - sparse initializers as dense constants --*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SPARSETENSOR_H
#define TESSERA_COMPILER_IMPORT_SPARSETENSOR_H

#include "compiler/import/Tensors.h"

namespace tessera::import {

/// The dense value of a sparse tensor. Its size counts against the budget, and
/// every index is checked.
llvm::Expected<mlir::ElementsAttr>
sparseValueOf(const onnx::SparseTensorProto &sparse, const ImportBudget &budget,
              ModelFile &file, mlir::MLIRContext *context);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SPARSETENSOR_H
