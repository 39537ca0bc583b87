//===- KernelCost.h - what orders of dimensions cost ------------*- C++ -*-===//
//
// Elements are counted as if the kernel ran in vectors along one of its
// dimensions: accesses that are contiguous along it cost one vector operation,
// those that do not move along it a broadcast, all others one operation for
// each element. The best dimension counts.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_LAYOUT_KERNELCOST_H
#define TESSERA_PASSES_LAYOUT_KERNELCOST_H

#include "dialects/kernel/Extents.h"
#include "dialects/kernel/LinearForm.h"

namespace tessera::layout {

/// The value of an extent; free dimensions count as some usual size.
int64_t assumedValueOf(mlir::AffineExpr extent);

/// The last dimension of a tensor whose extent is not 1 (0 if there is none):
/// the contiguous one in row-major order.
unsigned lastDimOf(mlir::Value tensor);

/// The structure of one kernel, taken apart once.
class KernelCost {
public:
  explicit KernelCost(kernel::KernelOp kernel);

  /// The cost when `innermost` gives each tensor's contiguous dimension.
  double costFor(llvm::function_ref<unsigned(mlir::Value)> innermost) const;

private:
  struct Access {
    mlir::Value tensor;
    /// For each dimension of the tensor, its coordinate.
    llvm::SmallVector<kernel::LinearForm> coordinates;
    /// How often it happens.
    double points = 1;
    /// A constant read at every point can be stored in any order.
    bool isPacked = false;
    /// Read at every point of the reductions.
    bool isInner = false;
    bool isGather = false;
    bool isOutput = false;
  };

  void addAccess(mlir::Value tensor, mlir::AffineMap map, bool isInner,
                 bool isOutput, bool isGather);
  double costAlong(unsigned dim,
                   llvm::function_ref<unsigned(mlir::Value)> innermost) const;
  double accessCost(const Access &access, unsigned dim,
                    unsigned innermost) const;

  llvm::SmallVector<double> extents;
  llvm::SmallVector<bool> reductions;
  llvm::SmallVector<Access> accesses;
  double points = 1, parallelPoints = 1;
  /// Several operands meet at every point, each reused along a dimension.
  bool isContraction = false;
  bool hasPacked = false;
};

} // namespace tessera::layout

#endif // TESSERA_PASSES_LAYOUT_KERNELCOST_H
