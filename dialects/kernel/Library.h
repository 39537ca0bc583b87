//===- Library.h - calls of the runtime's operator library ------*- C++ -*-===//
//
// What tsr.library and tsk.library share, and which dimensions of a module are
// known only after such a call.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_DIALECTS_KERNEL_LIBRARY_H
#define TESSERA_DIALECTS_KERNEL_LIBRARY_H

#include "dialects/kernel/Extents.h"
#include "llvm/ADT/BitVector.h"

namespace tessera::kernel {

/// The element type of tensors of strings: an address and a number of bytes
/// (tsr_string). Only calls read such elements.
inline mlir::Type stringTypeOf(mlir::MLIRContext *context) {
  return mlir::VectorType::get({2}, mlir::IntegerType::get(context, 64));
}
inline bool isStringType(mlir::Type element) {
  return element == stringTypeOf(element.getContext());
}

/// A symbol that a call defines: an extent (`index` is the axis) or an element
/// of a result.
struct Definition {
  int64_t symbol, result, index;
  bool isElement;
};

/// The definitions in the attributes `extents` and `elements`.
llvm::SmallVector<Definition> definitionsOf(llvm::ArrayRef<int64_t> extents,
                                            llvm::ArrayRef<int64_t> elements);

/// A call that defines dimensions may not be removed: types depend on it.
void addDefinitionEffects(
    llvm::ArrayRef<int64_t> extents, llvm::ArrayRef<int64_t> elements,
    llvm::SmallVectorImpl<mlir::MemoryEffects::EffectInstance> &effects);

llvm::LogicalResult verifyLibrary(mlir::Operation *op,
                                  llvm::ArrayRef<int64_t> positions,
                                  llvm::ArrayRef<int64_t> extents,
                                  llvm::ArrayRef<int64_t> elements);

/// Entry i: whether the value of dimension i of the module follows only from
/// a call, directly or through a minimum or maximum.
llvm::BitVector computedDimensions(mlir::ModuleOp module);

/// Adds the dimensions that the expression depends on, directly or through a
/// minimum, a maximum or another that follows from them.
void addSymbolsOf(mlir::AffineExpr expr, mlir::ModuleOp module,
                  llvm::BitVector &dimensions);

/// Whether the expression uses one of these dimensions.
bool usesDimensions(mlir::AffineExpr expr, const llvm::BitVector &dimensions);

/// An expression without computed dimensions that is never less than `expr`,
/// which must not decrease with any of them; null when one has no bound.
mlir::AffineExpr boundOfComputed(mlir::AffineExpr expr, mlir::ModuleOp module);

/// Appends a computed dimension to the module; `bound` may be null.
mlir::AffineExpr computedDimension(mlir::ModuleOp module, llvm::StringRef name,
                                   int64_t lower, int64_t upper,
                                   mlir::AffineExpr bound);

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_LIBRARY_H
