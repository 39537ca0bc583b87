//===- WeightWriter.h - the bytes of the weights segment --------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_WEIGHTWRITER_H
#define TESSERA_CODEGEN_CPU_WEIGHTWRITER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace tessera::cpu {

/// Size of the weights segment of a plan (after tessera-pack-weights), in
/// bytes.
int64_t weightBytesOf(mlir::ModuleOp plan);

/// Writes the segment: every weight at its offset, packed as described, padded
/// to the size above. Holds one weight's panel at a time, never a whole
/// segment.
void writeWeights(mlir::ModuleOp plan, llvm::raw_ostream &stream);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_WEIGHTWRITER_H
