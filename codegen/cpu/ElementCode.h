//===- ElementCode.h - numbers of element types -----------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_ELEMENTCODE_H
#define TESSERA_CODEGEN_CPU_ELEMENTCODE_H

#include "dialects/kernel/Library.h"
#include "tessera/abi.h"

namespace tessera {

/// TSR_* for an element type; 0: none.
inline unsigned elementCodeOf(mlir::Type type) {
  if (type.isF32()) {
    return TSR_FLOAT32;
  }
  if (type.isF64()) {
    return TSR_FLOAT64;
  }
  if (type.isF16()) {
    return TSR_FLOAT16;
  }
  if (type.isBF16()) {
    return TSR_BFLOAT16;
  }
  if (kernel::isStringType(type)) {
    return TSR_STRING;
  }
  auto integer = llvm::dyn_cast<mlir::IntegerType>(type);
  if (!integer) {
    return llvm::isa<mlir::Float8E4M3FNType>(type)     ? TSR_FLOAT8E4M3FN
           : llvm::isa<mlir::Float8E4M3FNUZType>(type) ? TSR_FLOAT8E4M3FNUZ
           : llvm::isa<mlir::Float8E5M2Type>(type)     ? TSR_FLOAT8E5M2
           : llvm::isa<mlir::Float8E5M2FNUZType>(type) ? TSR_FLOAT8E5M2FNUZ
           : llvm::isa<mlir::Float8E8M0FNUType>(type)  ? TSR_FLOAT8E8M0
           : llvm::isa<mlir::Float4E2M1FNType>(type)   ? TSR_FLOAT4E2M1
                                                       : 0;
  }
  bool isUnsigned = integer.isUnsigned();
  switch (integer.getWidth()) {
  case 1:
    return TSR_BOOL;
  case 2:
    return isUnsigned ? TSR_UINT2 : TSR_INT2;
  case 4:
    return isUnsigned ? TSR_UINT4 : TSR_INT4;
  case 8:
    return isUnsigned ? TSR_UINT8 : TSR_INT8;
  case 16:
    return isUnsigned ? TSR_UINT16 : TSR_INT16;
  case 32:
    return isUnsigned ? TSR_UINT32 : TSR_INT32;
  case 64:
    return isUnsigned ? TSR_UINT64 : TSR_INT64;
  default:
    return 0;
  }
}

} // namespace tessera

#endif // TESSERA_CODEGEN_CPU_ELEMENTCODE_H
