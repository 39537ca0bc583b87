//===- DotProduct.h - sums of products of bytes -----------------*- C++ -*-===//
//
// Processors multiply bytes in groups and add the products of a group to one
// 32-bit sum. What reads weights, stores them and emits code agrees here on
// when that is done.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_DOTPRODUCT_H
#define TESSERA_DIALECTS_KERNEL_DOTPRODUCT_H

#include "dialects/kernel/Kernel.h"
#include <optional>

namespace tessera::kernel {

/// Bytes of one group: consecutive points of the innermost reduction dimension.
inline constexpr int64_t kGroup = 4;

/// Attribute of a packed tsk.weight whose panels hold groups: how far the
/// elements of a group are apart in the plain constant. Each lane of a row has
/// `kGroup` elements then.
inline constexpr llvm::StringLiteral kGroupAttr = "tsk.group_stride";

/// Attribute of such a weight: elements that lie along the group's dimension. A
/// last group that they do not fill ends with zeros.
inline constexpr llvm::StringLiteral kGroupedExtentAttr = "tsk.grouped_extent";

/// Bytes behind an arena buffer of 8 bits that may be read as well: what a last
/// group reads that is multiplied by zeros.
inline constexpr int64_t kReadableBehind = kGroup - 1;

/// A launch that sums products of two inputs of 8 bits: `left` is contiguous
/// along `dim`, `right` is a packed constant. Whole groups only, unless `left`
/// may be read behind its end.
struct DotProduct {
  unsigned left, right, dim;
  bool leftSigned, rightSigned;
  /// Elements that `right` moves along `dim`, as a plain constant.
  int64_t rightStride;
  /// Points of `dim`.
  int64_t extent;
};

/// Whether the launch is one under a schedule with these properties.
std::optional<DotProduct> dotProductOf(LaunchOp launch, int64_t vectorDim,
                                       int64_t lanes,
                                       llvm::ArrayRef<int64_t> order,
                                       llvm::ArrayRef<int64_t> packed);

/// The same under its own schedule, whose tile takes whole groups.
std::optional<DotProduct> dotProductOf(LaunchOp launch);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_DOTPRODUCT_H
