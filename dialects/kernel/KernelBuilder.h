//===- KernelBuilder.h - builds a tsk.kernel piece by piece -----*- C++ -*-===//

#ifndef TESSERA_DIALECTS_KERNEL_KERNELBUILDER_H
#define TESSERA_DIALECTS_KERNEL_KERNELBUILDER_H

#include "dialects/kernel/Extents.h"
#include "mlir/IR/Builders.h"

namespace tessera::kernel {

/// Builds one kernel: declare dimensions, read inputs, compute with `body()`,
/// then `finish`. Dimensions and inputs may be added in any order before that.
/// Elements of floats of 16 bits are read as f32 and results rounded to them,
/// so that a kernel rounds once, however much it computes.
///
///   KernelBuilder k(builder, loc);
///   AffineExpr m = k.parallel(M), n = k.parallel(N), r = k.reduction(K);
///   Value p = k.body().create<arith::MulFOp>(loc, k.read(a, {m, r}), k.read(b,
///   {r, n})); return k.finish({k.reduce(ReduceKind::add, p)}, {{m, n}},
///   {resultType});
class KernelBuilder {
public:
  KernelBuilder(mlir::OpBuilder &builder, mlir::Location loc);
  ~KernelBuilder();
  KernelBuilder(const KernelBuilder &) = delete;

  mlir::AffineExpr parallel(mlir::AffineExpr extent) {
    return addDim(extent, IteratorKind::parallel);
  }
  mlir::AffineExpr reduction(mlir::AffineExpr extent) {
    return addDim(extent, IteratorKind::reduction);
  }
  mlir::AffineExpr sequential(mlir::AffineExpr extent) {
    return addDim(extent, IteratorKind::sequential);
  }

  /// One parallel dimension for each extent.
  llvm::SmallVector<mlir::AffineExpr>
  parallel(llvm::ArrayRef<mlir::AffineExpr> extents);

  /// The element of `tensor` at `coordinates`; `pad` is read outside the tensor
  /// (null: never outside).
  mlir::Value read(mlir::Value tensor,
                   llvm::ArrayRef<mlir::AffineExpr> coordinates,
                   mlir::TypedAttr pad = {});

  /// The state that starts as `initial` and continues as result `result` (see
  /// tsk.kernel).
  mlir::Value readFeedback(mlir::Value initial,
                           llvm::ArrayRef<mlir::AffineExpr> coordinates,
                           int64_t result);

  /// The element of `tensor` at coordinates some of which are computed values:
  /// entry i of `coordinates` is used where `indices[i]` is null. Limits come
  /// from the tensor's type.
  mlir::Value gather(mlir::Value tensor,
                     llvm::ArrayRef<mlir::AffineExpr> coordinates,
                     llvm::ArrayRef<mlir::Value> indices, bool clamp = false);

  mlir::Value reduce(ReduceKind kind, mlir::Value value);

  /// An affine function of the point, as i64.
  mlir::Value index(mlir::AffineExpr expr);

  mlir::Value constant(mlir::TypedAttr value);
  mlir::Value constant(mlir::Type type, double value);

  /// Inserts into the body.
  mlir::OpBuilder &body() { return bodyBuilder; }
  mlir::Location loc() const { return location; }

  /// Creates the kernel before the builder's insertion point; `coordinates[i]`
  /// say where result i is stored.
  KernelOp
  finish(llvm::ArrayRef<mlir::Value> values,
         llvm::ArrayRef<llvm::SmallVector<mlir::AffineExpr>> coordinates,
         mlir::TypeRange resultTypes);

private:
  mlir::AffineExpr addDim(mlir::AffineExpr extent, IteratorKind kind);
  /// The element as the body computes with it, and as a tensor stores it.
  mlir::Value widened(mlir::Value element);
  mlir::Value narrowed(mlir::Value value, mlir::Type element);
  mlir::Value addInput(mlir::Value tensor,
                       llvm::ArrayRef<mlir::AffineExpr> coordinates,
                       mlir::Attribute pad, int64_t feedback, bool whole);

  mlir::OpBuilder &builder;
  mlir::Location location;
  std::unique_ptr<mlir::Region> region;
  mlir::OpBuilder bodyBuilder;
  Extents extents;
  llvm::SmallVector<IteratorKind> iterators;
  llvm::SmallVector<mlir::Value> inputs;
  llvm::SmallVector<llvm::SmallVector<mlir::AffineExpr>> inputCoordinates;
  llvm::SmallVector<mlir::Attribute> pads;
  llvm::SmallVector<int64_t> feedback;
  llvm::DenseMap<mlir::Value, mlir::Value> widenedElements;
  struct PendingMap {
    mlir::Operation *op;
    llvm::SmallVector<mlir::AffineExpr> exprs;
    /// For gathers: which coordinate each computed index takes.
    llvm::SmallVector<unsigned> dynamicCoordinates;
  };
  llvm::SmallVector<PendingMap> pending;
};

} // namespace tessera::kernel

#endif // TESSERA_DIALECTS_KERNEL_KERNELBUILDER_H
