//===- ShapeFunctions.cpp - free dimensions at run time -------------------===//

#include "codegen/cpu/Access.h"
#include "codegen/cpu/DimensionChecks.h"
#include "codegen/cpu/HostFunction.h"
#include "codegen/cpu/PlanFunctions.h"
#include "dialects/kernel/Library.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/tessera/abi.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// Refuses dimensions at which `expr` does not fit into 64 bits.
static void checkOverflow(HostFunction &host, AffineExpr expr,
                          ArrayRef<Value> symbols) {
  // A dimension of its own always fits.
  bool plain = isa<AffineSymbolExpr>(expr);
  Value bad = plain ? Value() : emitOverflows(host.b, host.loc, expr, symbols);
  if (bad) {
    returnIf(host, bad, TSR_DIMENSION_OUT_OF_BOUNDS);
  }
}

/// Visits the extents of the inputs, then of the outputs, in order.
static void forEachExtent(ModuleOp plan,
                          llvm::function_ref<void(AffineExpr)> visit) {
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  if (!signature) {
    return;
  }
  for (StringRef side : {"inputs", "outputs"}) {
    for (Attribute entry : signature.getAs<ArrayAttr>(side)) {
      auto type = cast<RankedTensorType>(
          cast<DictionaryAttr>(entry).getAs<TypeAttr>("type").getValue());
      llvm::for_each(extentsOf(type), visit);
    }
  }
}

static void emitResolve(ModuleOp plan, HostFunction &host) {
  OpBuilder &b = host.b;
  Value dims = host.entry->getArgument(0);
  SmallVector<Value> symbols;
  llvm::BitVector computed = computedDimensions(plan);
  auto list = plan->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  for (auto [i, entry] :
       llvm::enumerate(list ? list.getValue() : ArrayRef<Attribute>())) {
    auto dimension = cast<DimensionAttr>(entry);
    if (dimension.getKind() == DimensionKind::input) {
      symbols.push_back(host.loadField(dims, 8 * i, host.index));
      checkBounds(host, dimension, symbols.back());
      continue;
    }
    for (AffineExpr operand : dimension.getOperands().getResults()) {
      checkOverflow(host, operand, symbols);
    }
    // What a run computes is unknown here.
    symbols.push_back(computed[i] ? constantIndex(b, host.loc, -1)
                                  : deriveDimension(host, dimension, symbols));
    LLVM::StoreOp::create(b, host.loc, symbols.back(), host.field(dims, 8 * i),
                          8);
  }
  forEachExtent(
      plan, [&](AffineExpr extent) { checkOverflow(host, extent, symbols); });
  for (AffineMap constraint : constraintsOf(plan)) {
    if (!usesDimensions(constraint.getResult(0), computed) &&
        !usesDimensions(constraint.getResult(1), computed)) {
      checkConstraint(host, constraint, symbols);
    }
  }
  LLVM::ReturnOp::create(b, host.loc,
                         LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                                  b.getI32IntegerAttr(TSR_OK)));
}

static void emitShapes(ModuleOp plan, HostFunction &host) {
  SmallVector<Value> symbols =
      host.loadSymbols(host.entry->getArgument(0), host.dimensionCount(plan));
  int64_t slot = 0;
  forEachExtent(plan, [&](AffineExpr extent) {
    Value value = emitExpr(host.b, host.loc, extent, {}, symbols);
    LLVM::StoreOp::create(host.b, host.loc, value,
                          host.field(host.entry->getArgument(1), 8 * slot++),
                          8);
  });
  LLVM::ReturnOp::create(host.b, host.loc, ValueRange());
}

void emitShapeFunctions(ModuleOp plan, ModuleOp code, StringRef prefix) {
  {
    HostFunction resolve(code, (prefix + "_generated_resolve").str(), 1,
                         HostFunction::Result::status);
    emitResolve(plan, resolve);
  }
  HostFunction shapes(code, (prefix + "_generated_shapes").str(), 2,
                      HostFunction::Result::none);
  emitShapes(plan, shapes);
}

} // namespace tessera::cpu
