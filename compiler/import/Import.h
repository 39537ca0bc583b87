//===- Import.h - from an ONNX file to the graph dialect --------*- C++ -*-===//
//
// The importer maps the model file, checks it, and builds one module of `tsr`
// operations: one operation for each meaning, whatever the opset. Weights stay
// in the mapped file, which the caller keeps alive together with the module.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_IMPORT_H
#define TESSERA_COMPILER_IMPORT_IMPORT_H

#include "compiler/import/PreprocessRule.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "llvm/Support/Error.h"
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tessera::import {

class ModelFile;

/// The value or the bounds that the user gave a free dimension.
struct DimensionRule {
  std::string name; // dimension name, or INPUT[AXIS]
  int64_t lower = 0;
  int64_t upper = -1; // -1: unbounded
};

/// Parses `NAME=N`, `NAME=LO..HI`, `INPUT[AXIS]=N` or `INPUT[AXIS]=LO..HI`.
llvm::Expected<DimensionRule> parseDimensionRule(llvm::StringRef text);

/// Limits on what a model file may ask for.
struct ImportBudget {
  uint64_t maxFields = uint64_t(1) << 22;
  unsigned maxDepth = 64;
  /// Nodes after functions and branches are expanded.
  uint64_t maxNodes = uint64_t(1) << 19;
  unsigned maxRank = 16;
  /// Bytes of one tensor of known size.
  uint64_t maxTensorBytes = uint64_t(1) << 40;
};

/// Least sizes of free dimensions, by name.
using LeastSizes = std::map<std::string, int64_t>;

struct ImportOptions {
  std::vector<DimensionRule> dimensions;
  /// Bounds besides those of the user, which the model itself needs.
  LeastSizes leastSizes;
  /// At most one for each input.
  std::vector<PreprocessRule> preprocess;
  /// Values of the model's own graph to return instead of its outputs; empty:
  /// the model's outputs.
  std::vector<std::string> outputs;
  /// Elements of small integer inputs are sizes: never negative, and followed
  /// through arithmetic. For models that cannot be compiled without.
  bool valuesAreSizes = false;
  ImportBudget budget;
};

/// Something in the model that cannot be compiled.
struct Problem {
  std::string node;   // node name, or "" for the model as a whole
  std::string op;     // operator type
  std::string domain; // "" is ONNX's own
  int64_t opset = 0;  // version of the domain that the model asks for
  std::string what;   // what is wrong
  std::string hint;   // what would make it work, or why
};

/// `WHAT (node NAME, op TYPE): WHY`, the form of every message to the user.
std::string toString(const Problem &problem);

/// Keeps the mapped files alive; weights of the module point into them.
class ImportedModel {
public:
  ImportedModel();
  ~ImportedModel();
  ImportedModel(ImportedModel &&) noexcept;
  ImportedModel &operator=(ImportedModel &&) noexcept;

  std::unique_ptr<ModelFile> file;
};

/// Imports a model. On failure every problem found was emitted as a diagnostic
/// located at its node (NameLoc of the node around NameLoc of the operator
/// type). Names that may stand in `options` are checked too.
mlir::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(llvm::StringRef path, const ImportOptions &options,
            mlir::MLIRContext &context, ImportedModel &holder);

/// Everything in the model that importModel would refuse, in graph order;
/// empty when the model can be compiled.
std::vector<Problem> checkModel(llvm::StringRef path,
                                const ImportOptions &options,
                                mlir::MLIRContext &context);

/// The dialects that imported modules use.
void registerImportDialects(mlir::DialectRegistry &registry);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_IMPORT_H
