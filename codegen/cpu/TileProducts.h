//===- TileProducts.h - sums of products on matrix tiles --------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_TILEPRODUCTS_H
#define TESSERA_CODEGEN_CPU_TILEPRODUCTS_H

#include "codegen/cpu/Nest.h"

namespace tessera::cpu {

/// Emits the tasks [begin, end) of a launch whose schedule says that parts of
/// bf16 are multiplied on tiles; `b` is in the entry block of the function.
void emitTileProducts(Nest &nest, mlir::OpBuilder &b, mlir::Value begin,
                      mlir::Value end);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_TILEPRODUCTS_H
