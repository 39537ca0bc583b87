//===- Halo.h - reads outside a tensor --------------------------*- C++ -*-===//
//
// A convolution with padding reads a little outside its input. A border of pad
// values around the tensor makes such reads plain; how wide it must be follows
// from the read maps alone.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_HALO_H
#define TESSERA_PASSES_PLAN_HALO_H

#include "passes/plan/Place.h"

namespace tessera::plan {

/// How far a read goes outside the tensor along one dimension; nullopt: not
/// bounded by a known number.
struct Reach {
  std::optional<int64_t> below, above;

  bool staysInside() const { return below == 0 && above == 0; }
};

/// The reach of input `input` along every dimension of its tensor.
llvm::SmallVector<Reach> reachOf(kernel::KernelOp kernel, unsigned input);

/// Whether the border around the place holds everything the read needs.
bool coversRead(const Place &place, kernel::KernelOp kernel, unsigned input);

/// Whether the read repeats elements (a window), so that a guard on every read
/// costs more than a border.
bool wantsBorder(kernel::KernelOp kernel, unsigned input);

/// The border that the consumers of a tensor want.
struct Border {
  llvm::SmallVector<int64_t> width;
  mlir::TypedAttr pad;
};
std::optional<Border> borderOf(mlir::Value tensor);

/// The border that one read needs, when it is a known number.
std::optional<Border> borderOf(kernel::KernelOp kernel, unsigned input);

/// Where the read lies inside its tensor; null when it always does.
mlir::Attribute guardOf(kernel::KernelOp kernel, unsigned input);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_HALO_H
