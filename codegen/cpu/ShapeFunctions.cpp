//===- ShapeFunctions.cpp - free dimensions at run time -------------------===//

#include "codegen/cpu/Access.h"
#include "codegen/cpu/HostFunction.h"
#include "codegen/cpu/PlanFunctions.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/tessera/abi.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

/// Returns `status` from the function when `bad` holds.
static void returnIf(HostFunction &host, Value bad, int32_t status) {
  OpBuilder &b = host.b;
  auto constant = [&](int32_t value) -> Value {
    return LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                    b.getI32IntegerAttr(value));
  };
  host.returnIfNonzero(arith::SelectOp::create(
      b, host.loc, bad, constant(status), constant(TSR_OK)));
}

static void checkBounds(HostFunction &host, DimensionAttr dimension,
                        Value value) {
  OpBuilder &b = host.b;
  Value low = constantIndex(b, host.loc, dimension.getLower());
  returnIf(
      host,
      arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::slt, value, low),
      TSR_DIMENSION_OUT_OF_BOUNDS);
  if (dimension.getUpper() >= 0) {
    Value high = constantIndex(b, host.loc, dimension.getUpper());
    returnIf(host,
             arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::sgt,
                                   value, high),
             TSR_DIMENSION_OUT_OF_BOUNDS);
  }
}

static Value derive(HostFunction &host, DimensionAttr dimension,
                    ArrayRef<Value> symbols) {
  Value result;
  for (AffineExpr operand : dimension.getOperands().getResults()) {
    Value value = emitExpr(host.b, host.loc, operand, {}, symbols);
    if (!result) {
      result = value;
    } else if (dimension.getKind() == DimensionKind::min) {
      result = arith::MinSIOp::create(host.b, host.loc, result, value);
    } else {
      result = arith::MaxSIOp::create(host.b, host.loc, result, value);
    }
  }
  return result;
}

static void emitResolve(ModuleOp plan, HostFunction &host) {
  OpBuilder &b = host.b;
  Value dims = host.entry->getArgument(0);
  SmallVector<Value> symbols;
  auto list = plan->getAttrOfType<ArrayAttr>(kDimensionsAttr);
  for (auto [i, entry] :
       llvm::enumerate(list ? list.getValue() : ArrayRef<Attribute>())) {
    auto dimension = cast<DimensionAttr>(entry);
    if (dimension.getKind() == DimensionKind::input) {
      symbols.push_back(host.loadField(dims, 8 * i, host.index));
      checkBounds(host, dimension, symbols.back());
      continue;
    }
    symbols.push_back(derive(host, dimension, symbols));
    LLVM::StoreOp::create(b, host.loc, symbols.back(), host.field(dims, 8 * i),
                          8);
  }
  if (auto constraints = plan->getAttrOfType<ArrayAttr>("tsk.constraints")) {
    for (AffineMap constraint : constraints.getAsValueRange<AffineMapAttr>()) {
      Value left = emitExpr(b, host.loc, constraint.getResult(0), {}, symbols);
      Value right = emitExpr(b, host.loc, constraint.getResult(1), {}, symbols);
      returnIf(host,
               arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::ne,
                                     left, right),
               TSR_DIMENSION_MISMATCH);
    }
  }
  LLVM::ReturnOp::create(b, host.loc,
                         LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                                  b.getI32IntegerAttr(TSR_OK)));
}

static void emitShapes(ModuleOp plan, HostFunction &host) {
  SmallVector<Value> symbols =
      host.loadSymbols(host.entry->getArgument(0), host.dimensionCount(plan));
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  int64_t slot = 0;
  for (StringRef side : {"inputs", "outputs"}) {
    for (Attribute entry : signature ? signature.getAs<ArrayAttr>(side)
                                     : ArrayAttr::get(plan.getContext(), {})) {
      auto type = cast<RankedTensorType>(
          cast<DictionaryAttr>(entry).getAs<TypeAttr>("type").getValue());
      for (AffineExpr extent : extentsOf(type)) {
        Value value = emitExpr(host.b, host.loc, extent, {}, symbols);
        LLVM::StoreOp::create(
            host.b, host.loc, value,
            host.field(host.entry->getArgument(1), 8 * slot++), 8);
      }
    }
  }
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
