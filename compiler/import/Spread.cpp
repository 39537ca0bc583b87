//===- Spread.cpp - extents of which only the run knows whether they are 1 ===//
//
// Broadcasting is decided by extents. Where both that meet are free, they are
// taken to be equal and read at full speed; operands that are often a single
// element (biases, masks, scales) are read through an index instead, which
// serves both cases.
//
//===----------------------------------------------------------------------===//

#include "compiler/import/Importer.h"
#include "compiler/import/Term.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Kernel.h"

using namespace llvm;
using namespace mlir;

namespace tessera::import {

Term spread(const Term &x, int64_t axis, AffineExpr wanted) {
  AffineExpr own = x.extent(axis);
  if (!x || own == wanted || kernel::constantOf(own) ||
      kernel::constantOf(wanted) == 1) {
    return x;
  }
  Node &node = x.node();
  Type i64 = node.builder.getI64Type();
  // One factor is 0: the extent is 1 or the wanted one.
  node.importer.assumeEqual((own - 1) * (own - wanted), sizeOf(node, 0));
  Term last = sizeTerm(node, i64, kernel::simplify(own - 1));
  Term index = apply<graph::MinOp>({positions(node, wanted), last});
  return gather(x, index, axis);
}

/// Whether the extent is one that the caller of the model chooses freely, not
/// one that follows from others and so is hardly 1 by intent.
static bool isChosen(AffineExpr extent, ModuleOp module) {
  auto symbol = dyn_cast<AffineSymbolExpr>(extent);
  auto list = module->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  return symbol && list && symbol.getPosition() < list.size() &&
         llvm::cast<kernel::DimensionAttr>(list[symbol.getPosition()])
                 .getKind() == kernel::DimensionKind::input;
}

void takeFirstsAsOne(Node &node) {
  ModuleOp module = *node.importer.module;
  unsigned count = node.inputCount();
  auto meetsAnother = [&](unsigned i, int64_t fromEnd, AffineExpr extent) {
    for (unsigned other = 0; other < count; ++other) {
      Sizes extents = node.extents(other);
      int64_t axis = int64_t(extents.size()) - fromEnd;
      if (other != i && axis >= 0 && extents[axis] != extent &&
          kernel::constantOf(extents[axis]) != 1) {
        return true;
      }
    }
    return false;
  };
  for (unsigned i = 0; i < count; ++i) {
    Sizes extents = node.extents(i);
    for (auto [axis, extent] : enumerate(extents)) {
      if (isAtMostOne(extent, module) &&
          meetsAnother(i, extents.size() - axis, extent)) {
        (void)node.fixExtent(i, axis, sizeOf(node, 1));
      }
    }
  }
}

Term spreadTo(Term x, ArrayRef<AffineExpr> extents) {
  if (!x || x.rank() > int64_t(extents.size())) {
    return x;
  }
  ModuleOp module = *x.node().importer.module;
  for (int64_t axis = 1; axis <= x.rank(); ++axis) {
    AffineExpr wanted = extents[extents.size() - axis];
    bool follows = !kernel::constantOf(wanted) && !isChosen(wanted, module);
    if (x && isChosen(x.extent(-axis), module) && !follows) {
      x = spread(x, -axis, wanted);
    }
  }
  return x;
}

} // namespace tessera::import
