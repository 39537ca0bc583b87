//===- Generator.h - the process that writes code with Halide ---*- C++ -*-===//

#ifndef TESSERA_CODEGEN_HALIDE_GENERATOR_H
#define TESSERA_CODEGEN_HALIDE_GENERATOR_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>

namespace tessera::halide {

/// Whether this installation has the process: it is built where Halide was
/// found.
bool isAvailable();

/// The bitcode of a function `name` that computes what `description` says, for
/// vectors of `vectorBits`. It takes one `halide_buffer_t` for each input and
/// one for the output, allocates nothing and calls nothing.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
generate(llvm::StringRef description, llvm::StringRef name,
         unsigned vectorBits);

} // namespace tessera::halide

#endif // TESSERA_CODEGEN_HALIDE_GENERATOR_H
