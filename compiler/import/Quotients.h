//===- Quotients.h - sizes divided in floats --------------------*- C++ -*-===//
//
// Exporters write `ceil(float(h) / 2)` for the windows of an image. The
// quotient is no expression of sizes; what is rounded from it is one.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_QUOTIENTS_H
#define TESSERA_COMPILER_IMPORT_QUOTIENTS_H

#include "compiler/import/Node.h"

namespace tessera::import {

/// Notes on the node's result that it is a quotient of sizes by a number, if
/// so.
void noteQuotient(Node &node);

/// What Ceil, Floor or a cast to integers makes of such a quotient, the node's
/// input; nothing for other nodes.
std::optional<KnownTensor> roundedQuotient(Node &node, mlir::Type element);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_QUOTIENTS_H
