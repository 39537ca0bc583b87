//===- ConstantMagnitudes.h - how large a constant's numbers are *- C++ -*-===//

#ifndef TESSERA_CODEGEN_SCHEDULE_CONSTANTMAGNITUDES_H
#define TESSERA_CODEGEN_SCHEDULE_CONSTANTMAGNITUDES_H

#include "mlir/IR/BuiltinAttributes.h"
#include <optional>

namespace tessera::schedule {

/// The least and the greatest magnitude of numbers in f32, as their bits; zeros
/// aside.
struct ConstantMagnitudes {
  int32_t least, most;
  bool hasZeros;

  /// Every number but zero has a magnitude of 2^exponent or more; 0 where all
  /// are zeros. Denormal numbers have the exponent -127.
  int64_t leastExponent() const;
  /// Every number is below 2^exponent; 1 where all are zeros.
  int64_t mostExponent() const;
};

/// Null where the numbers are not at hand or of another type than f32.
std::optional<ConstantMagnitudes> magnitudesOf(mlir::ElementsAttr value);

} // namespace tessera::schedule

#endif // TESSERA_CODEGEN_SCHEDULE_CONSTANTMAGNITUDES_H
