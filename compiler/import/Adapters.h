//===- Adapters.h - from ONNX operators to the graph dialect ----*- C++ -*-===//
//
// An adapter is a short function for one ONNX operator from one opset version
// on. It builds the one normalised operation, whatever the opset: attributes
// that became inputs, padding rules and negative axes end here.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_ADAPTERS_H
#define TESSERA_COMPILER_IMPORT_ADAPTERS_H

#include "compiler/import/Node.h"
#include "llvm/ADT/StringMap.h"

namespace tessera::import {

struct Adapter {
  int64_t since;
  unsigned minInputs, maxInputs;
  std::function<mlir::LogicalResult(Node &)> apply;
};

/// No bound on the number of inputs.
inline constexpr unsigned kVariadic = ~0u;

class AdapterTable {
public:
  AdapterTable();

  /// Adds an operator; those of other domains are named `domain.operator`.
  void add(llvm::StringRef op, int64_t since, unsigned minInputs,
           unsigned maxInputs,
           std::function<mlir::LogicalResult(Node &)> apply);
  /// The adapter with the greatest version up to `opset`, or null.
  const Adapter *find(llvm::StringRef domain, llvm::StringRef op,
                      int64_t opset) const;

private:
  llvm::StringMap<llvm::SmallVector<Adapter, 2>> operators;
};

void addAttentionAdapters(AdapterTable &table);
void addContractionAdapters(AdapterTable &table);
void addControlAdapters(AdapterTable &table);
void addDeformAdapters(AdapterTable &table);
void addDeterminantAdapters(AdapterTable &table);
void addExtensionAdapters(AdapterTable &table);
void addExtensionAttentionAdapters(AdapterTable &table);
void addIndexingAdapters(AdapterTable &table);
void addLearningAdapters(AdapterTable &table);
void addLibraryAdapters(AdapterTable &table);
void addLoopAdapters(AdapterTable &table);
void addLossAdapters(AdapterTable &table);
void addNormalisationAdapters(AdapterTable &table);
void addPointwiseAdapters(AdapterTable &table);
void addQuantisationAdapters(AdapterTable &table);
void addQuantisedPointwiseAdapters(AdapterTable &table);
void addQuantisedProductAdapters(AdapterTable &table);
void addRecurrenceAdapters(AdapterTable &table);
void addReductionAdapters(AdapterTable &table);
void addResizeAdapters(AdapterTable &table);
void addScanAdapters(AdapterTable &table);
void addScatterAdapters(AdapterTable &table);
void addSequenceAdapters(AdapterTable &table);
void addCastAdapters(AdapterTable &table);
void addConstantAdapters(AdapterTable &table);
void addShapeAdapters(AdapterTable &table);
void addSignalAdapters(AdapterTable &table);
void addTrainingAdapters(AdapterTable &table);
void addTreeAdapters(AdapterTable &table);
void addVisionAdapters(AdapterTable &table);
void addWindowAdapters(AdapterTable &table);
void addOptionalAdapters(AdapterTable &table);
void addRandomAdapters(AdapterTable &table);
void addStringAdapters(AdapterTable &table);
void addValueSequenceAdapters(AdapterTable &table);

/// The graph dialect's name of a reduction; empty for other operators.
llvm::StringRef reductionKindOf(llvm::StringRef op);

/// Computes a node whose inputs are known, see KnownTensor.h. Returns false
/// when the node has to be built as an operation.
bool evaluateKnown(Node &node);

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_ADAPTERS_H
