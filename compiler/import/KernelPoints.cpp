//===- KernelPoints.cpp - points that kernels gain or lose ----------------===//

#include "compiler/import/KernelPoints.h"
#include "dialects/kernel/Extents.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term wholeSteps(const Term &kernel, Window &window) {
  Sizes extents = kernel.extents();
  size_t count = window.kernel.size();
  for (size_t i = 0; i < count; ++i) {
    std::optional<int64_t> size = kernel::constantOf(window.kernel[i]);
    // A stride beyond the kernel would make most of it zeros.
    if (!size || window.strides[i] < 1 || *size < window.strides[i] ||
        window.dilations[i] != 1) {
      continue;
    }
    int64_t rest = alignTo(*size, window.strides[i]) - *size;
    extents[2 + i] = kernel::simplify(extents[2 + i] + rest);
    window.pads[count + i] = kernel::simplify(window.pads[count + i] + rest);
  }
  return padTo(kernel, extents);
}

namespace {
/// The points of a kernel along one axis, from `first` on, that meet elements
/// of the input, and not only its border, at some position.
struct MetPoints {
  int64_t first = 0, count = 0;
};
} // namespace

/// All points where sizes are free.
static MetPoints metPoints(const Window &window, unsigned i, AffineExpr input) {
  unsigned rank = window.kernel.size();
  auto points = kernel::constantOf(window.kernel[i]),
       extent = kernel::constantOf(input),
       before = kernel::constantOf(window.pads[i]),
       after = kernel::constantOf(window.pads[rank + i]);
  MetPoints met{0, points.value_or(0)};
  int64_t stride = window.strides[i], dilation = window.dilations[i];
  // Nothing overflows within these; other windows are refused later.
  constexpr int64_t kMost = int64_t(1) << 20;
  auto isUsual = [&](std::optional<int64_t> value) {
    return value && *value >= 0 && *value <= kMost;
  };
  if (!isUsual(points) || !isUsual(extent) || !isUsual(before) ||
      !isUsual(after) || !isUsual(stride) || !isUsual(dilation) || stride < 1 ||
      dilation < 1) {
    return met;
  }
  int64_t room = *extent + *before + *after - (*points - 1) * dilation - 1;
  int64_t last = room / stride * stride;
  auto isIdle = [&](int64_t point) {
    int64_t at = point * dilation - *before;
    return at + last < 0 || at >= *extent;
  };
  // A border of less than nothing would be another operation.
  while (room >= 0 && met.count > 1 && isIdle(met.first) &&
         *before >= (met.first + 1) * dilation) {
    ++met.first;
    --met.count;
  }
  int64_t cut = 0;
  while (room >= 0 && met.count > 1 && isIdle(met.first + met.count - 1) &&
         *after >= (cut + 1) * dilation) {
    --met.count;
    ++cut;
  }
  return met;
}

Term withoutIdlePoints(Term kernel, ArrayRef<AffineExpr> input,
                       Window &window) {
  unsigned rank = window.kernel.size();
  for (unsigned i = 0; i < rank; ++i) {
    MetPoints met = metPoints(window, i, input[2 + i]);
    auto points = kernel::constantOf(window.kernel[i]);
    if (!points || met.count == *points) {
      continue;
    }
    Node &node = kernel.node();
    int64_t behind = *points - met.first - met.count;
    kernel =
        slice(kernel, 2 + i, sizeOf(node, met.first), sizeOf(node, met.count));
    window.kernel[i] = sizeOf(node, met.count);
    window.pads[i] =
        kernel::simplify(window.pads[i] - met.first * window.dilations[i]);
    window.pads[rank + i] =
        kernel::simplify(window.pads[rank + i] - behind * window.dilations[i]);
  }
  return kernel;
}

} // namespace tessera::import
