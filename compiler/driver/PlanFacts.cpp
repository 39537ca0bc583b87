//===- PlanFacts.cpp - what a planned module says about itself ------------===//

#include "compiler/driver/PlanFacts.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>

using namespace mlir;
using namespace tessera;

/// The results of a map over symbols; empty on overflow or division by zero.
static SmallVector<int64_t> evaluate(AffineMap map, ArrayRef<int64_t> symbols) {
  Builder builder(map.getContext());
  SmallVector<Attribute> operands, results;
  for (unsigned i = 0; i < map.getNumSymbols(); ++i) {
    operands.push_back(
        builder.getIndexAttr(i < symbols.size() ? symbols[i] : 1));
  }
  if (failed(map.constantFold(operands, results))) {
    return {};
  }
  return llvm::map_to_vector(results, [](Attribute result) {
    return cast<IntegerAttr>(result).getInt();
  });
}

/// The smallest value of every dimension.
static SmallVector<int64_t> smallestSizes(ModuleOp plan) {
  SmallVector<int64_t> sizes;
  auto array = plan->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  if (!array) {
    return sizes;
  }
  for (auto dimension : array.getAsRange<kernel::DimensionAttr>()) {
    int64_t size = std::max<int64_t>(dimension.getLower(), 1);
    SmallVector<int64_t> operands = evaluate(dimension.getOperands(), sizes);
    if (!operands.empty() &&
        dimension.getKind() == kernel::DimensionKind::min) {
      size = *std::min_element(operands.begin(), operands.end());
    } else if (!operands.empty() &&
               dimension.getKind() == kernel::DimensionKind::max) {
      size = *std::max_element(operands.begin(), operands.end());
    }
    sizes.push_back(size);
  }
  return sizes;
}

static int64_t bytesOf(ModuleOp plan, StringRef name) {
  Attribute attribute = plan->getAttr(name);
  if (auto integer = dyn_cast_or_null<IntegerAttr>(attribute)) {
    return integer.getInt();
  }
  auto map = dyn_cast_or_null<AffineMapAttr>(attribute);
  if (!map) {
    return -1;
  }
  SmallVector<int64_t> results = evaluate(map.getValue(), smallestSizes(plan));
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
