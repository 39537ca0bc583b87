//===- ChainBodies.h - what the kernels of a block compute ------*- C++ -*-===//
//
// Edits of the bodies of a chain's launches, so that a block of keys can follow
// another one and the division of the softmax comes last.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_PASSES_PLAN_CHAINBODIES_H
#define TESSERA_PASSES_PLAN_CHAINBODIES_H

#include "dialects/kernel/Kernel.h"

namespace tessera::plan {

/// The sum of exponentials in the body of a softmax.
kernel::ReduceOp sumOfRow(kernel::LaunchOp rows);

/// What is summed, in the type that the softmax stores.
mlir::Value exponentialOf(kernel::LaunchOp rows);

/// `1 / sum` at the end of the body of a softmax.
mlir::Value inverseOfSum(kernel::LaunchOp rows);

/// What a block of a row contributes, relative to the greatest score so far.
struct OnlineRow {
  mlir::Value exponential, greatest, total;
  /// What everything summed before has to be multiplied by.
  mlir::Value decay;
};

/// Lets the softmax continue rows whose greatest score and sum so far are given
/// (minus infinity and any number before the first block). The exponential of a
/// score is then relative to the greatest one so far.
OnlineRow makeOnline(kernel::LaunchOp rows, mlir::Value greatest,
                     mlir::Value total);

/// Multiplies the sum of the products by `factor`, before anything is made of
/// it.
void scaleSum(kernel::LaunchOp products, mlir::Value factor);

/// `before * decay` and the sum of the products.
mlir::Value addScaled(kernel::LaunchOp products, mlir::Value before,
                      mlir::Value decay);

/// Computes with `sum / total` in place of the sum of the products.
void replaceSum(kernel::LaunchOp products, mlir::Value sum, mlir::Value total);

/// Removes operations and inputs that the launch does not need for its outputs.
void eraseUnused(kernel::LaunchOp launch);

} // namespace tessera::plan

#endif // TESSERA_PASSES_PLAN_CHAINBODIES_H
