//===- Size.cpp - byte counts that may depend on free dimensions ----------===//

#include "passes/plan/Size.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/GrowingBound.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::plan {

SizeBasis::SizeBasis(ModuleOp module) : module(module) {
  indexOf(getAffineConstantExpr(1, module.getContext()));
}

/// The value of an expression when free dimensions have an assumed extent.
static int64_t nominalOf(ModuleOp module, AffineExpr expr,
                         int64_t assumedExtent) {
  SmallVector<AffineExpr> values;
  if (auto list = module->getAttrOfType<ArrayAttr>(kDimensionsAttr)) {
    for (auto dimension : list.getAsRange<DimensionAttr>()) {
      int64_t value = std::max(assumedExtent, dimension.getLower());
      if (dimension.getUpper() >= 0) {
        value = std::min(value, dimension.getUpper());
      }
      values.push_back(getAffineConstantExpr(value, module.getContext()));
    }
  }
  auto value = constantOf(expr.replaceSymbols(values));
  return value.value_or(assumedExtent);
}

unsigned SizeBasis::indexOf(AffineExpr product) {
  auto *found = llvm::find(products, product);
  if (found != products.end()) {
    return found - products.begin();
  }
  products.push_back(product);
  nominals.push_back({nominalOf(module, product, 128),
                      nominalOf(module, product, 16),
                      nominalOf(module, product, 1024)});
  return products.size() - 1;
}

Size SizeBasis::sizeOf(AffineExpr bytes) {
  Size size = zero();
  for (const Term &term : termsOf(growingBound(bytes))) {
    unsigned index = indexOf(term.product);
    size.resize(products.size(), 0);
    size[index] += term.coefficient;
  }
  return size;
}

AffineExpr SizeBasis::exprOf(const Size &size) const {
  AffineExpr sum = getAffineConstantExpr(0, context());
  for (auto [product, coefficient] : llvm::zip(products, size)) {
    sum = sum + product * coefficient;
  }
  return simplify(sum);
}

int64_t SizeBasis::nominal(const Size &size, unsigned sample) const {
  int64_t sum = 0;
  for (auto [values, coefficient] : llvm::zip(nominals, size)) {
    sum += values[sample] * coefficient;
  }
  return sum;
}

bool neverMore(const Size &a, const Size &b) {
  return llvm::all_of(llvm::zip_equal(a, b), [](auto pair) {
    return std::get<0>(pair) <= std::get<1>(pair);
  });
}

Size sumOf(const Size &a, const Size &b) {
  Size sum = a;
  for (auto [value, other] : llvm::zip_equal(sum, b)) {
    value += other;
  }
  return sum;
}

Size boundOf(const Size &a, const Size &b) {
  Size bound = a;
  for (auto [value, other] : llvm::zip_equal(bound, b)) {
    value = std::max(value, other);
  }
  return bound;
}

void addPeak(SmallVectorImpl<Size> &peaks, Size size) {
  if (llvm::any_of(peaks,
                   [&](const Size &peak) { return neverMore(size, peak); })) {
    return;
  }
  llvm::erase_if(peaks,
                 [&](const Size &peak) { return neverMore(peak, size); });
  peaks.push_back(std::move(size));
}

} // namespace tessera::plan
