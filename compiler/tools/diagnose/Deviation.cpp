//===- Deviation.cpp - how far two tensors are apart ----------------------===//

#include "compiler/tools/diagnose/Deviation.h"
#include "tessera/types.h"
#include <cmath>
#include <cstring>
#include <limits>

using namespace llvm;
using namespace tessera::tools;

/// The bits of a floating number as an integer in the numbers' order.
static int64_t orderedBits(const HostTensor &tensor, uint64_t index,
                           unsigned width) {
  uint64_t bits = 0;
  std::memcpy(&bits, &tensor.bytes[index * width], width);
  uint64_t sign = uint64_t(1) << (width * 8 - 1);
  return bits & sign ? -static_cast<int64_t>(bits & (sign - 1))
                     : static_cast<int64_t>(bits);
}

static double relativeOf(double actual, double expected) {
  if (actual == expected || (std::isnan(actual) && std::isnan(expected))) {
    return 0;
  }
  double relative = std::fabs(actual - expected) / std::fabs(expected);
  return std::isnan(relative) ? std::numeric_limits<double>::infinity()
                              : relative;
}

Deviation tessera::tools::deviationOf(const HostTensor &actual,
                                      const HostTensor &expected) {
  Deviation worst;
  const ElementType *type = findElementType(expected.elementType);
  if (!type || type->bytes > 8 || type->kind == ElementKind::complex) {
    return worst;
  }
  uint64_t count = expected.bytes.size() / type->bytes;
  for (uint64_t i = 0; i < count; ++i) {
    double a = elementAsDouble(actual, i), e = elementAsDouble(expected, i);
    if (a == e || (std::isnan(a) && std::isnan(e))) {
      continue;
    }
    worst.relative = std::fmax(worst.relative, relativeOf(a, e));
    double units =
        type->kind == ElementKind::floating
            ? std::fabs(double(orderedBits(actual, i, type->bytes)) -
                        double(orderedBits(expected, i, type->bytes)))
            : std::fabs(a - e);
    worst.units = std::fmax(worst.units, units);
  }
  return worst;
}

bool tessera::tools::isWrong(const HostTensor &actual,
                             const HostTensor &expected,
                             const Tolerance &tolerance) {
  bool isHalf = expected.elementType == TSR_FLOAT16 ||
                expected.elementType == TSR_BFLOAT16;
  double forgiven = isHalf ? 1e-2 : 1e-5, largest = 0;
  const ElementType *type = findElementType(expected.elementType);
  if (type && type->kind == ElementKind::floating) {
    uint64_t count = expected.bytes.size() / type->bytes;
    for (uint64_t i = 0; i < count; ++i) {
      double element = std::fabs(elementAsDouble(expected, i));
      largest = std::isfinite(element) ? std::fmax(largest, element) : largest;
    }
  }
  double relative = std::fmax(tolerance.relative, isHalf ? 1e-2 : 0);
  double absolute = std::fmax(tolerance.absolute, forgiven * largest);
  return findDifference(actual, expected, relative, absolute).has_value();
}
