//===- Tensors.h - tensor data of a model as attributes ---------*- C++ -*-===//
//
// Element types follow ONNX's signedness: uint8 is ui8, int64 is i64, bool is
// i1 with one byte an element in resources.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_TENSORS_H
#define TESSERA_COMPILER_IMPORT_TENSORS_H

#include "compiler/import/Import.h"
#include "compiler/import/ModelFile.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "onnx.pb.h"

namespace tessera::import {

/// Tensors above this size become resources that point at the mapped file.
inline constexpr uint64_t kInlineBytes = 1024;

/// The element type for an ONNX TensorProto.DataType, or what is wrong.
llvm::Expected<mlir::Type> elementTypeOf(int32_t dataType,
                                         mlir::MLIRContext *context);

/// ONNX's name of a data type, for messages.
std::string dataTypeName(int32_t dataType);

/// The ONNX data type of an element type; 0 when there is none.
int32_t dataTypeOf(mlir::Type element);

/// The type of a stored tensor, with its size checked against the budget.
llvm::Expected<mlir::RankedTensorType>
tensorTypeOf(const onnx::TensorProto &tensor, const ImportBudget &budget,
             mlir::MLIRContext *context);

/// The value of a stored tensor; large ones stay in the file.
llvm::Expected<mlir::ElementsAttr>
tensorValueOf(const onnx::TensorProto &tensor, const ImportBudget &budget,
              ModelFile &file, mlir::MLIRContext *context);

/// An attribute for row-major little-endian bytes, copied.
mlir::ElementsAttr elementsOfBytes(mlir::RankedTensorType type,
                                   llvm::ArrayRef<char> bytes);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_TENSORS_H
