//===- CompileOptions.h - everything a compilation depends on ---*- C++ -*-===//

#ifndef TESSERA_COMPILER_DRIVER_COMPILEOPTIONS_H
#define TESSERA_COMPILER_DRIVER_COMPILEOPTIONS_H

#include "codegen/schedule/Target.h"
#include "compiler/import/Import.h"
#include <functional>
#include <string>
#include <vector>

namespace tessera {

/// What is written, in the order in which the stages make it.
enum class Emit { import, graph, kernels, llvm, object, archive, library };

struct CompileOptions {
  std::string modelPath;
  /// The file to write; `-` is standard output where the result is text.
  std::string outputPath;
  Emit emit = Emit::library;

  /// Names of CPU targets, one code variant each; empty: this machine's best.
  std::vector<std::string> targets;
  import::ImportOptions import;
  /// Start of every exported name; empty: made from the output's file name.
  std::string symbolPrefix;
  /// Weights go to a file of their own beside the library.
  bool weightsInFile = false;
  /// JSON files of schedules, separated by commas; later ones win.
  std::string tuningFile;
  /// Use only schedules measured on this machine (its signature); empty: all.
  std::string tuningMachine;
  /// "", "address" or "thread": what the generated code checks while it runs.
  std::string sanitize;

  /// How products of f32 may be computed on targets with matrix tiles.
  schedule::Products products = schedule::Products::bf16x6;
  /// 3x3 convolutions may use Winograd's algorithm.
  bool winograd = true;
  /// Off: one kernel for each operator.
  bool fuse = true;
  /// Off: one point at a time, no vectors.
  bool vectorise = true;

  /// Threads of the compiler; 0: one for each processor.
  unsigned jobs = 0;
  /// Print the module after every pass, or after this one.
  bool printAfterAll = false;
  std::string printAfter;
  /// Print how long stages and passes take.
  bool timing = false;

  /// Asked before each pass, with its argument ("" for those that only run
  /// others): false leaves the pass out.
  std::function<bool(llvm::StringRef)> shouldRun;
  /// Called after each pass with what the pass worked on, and with "import"
  /// and the module before the first.
  std::function<void(llvm::StringRef, mlir::Operation *)> afterPass;
};

} // namespace tessera

#endif // TESSERA_COMPILER_DRIVER_COMPILEOPTIONS_H
