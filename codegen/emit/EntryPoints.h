//===- EntryPoints.h - a model's exported functions -------------*- C++ -*-===//

#ifndef TESSERA_CODEGEN_EMIT_ENTRYPOINTS_H
#define TESSERA_CODEGEN_EMIT_ENTRYPOINTS_H

#include "codegen/emit/DescriptorBuilder.h"

namespace tessera::emit {

/// Adds the functions of the model's interface: each hands its arguments, the
/// descriptor and stack memory of `scratchWords` words to the runtime.
void addEntryPoints(DescriptorBuilder &module, llvm::StringRef prefix,
                    llvm::Constant *descriptor, uint64_t scratchWords);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_ENTRYPOINTS_H
