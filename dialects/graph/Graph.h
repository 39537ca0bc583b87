//===- Graph.h - the tsr dialect --------------------------------*- C++ -*-===//

#ifndef TESSERA_DIALECTS_GRAPH_GRAPH_H
#define TESSERA_DIALECTS_GRAPH_GRAPH_H

#include "dialects/kernel/Kernel.h"

#include "dialects/graph/GraphDialect.h.inc"
#include "dialects/graph/GraphInterfaces.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/ContractionOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/IndexingOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/LibraryOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/PointwiseOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/RecurrenceOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/ReductionOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/ShapeOps.h.inc"
#define GET_OP_CLASSES
#include "dialects/graph/WindowOps.h.inc"

namespace tessera::graph {

/// Creates an operation whose result types are inferred. Unlike `Op::create`,
/// which aborts when inference fails, errors are emitted at `loc` and returned:
/// this is the way to build from what a user gave.
template <typename Op>
mlir::FailureOr<Op>
createChecked(mlir::OpBuilder &builder, mlir::Location loc,
              mlir::ValueRange operands,
              llvm::ArrayRef<mlir::NamedAttribute> attributes = {});

/// Creates and verifies an operation named `name`; null after an error.
mlir::Operation *
createCheckedOperation(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::OperationName name, mlir::ValueRange operands,
                       llvm::ArrayRef<mlir::NamedAttribute> attributes);

template <typename Op>
mlir::FailureOr<Op>
createChecked(mlir::OpBuilder &builder, mlir::Location loc,
              mlir::ValueRange operands,
              llvm::ArrayRef<mlir::NamedAttribute> attributes) {
  mlir::OperationName name(Op::getOperationName(), loc.getContext());
  mlir::Operation *op =
      createCheckedOperation(builder, loc, name, operands, attributes);
  if (!op) {
    return mlir::failure();
  }
  return llvm::cast<Op>(op);
}

} // namespace tessera::graph

#endif // TESSERA_DIALECTS_GRAPH_GRAPH_H
