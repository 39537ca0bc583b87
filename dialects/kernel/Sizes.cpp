//===- Sizes.cpp - affine sizes as numbers --------------------------------===//

#include "dialects/kernel/Sizes.h"
#include "dialects/kernel/Extents.h"
#include <algorithm>

using namespace mlir;

namespace tessera::kernel {

SmallVector<int64_t> evaluateSizes(AffineMap map, ArrayRef<int64_t> symbols) {
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

SmallVector<int64_t> resolveSizes(ModuleOp module, ArrayRef<int64_t> given) {
  SmallVector<int64_t> sizes;
  auto array = module->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  if (!array) {
    return sizes;
  }
  for (auto dimension : array.getAsRange<DimensionAttr>()) {
    int64_t size = std::max<int64_t>(dimension.getLower(), 1);
    SmallVector<int64_t> operands =
        evaluateSizes(dimension.getOperands(), sizes);
    if (dimension.getKind() == DimensionKind::input && !given.empty()) {
      size = given.front();
      given = given.drop_front();
    } else if (dimension.getKind() == DimensionKind::min && !operands.empty()) {
      size = *std::min_element(operands.begin(), operands.end());
    } else if (dimension.getKind() == DimensionKind::max && !operands.empty()) {
      size = *std::max_element(operands.begin(), operands.end());
    }
    sizes.push_back(size);
  }
  return sizes;
}

} // namespace tessera::kernel
