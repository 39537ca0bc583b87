//===- HostTensor.h - tensors in the compiler's memory ----------*- C++ -*-===//
//
// Elements as the interpreter computes with them: floats of every width as a
// double that holds exactly that float, integers sign-extended.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_HOSTTENSOR_H
#define TESSERA_DIALECTS_KERNEL_HOSTTENSOR_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include <optional>
#include <vector>

namespace tessera::kernel {

/// Constants larger than this many bytes are resources.
inline constexpr int64_t kInlineConstantBytes = 1024;

/// One element: `f` for float types, `i` for integer types.
union Scalar {
  double f;
  int64_t i;
};

struct HostTensor {
  mlir::Type element;
  llvm::SmallVector<int64_t> shape;
  std::vector<Scalar> elements;

  /// The row-major position of the coordinates, or -1 outside.
  int64_t positionOf(llvm::ArrayRef<int64_t> coordinates) const {
    int64_t position = 0;
    for (size_t i = 0; i < shape.size(); ++i) {
      if (coordinates[i] < 0 || coordinates[i] >= shape[i]) {
        return -1;
      }
      position = position * shape[i] + coordinates[i];
    }
    return position;
  }
};

/// `value` rounded to the float type.
double roundTo(mlir::Type type, double value);
/// An integer rounded once: as a double it might be rounded before.
double roundIntegerTo(mlir::Type type, llvm::APInt value, bool isSigned);

/// The low bits of `value` that an integer of this width has, sign-extended.
int64_t wrapTo(unsigned width, int64_t value);

/// A number of a constant; 0 for other attributes.
Scalar scalarOf(mlir::Attribute attribute);

/// The constant's elements; nothing for types the interpreter does not know.
std::optional<HostTensor> loadElements(mlir::ElementsAttr value);

/// The constant with these elements: small ones inline, a single repeated value
/// as a splat, everything else as a resource.
mlir::ElementsAttr storeElements(const HostTensor &tensor);

/// The constant with these bytes (row-major, little endian, i1 as bytes).
mlir::ElementsAttr storeBytes(mlir::ShapedType type,
                              llvm::ArrayRef<char> bytes);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_HOSTTENSOR_H
