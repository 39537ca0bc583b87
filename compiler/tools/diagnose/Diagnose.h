//===- Diagnose.h - which node and pass err ---------------------*- C++ -*-===//

#ifndef TESSERA_COMPILER_TOOLS_DIAGNOSE_DIAGNOSE_H
#define TESSERA_COMPILER_TOOLS_DIAGNOSE_DIAGNOSE_H

#include "compiler/import/Values.h"
#include "compiler/tools/TestCase.h"
#include "compiler/tools/diagnose/Deviation.h"

namespace tessera::tools {

/// One value of the model, computed here and by the reference.
struct NodeReport {
  import::ModelValue value;
  /// False: the reference does not know it, or it is no tensor of numbers.
  bool isCompared = false;
  bool isWrong = false;
  Deviation deviation;
};

struct PerNodeReport {
  /// Who computed the expected values.
  std::string reference;
  std::vector<NodeReport> nodes;
  std::optional<size_t> firstWrong;
  /// The folder of a small case that fails likewise; empty: none was found.
  std::string reproducer;
  unsigned reproducerNodes = 0;
  /// What else there is to say.
  std::string remark;
};

/// Where a diagnosis works and writes.
struct DiagnoseFolders {
  std::string scratch;
  /// Receives the reproducer.
  std::string reproducer;
};

/// Compares every value of the model, in the data set `dataSet`, with an
/// independent reference: ONNX Runtime or onnx's evaluator in a Python process
/// where there is one (see findReferencePython), else Tessera's plain loops.
llvm::Expected<PerNodeReport> comparePerNode(const TestCase &test,
                                             const CompileOptions &options,
                                             llvm::StringRef dataSet,
                                             const DiagnoseFolders &folders);

struct BisectReport {
  /// Whether the result is wrong at all.
  bool isWrong = false;
  /// The pass, or the stages between which nothing can be left out.
  std::string culprit;
  /// Passes that ran before and did no harm.
  unsigned harmless = 0;
};

/// Finds the first pass after which the outputs differ from the recorded ones:
/// passes that may be missing are left out from ever later on.
llvm::Expected<BisectReport> bisectPasses(const TestCase &test,
                                          const CompileOptions &options,
                                          llvm::StringRef dataSet,
                                          const DiagnoseFolders &folders);

/// The reports as text.
void print(const PerNodeReport &report, llvm::raw_ostream &stream);
void print(const BisectReport &report, llvm::raw_ostream &stream);

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_DIAGNOSE_DIAGNOSE_H
