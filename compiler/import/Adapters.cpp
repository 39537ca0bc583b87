//===- Adapters.cpp - the table of ONNX operators -------------------------===//

#include "compiler/import/Adapters.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

AdapterTable::AdapterTable() {
  // Folded from the dialect; the others may replace its entries.
  addPointwiseAdapters(*this);
  addAttentionAdapters(*this);
  addContractionAdapters(*this);
  addControlAdapters(*this);
  addDeformAdapters(*this);
  addDeterminantAdapters(*this);
  addExtensionAdapters(*this);
  addExtensionAttentionAdapters(*this);
  addIndexingAdapters(*this);
  addLearningAdapters(*this);
  addLibraryAdapters(*this);
  addLoopAdapters(*this);
  addLossAdapters(*this);
  addNormalisationAdapters(*this);
  addQuantisationAdapters(*this);
  addQuantisedPointwiseAdapters(*this);
  addQuantisedProductAdapters(*this);
  addRecurrenceAdapters(*this);
  addReductionAdapters(*this);
  addResizeAdapters(*this);
  addScanAdapters(*this);
  addScatterAdapters(*this);
  addSequenceAdapters(*this);
  addCastAdapters(*this);
  addConstantAdapters(*this);
  addShapeAdapters(*this);
  addSignalAdapters(*this);
  addTrainingAdapters(*this);
  addTreeAdapters(*this);
  addVisionAdapters(*this);
  addWindowAdapters(*this);
  addOptionalAdapters(*this);
  addRandomAdapters(*this);
  addStringAdapters(*this);
  addValueSequenceAdapters(*this);
}

void AdapterTable::add(StringRef op, int64_t since, unsigned minInputs,
                       unsigned maxInputs,
                       std::function<LogicalResult(Node &)> apply) {
  operators[op].push_back({since, minInputs, maxInputs, std::move(apply)});
}

const Adapter *AdapterTable::find(StringRef domain, StringRef op,
                                  int64_t opset) const {
  auto found = domain.empty() ? operators.find(op)
                              : operators.find((domain + "." + op).str());
  if (found == operators.end()) {
    return nullptr;
  }
  const Adapter *best = nullptr;
  for (const Adapter &adapter : found->second) {
    if (adapter.since <= opset && (!best || adapter.since >= best->since)) {
      best = &adapter;
    }
  }
  return best;
}

} // namespace tessera::import
