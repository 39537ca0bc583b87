//===- KnownTensor.h - tensors with known elements --------------*- C++ -*-===//
//
// ONNX computes sizes with tensors: Shape, Gather, Concat, Reshape. While
// importing, the elements of such small tensors are kept as affine expressions
// of the model's dimensions, so that sizes become attributes and the
// arithmetic on them disappears.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_KNOWNTENSOR_H
#define TESSERA_COMPILER_IMPORT_KNOWNTENSOR_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"
#include <optional>

namespace tessera::import {

/// Tensors with more elements are not followed.
inline constexpr int64_t kMaxKnownElements = 4096;

/// One element: an expression (integers always; floats with an integral value
/// that depends on the sizes), or a number when there is no expression.
struct Scalar {
  mlir::AffineExpr expr;
  double number = 0;

  bool isConstant() const;
  /// The value of a constant.
  double value() const;
  std::optional<int64_t> integer() const;
  bool operator==(const Scalar &other) const;
};

struct KnownTensor {
  llvm::SmallVector<int64_t> shape;
  mlir::Type element;
  llvm::SmallVector<Scalar> elements;

  bool isFloat() const { return llvm::isa<mlir::FloatType>(element); }
  bool isConstant() const;
  /// The elements as expressions; nothing when one is not integral.
  std::optional<llvm::SmallVector<mlir::AffineExpr>> exprs() const;
  /// The elements as constant integers.
  std::optional<llvm::SmallVector<int64_t>> integers() const;
  /// The elements as constant numbers.
  std::optional<llvm::SmallVector<double>> numbers() const;
  mlir::RankedTensorType type() const;
};

/// A scalar of an integer tensor.
Scalar integerScalar(int64_t value, mlir::MLIRContext *context);

/// The elements of a constant, if there are few enough; absent for types of a
/// few bits only (isKnownElement) and for numbers that roundTo has none for.
std::optional<KnownTensor> readKnown(mlir::ElementsAttr attribute);

/// Whether elements of this type are followed: not floats and integers of a few
/// bits, which only kernels convert.
bool isKnownElement(mlir::Type element);

/// The constant with these elements, all of which are constants.
mlir::ElementsAttr constantOfKnown(const KnownTensor &known);

/// The scalar rounded to what the element type can hold; nothing where that is
/// an unsigned number of 2^63 or more, which no scalar here is.
std::optional<Scalar> roundTo(mlir::Type element, Scalar scalar);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_KNOWNTENSOR_H
