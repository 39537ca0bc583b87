//===- ScalarArithmetic.h - arithmetic on constants and sizes ---*- C++ -*-===//
//
// An element of a known tensor is a number or an affine expression of sizes.
// These functions say what an ONNX operator makes of such elements; nothing
// when the result is neither, and then the generated code computes it.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_SCALARARITHMETIC_H
#define TESSERA_COMPILER_IMPORT_SCALARARITHMETIC_H

#include "compiler/import/KnownTensor.h"
#include "compiler/import/Node.h"

namespace tessera::import {

using MaybeScalar = std::optional<Scalar>;

struct Operands {
  Node &node;
  Scalar a, b;
  mlir::Type element; // of the operands
  bool few;           // elements: worth a derived dimension each

  bool isFloat() const { return mlir::isa<mlir::FloatType>(element); }
  mlir::MLIRContext *context() const { return element.getContext(); }
  bool areConstant() const { return a.isConstant() && b.isConstant(); }
};

/// An expression for the scalar; null unless it is integral.
mlir::AffineExpr exprOf(const Scalar &scalar, mlir::MLIRContext *context);

/// An operator of two operands, by ONNX's name.
MaybeScalar binaryScalar(llvm::StringRef op, const Operands &operands);
/// An operator of one operand of type `element`, by ONNX's name.
MaybeScalar unaryScalar(llvm::StringRef op, const Scalar &x,
                        mlir::Type element);
MaybeScalar castScalar(const Scalar &x, mlir::Type from, mlir::Type to);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SCALARARITHMETIC_H
