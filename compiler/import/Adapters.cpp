//===- Adapters.cpp - the table of ONNX operators -------------------------===//

#include "compiler/import/Adapters.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

AdapterTable::AdapterTable() {
  addPointwiseAdapters(*this);
  addQuantisationAdapters(*this);
  addQuantisedPointwiseAdapters(*this);
  addQuantisedProductAdapters(*this);
  addShapeAdapters(*this);
  addContractionAdapters(*this);
  addWindowAdapters(*this);
  addReductionAdapters(*this);
  addNormalisationAdapters(*this);
  addIndexingAdapters(*this);
  addRecurrenceAdapters(*this);
  addControlAdapters(*this);
  addLoopAdapters(*this);
  addScanAdapters(*this);
  addLibraryAdapters(*this);
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
