//===- Sampling.h - interpolation at computed positions ---------*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SAMPLING_H
#define TESSERA_COMPILER_IMPORT_SAMPLING_H

#include "compiler/import/Term.h"

namespace tessera::import {

/// How values between and outside of the elements come about.
struct SamplingRule {
  llvm::StringRef mode = "linear"; // or nearest, cubic
  // zeros, border (cubic: of each element, not of the position) or reflection.
  llvm::StringRef padding = "zeros";
  bool alignsCorners = false; // where reflection takes place
};

/// Values of x [..., E], where E elements are a row-major box of `extents`, at
/// P points: position a is the coordinate along axis a of the box, counted in
/// elements, and broadcasts to [..., P]. The result is [..., P].
Term sample(const Term &x, llvm::ArrayRef<mlir::AffineExpr> extents,
            llvm::ArrayRef<Term> positions, const SamplingRule &rule);

/// The nearest value in [low, high].
Term clamp(const Term &x, const Term &low, const Term &high);
Term floorOf(const Term &x);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SAMPLING_H
