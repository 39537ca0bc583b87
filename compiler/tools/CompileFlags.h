//===- CompileFlags.h - compile options of the command line -----*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_COMPILEFLAGS_H
#define TESSERA_COMPILER_TOOLS_COMPILEFLAGS_H

#include "compiler/driver/CompileOptions.h"
#include "compiler/tools/Command.h"

namespace tessera::tools {

/// Options that compile and verify share, as given.
struct CompileFlags {
  std::string target = "native", precision = "f32", f32Math = "auto",
              winograd = "on", tuning, sanitize;
  std::vector<std::string> dimensions, preprocess;
  bool reference = false;
};

/// --preprocess alone, for commands that do not compile.
void addPreprocessFlag(CLI::App &command, std::vector<std::string> &texts);

void addCompileFlags(CLI::App &command, CompileFlags &flags);

/// Adds what --preprocess says.
llvm::Error addPreprocessing(const std::vector<std::string> &texts,
                             import::ImportOptions &options);

/// How products of f32 may be computed.
schedule::Products productsOf(const CompileFlags &flags);

/// Fills the options, or says which flag cannot be honoured and what can.
llvm::Error applyCompileFlags(const CompileFlags &flags,
                              CompileOptions &options);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_COMPILEFLAGS_H
