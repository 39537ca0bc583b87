//===- Access.h - i64 arithmetic of generated code --------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_ACCESS_H
#define TESSERA_CODEGEN_CPU_ACCESS_H

#include "dialects/kernel/LinearForm.h"
#include "mlir/IR/Builders.h"

namespace tessera::cpu {

using kernel::LinearForm;
using kernel::linearFormOf;

/// i64 arithmetic that folds constants as it goes.
mlir::Value constantIndex(mlir::OpBuilder &b, mlir::Location loc,
                          int64_t value);
mlir::Value addIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs,
                     mlir::Value rhs);
mlir::Value mulIndex(mlir::OpBuilder &b, mlir::Location loc, mlir::Value lhs,
                     mlir::Value rhs);
std::optional<int64_t> constantIndexOf(mlir::Value value);

/// The i64 value of `expr`; division rounds towards minus infinity as affine
/// expressions do.
mlir::Value emitExpr(mlir::OpBuilder &b, mlir::Location loc,
                     mlir::AffineExpr expr, mlir::ValueRange dims,
                     mlir::ValueRange symbols);

/// Whether the value of a size, or a part of it, may not fit into an i64: i1,
/// from an estimate in floating point. Null when it depends on no symbol.
mlir::Value emitOverflows(mlir::OpBuilder &b, mlir::Location loc,
                          mlir::AffineExpr expr, mlir::ValueRange symbols);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_ACCESS_H
