//===- LeastSizes.h - sizes that a model's windows need ---------*- C++ -*-===//
//
// The integer division of a model rounds towards zero, expressions of sizes
// round down: (t - 3) / 4 is an expression only where t is 3 or more. Exporters
// write such sizes behind convolutions over t, which have no result for fewer.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_LEASTSIZES_H
#define TESSERA_COMPILER_IMPORT_LEASTSIZES_H

#include "compiler/import/Import.h"
#include "mlir/IR/AffineExpr.h"

namespace tessera::import {

/// The least sizes of the free dimensions in `undecided` with which none of
/// `needed` is negative, where they are greater than the module's bounds. Only
/// needs that grow with a single dimension count.
LeastSizes leastSizesFor(llvm::ArrayRef<mlir::AffineExpr> needed,
                         llvm::ArrayRef<mlir::AffineExpr> undecided,
                         mlir::ModuleOp module);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_LEASTSIZES_H
