//===- Artifact.h - what a compiled model consists of -----------*- C++ -*-===//
//
// The interface of this folder: a plain description of a model, filled by the
// driver, and the functions that write it as a library, an archive or a header.
// Files appear under their final names complete or not at all.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_ARTIFACT_H
#define TESSERA_CODEGEN_EMIT_ARTIFACT_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"
#include <functional>
#include <string>
#include <vector>

namespace tessera::emit {

/// A symbolic dimension: an entry of the module's `tsk.dimensions`.
struct Dimension {
  std::string name;
  /// Field of the C struct; empty unless the caller gives its value.
  std::string field;
  int64_t lower = 0;
  int64_t upper = -1;
  /// TSR_DIMENSION_*.
  unsigned kind = 0;
};

struct Axis {
  int64_t extent = -1;
  int64_t dimension = -1;
  std::string text;
};

struct Tensor {
  std::string name;
  /// Field of the C struct, derived from the name.
  std::string field;
  /// TSR_FLOAT32 ...
  unsigned elementType = 0;
  unsigned elementBytes = 0;
  std::vector<Axis> axes;
  /// TSR_TENSOR_*.
  unsigned flags = 0;
};

struct KernelRecord {
  std::string name;
  /// Names of the model's nodes that it computes.
  std::string nodes;
};

enum class Sanitizer { none, address, thread };

/// Writes the whole weights segment; may be called twice.
using WeightWriter = std::function<llvm::Error(llvm::raw_ostream &)>;

struct ArtifactDescription {
  /// A C identifier; every exported name starts with it.
  std::string prefix;
  /// Named in the header's first line.
  std::string modelName;
  uint64_t modelHash = 0;
  std::vector<Dimension> dimensions;
  std::vector<Tensor> inputs;
  std::vector<Tensor> outputs;
  std::vector<KernelRecord> kernels;
  /// What tools show of the compilation, as JSON; stored compressed.
  std::string record;
  /// Instruction sets the code was generated for: TSR_ISA_X86_64_V3 ...
  std::vector<unsigned> variants;
  /// All generated ELF objects. They define
  /// `<prefix>_generated_{run,workspace}_<isaSuffix(isa)>` for each variant and
  /// `<prefix>_generated_{resolve,shapes}`, all hidden.
  std::vector<llvm::MemoryBufferRef> objects;
  /// Bytes that `writeWeights` writes.
  uint64_t weightsBytes = 0;
  WeightWriter writeWeights;
  /// Write the weights to `<stem>.weights` beside the library.
  bool weightsInFile = false;
  /// Workspace at the lower bounds of all dimensions, for the header's text;
  /// -1: unknown.
  int64_t workspaceBytes = -1;
  Sanitizer sanitizer = Sanitizer::none;
};

/// `x86_64_v3` and so on: the end of a variant's symbols. Empty: unknown.
llvm::StringRef isaSuffix(unsigned isa);
/// `x86-64-v3` and so on: the spelling of `--target`.
llvm::StringRef isaTarget(unsigned isa);

/// A C identifier made from any text, never empty and never a keyword.
std::string cIdentifier(llvm::StringRef text);

/// Fills prefix, dimensions, inputs and outputs from `tsk.dimensions` and
/// `tsk.signature` of a planned module.
llvm::Error describeInterface(mlir::ModuleOp module, llvm::StringRef prefix,
                              ArtifactDescription &artifact);

/// Writes the library at `path` (and its weights file, if so described), and
/// the C header at `headerPath` unless that is empty. All appear together.
llvm::Error emitSharedLibrary(const ArtifactDescription &artifact,
                              llvm::StringRef path,
                              llvm::StringRef headerPath = {});

/// Writes a static library: one object whose only global names are the
/// exported ones, and one with the weights. Other files as above.
llvm::Error emitArchive(const ArtifactDescription &artifact,
                        llvm::StringRef path, llvm::StringRef headerPath = {});

/// The text of the C header.
std::string headerText(const ArtifactDescription &artifact);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_ARTIFACT_H
