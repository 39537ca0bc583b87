//===- Signal.h - signal operators with parameters of the run ---*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_SIGNAL_H
#define TESSERA_COMPILER_IMPORT_SIGNAL_H

#include "compiler/import/Node.h"

namespace tessera::import {

/// Whether an input is absent or a constant that is known while importing.
bool isConstantInput(Node &node, unsigned i);

/// A DFT along `axis`, or along that which input 2 gives.
mlir::LogicalResult dftAtRunTime(Node &node, std::optional<int64_t> axis);
mlir::LogicalResult stftAtRunTime(Node &node);
mlir::LogicalResult melWeightsAtRunTime(Node &node, mlir::Type element);
mlir::LogicalResult col2ImAtRunTime(Node &node);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_SIGNAL_H
