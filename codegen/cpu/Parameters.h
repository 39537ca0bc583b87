//===- Parameters.h - attributes as constant data ---------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_CPU_PARAMETERS_H
#define TESSERA_CODEGEN_CPU_PARAMETERS_H

#include "mlir/IR/BuiltinAttributes.h"
#include <string>

namespace tessera::cpu {

/// The bytes that runtime/operators/parameters.h reads: integers (and arrays of
/// them), floats (as doubles), strings and arrays of strings, elements.
std::string parameterBytes(mlir::DictionaryAttr parameters);

} // namespace tessera::cpu

#endif // TESSERA_CODEGEN_CPU_PARAMETERS_H
