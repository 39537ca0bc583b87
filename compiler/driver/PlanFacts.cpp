//===- PlanFacts.cpp - what a planned module says about itself ------------===//

#include "compiler/driver/PlanFacts.h"
#include "dialects/kernel/Sizes.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace mlir;
using namespace tessera;

static int64_t bytesOf(ModuleOp plan, StringRef name) {
  Attribute attribute = plan->getAttr(name);
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attribute)) {
    return integer.getInt();
  }
  auto map = dyn_cast_or_null<AffineMapAttr>(attribute);
  if (!map) {
    return -1;
  }
  SmallVector<int64_t> results =
      kernel::evaluateSizes(map.getValue(), kernel::resolveSizes(plan, {}));
  // A bound may have several results, of which the greatest counts.
  return results.empty() ? -1
                         : *std::max_element(results.begin(), results.end());
}

int64_t tessera::smallestWorkspace(ModuleOp plan) {
  return bytesOf(plan, "tsk.workspace");
}

int64_t tessera::workspaceLowerBound(ModuleOp plan) {
  return bytesOf(plan, "tsk.arena_lower_bound");
}

static void collectNodes(Location location,
                         llvm::SmallSetVector<StringRef, 8> &names) {
  if (auto name = dyn_cast<NameLoc>(location)) {
    names.insert(name.getName());
  } else if (auto fused = dyn_cast<FusedLoc>(location)) {
    for (Location part : fused.getLocations()) {
      collectNodes(part, names);
    }
  }
}

std::string tessera::nodesOf(Location location) {
  llvm::SmallSetVector<StringRef, 8> names;
  collectNodes(location, names);
  return llvm::join(names, ", ");
}
