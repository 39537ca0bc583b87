//===- DimensionChecks.cpp - values of dimensions in host functions -------===//

#include "codegen/cpu/DimensionChecks.h"
#include "codegen/cpu/Access.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "runtime/include/tessera/abi.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::cpu {

void returnIf(HostFunction &host, Value bad, int32_t status) {
  OpBuilder &b = host.b;
  auto constant = [&](int32_t value) -> Value {
    return LLVM::ConstantOp::create(b, host.loc, b.getI32Type(),
                                    b.getI32IntegerAttr(value));
  };
  host.returnIfNonzero(arith::SelectOp::create(
      b, host.loc, bad, constant(status), constant(TSR_OK)));
}

void checkBounds(HostFunction &host, DimensionAttr dimension, Value value) {
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

Value deriveDimension(HostFunction &host, DimensionAttr dimension,
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

SmallVector<AffineMap> constraintsOf(ModuleOp plan) {
  auto list = plan->getAttrOfType<ArrayAttr>("tsk.constraints");
  return list ? llvm::to_vector(list.getAsValueRange<AffineMapAttr>())
              : SmallVector<AffineMap>();
}

void checkConstraint(HostFunction &host, AffineMap constraint,
                     ArrayRef<Value> symbols) {
  OpBuilder &b = host.b;
  Value left = emitExpr(b, host.loc, constraint.getResult(0), {}, symbols);
  Value right = emitExpr(b, host.loc, constraint.getResult(1), {}, symbols);
  returnIf(
      host,
      arith::CmpIOp::create(b, host.loc, arith::CmpIPredicate::ne, left, right),
      TSR_DIMENSION_MISMATCH);
}

} // namespace tessera::cpu
