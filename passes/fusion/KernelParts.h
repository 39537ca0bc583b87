//===- KernelParts.h - a kernel taken apart for rewriting -------*- C++ -*-===//
//
// Fusion changes maps, dimensions, inputs and body of a kernel together. These
// parts are an own copy of them: edit, then `build` a new kernel.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_FUSION_KERNELPARTS_H
#define TESSERA_PASSES_FUSION_KERNELPARTS_H

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/Builders.h"

namespace tessera::fusion {

using Coordinates = llvm::SmallVector<mlir::AffineExpr, 6>;

/// One input of a kernel. `coordinates` is empty when only gathers read it.
struct KernelInput {
  mlir::Value tensor;
  Coordinates coordinates;
  mlir::Attribute pad;
  int64_t feedback = -1;
  bool whole = false;

  bool hasPad() const { return !llvm::isa<mlir::UnitAttr>(pad); }
};

/// One result of a kernel.
struct KernelResult {
  Coordinates coordinates;
  mlir::Type type;
};

/// Name of the attribute that tells kernels apart which a run may leave out:
/// two with the same number are needed under the same conditions. Kernels that
/// are always needed have none.
inline constexpr llvm::StringLiteral kBranchAttr = "tsk.branch";

class KernelParts {
public:
  /// Copies the kernel; the kernel itself is not changed by edits.
  explicit KernelParts(kernel::KernelOp kernel);
  KernelParts(KernelParts &&) = default;

  kernel::Extents extents;
  llvm::SmallVector<kernel::IteratorKind> iterators;
  llvm::SmallVector<KernelInput> inputs;
  llvm::SmallVector<KernelResult> results;

  mlir::Block &body() { return region->front(); }
  mlir::MLIRContext *context() { return ctx; }
  mlir::Operation *terminator() { return body().getTerminator(); }
  /// Inserts at the start of the body.
  mlir::OpBuilder bodyBuilder() {
    mlir::OpBuilder builder(ctx);
    builder.setInsertionPointToStart(&body());
    return builder;
  }
  mlir::BlockArgument argument(unsigned i) { return body().getArgument(i); }
  mlir::AffineExpr dim(unsigned i) { return mlir::getAffineDimExpr(i, ctx); }

  /// Rewrites every use of dimension i to `replacements[i]`, an expression over
  /// the new dimensions, which replace the present ones.
  void replaceDims(llvm::ArrayRef<mlir::AffineExpr> replacements,
                   llvm::ArrayRef<mlir::AffineExpr> newExtents,
                   llvm::ArrayRef<kernel::IteratorKind> newIterators);

  /// Splits dimension `d` into adjacent dimensions with these extents,
  /// outermost first; other dimensions keep their order.
  void splitDim(unsigned d, llvm::ArrayRef<mlir::AffineExpr> parts);

  /// The argument for this input; an equal input is shared.
  mlir::BlockArgument findOrAddInput(const KernelInput &input);

  /// Removes an input whose argument has no uses.
  void eraseInput(unsigned i);

  /// Removes the unused inputs and those results for which `keep` is false.
  void eraseDead(llvm::ArrayRef<bool> keep);

  /// Clones the body of `other` before `builder`'s insertion point in this
  /// body, with its dimension i replaced by `dims[i]`, and returns the yielded
  /// values. Inputs of `other` become inputs here; where `given` maps an
  /// argument already, that value stands for it.
  llvm::SmallVector<mlir::Value>
  inlineBody(kernel::KernelOp other, llvm::ArrayRef<mlir::AffineExpr> dims,
             mlir::OpBuilder &builder, mlir::IRMapping given);

  /// Creates the kernel; the parts are used up.
  kernel::KernelOp build(mlir::OpBuilder &builder, mlir::Location loc);

private:
  mlir::MLIRContext *ctx;
  mlir::Location location;
  mlir::Attribute branch;
  std::unique_ptr<mlir::Region> region;
};

} // namespace tessera::fusion

#endif // TESSERA_PASSES_FUSION_KERNELPARTS_H
