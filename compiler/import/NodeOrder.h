//===- NodeOrder.h - nodes behind those that they read from -----*- C++ -*-===//

#ifndef TESSERA_COMPILER_IMPORT_NODEORDER_H
#define TESSERA_COMPILER_IMPORT_NODEORDER_H

#include "onnx.pb.h"

namespace tessera::import {

/// Puts nodes that stand before those that they read from, against ONNX's
/// rules, behind them: some converters append nodes at the end. The others keep
/// their order, and where no order is right, all do.
void orderNodes(onnx::GraphProto &graph);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_NODEORDER_H
