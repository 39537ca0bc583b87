//===- ExpandMath.cpp - elementary functions as arithmetic ----------------===//
//
// One row for each operation: its expansion for f32, the largest argument for
// which that holds, and the function of libm for everything else.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/ExpandMath.h"
#include "codegen/cpu/ExpandComposites.h"
#include "codegen/cpu/MathFunctions.h"
#include "codegen/cpu/Passes.h"
#include "codegen/cpu/WidenFloats.h"
#include "codegen/schedule/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

namespace tessera::cpu {
#define GEN_PASS_DEF_EXPANDMATH
#include "codegen/cpu/Passes.h.inc"
} // namespace tessera::cpu

using namespace mlir;
using namespace tessera::cpu;

namespace {
struct Expansion {
  StringRef operation;
  /// Null: libm is called.
  Value (*expand)(MathBuilder &, Value);
  /// Arguments of a larger magnitude go to libm.
  float largest;
  StringRef libm;
  /// Of two arguments, computed in f64.
  Value (*expandWide)(MathBuilder &, Value, Value) = nullptr;
};
} // namespace

static constexpr float unbounded = std::numeric_limits<float>::infinity();

static const Expansion expansions[] = {
    {"math.acos", expandAcos, unbounded, "acos"},
    {"math.acosh", nullptr, unbounded, "acosh"},
    {"math.asin", expandAsin, unbounded, "asin"},
    {"math.asinh", nullptr, unbounded, "asinh"},
    {"math.atan", expandAtan, unbounded, "atan"},
    {"math.atan2", nullptr, unbounded, "atan2"},
    {"math.atanh", nullptr, unbounded, "atanh"},
    {"math.cbrt", nullptr, unbounded, "cbrt"},
    {"math.cos", expandCos, kLargestReduced, "cos"},
    {"math.cosh", expandCosh, unbounded, "cosh"},
    {"math.erf", expandErf, unbounded, "erf"},
    {"math.erfc", nullptr, unbounded, "erfc"},
    {"math.exp", expandExp, unbounded, "exp"},
    {"math.exp2", expandExp2, unbounded, "exp2"},
    {"math.expm1", expandExpM1, unbounded, "expm1"},
    {"math.log", expandLog, unbounded, "log"},
    {"math.log10", expandLog10, unbounded, "log10"},
    {"math.log1p", expandLog1p, unbounded, "log1p"},
    {"math.log2", expandLog2, unbounded, "log2"},
    {"math.powf", nullptr, unbounded, "pow", expandPower},
    {"math.sin", expandSin, kLargestReduced, "sin"},
    {"math.sinh", expandSinh, unbounded, "sinh"},
    {"math.tan", expandTan, kLargestReduced, "tan"},
    {"math.tanh", expandTanh, unbounded, "tanh"},
};

static const Expansion *findExpansion(Operation *op) {
  StringRef name = op->getName().getStringRef();
  for (const Expansion &expansion : expansions) {
    if (expansion.operation == name) {
      return &expansion;
    }
  }
  return nullptr;
}

/// Declares `name` in the module, once.
static FlatSymbolRefAttr declare(ModuleOp module, StringRef name,
                                 FunctionType type) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  if (!module.lookupSymbol(name)) {
    func::FuncOp::create(builder, module.getLoc(), name, type).setPrivate();
  }
  return FlatSymbolRefAttr::get(module.getContext(), name);
}

/// Calls libm's function for each lane.
static Value callLibm(OpBuilder &builder, Operation *op, StringRef libm) {
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType();
  Type element = getElementTypeOrSelf(type);
  std::string name = (libm + (element.isF32() ? "f" : "")).str();
  SmallVector<Type> parameters(op->getNumOperands(), element);
  FlatSymbolRefAttr callee =
      declare(op->getParentOfType<ModuleOp>(), name,
              builder.getFunctionType(parameters, element));
  auto call = [&](ValueRange operands) -> Value {
    return func::CallOp::create(builder, loc, callee, TypeRange(element),
                                operands)
        .getResult(0);
  };
  auto vector = dyn_cast<VectorType>(type);
  if (!vector) {
    return call(op->getOperands());
  }
  SmallVector<Value> lanes;
  for (int64_t lane = 0; lane < vector.getNumElements(); ++lane) {
    SmallVector<Value> operands;
    for (Value operand : op->getOperands()) {
      operands.push_back(
          vector::ExtractOp::create(builder, loc, operand, lane));
    }
    lanes.push_back(call(operands));
  }
  return vector::FromElementsOp::create(builder, loc, vector, lanes);
}

/// Whether the condition holds in any lane.
static Value holdsAnywhere(OpBuilder &builder, Location loc, Value condition) {
  if (!isa<VectorType>(condition.getType())) {
    return condition;
  }
  return vector::ReductionOp::create(builder, loc, vector::CombiningKind::OR,
                                     condition);
}

/// The expansion, with a branch to libm for arguments that are too large.
static Value expandInRange(OpBuilder &builder, Operation *op,
                           const Expansion &expansion) {
  Location loc = op->getLoc();
  Value x = op->getOperand(0);
  MathBuilder m(builder, loc, x.getType());
  if (op->hasAttr(tessera::schedule::kNotPositiveAttr)) {
    return op->hasAttr(tessera::schedule::kMayFlushAttr)
               ? expandFlushedNotPositiveExp(m, x)
               : expandNotPositiveExp(m, x);
  }
  Value expanded = expansion.expand(m, x);
  if (expansion.largest == unbounded) {
    return expanded;
  }
  Value isLarge = m.less(m.constant(expansion.largest), m.abs(x));
  auto branch = scf::IfOp::create(builder, loc, expanded.getType(),
                                  holdsAnywhere(builder, loc, isLarge),
                                  /*withElseRegion=*/true);
  OpBuilder rare = branch.getThenBodyBuilder();
  Value exact = callLibm(rare, op, expansion.libm);
  Value chosen = arith::SelectOp::create(rare, loc, isLarge, exact, expanded);
  scf::YieldOp::create(rare, loc, chosen);
  OpBuilder common = branch.getElseBodyBuilder();
  scf::YieldOp::create(common, loc, expanded);
  return branch.getResult(0);
}

/// The expansion in f64, rounded.
static Value expandInDouble(OpBuilder &builder, Operation *op,
                            const Expansion &expansion) {
  Location loc = op->getLoc();
  Type type = op->getResult(0).getType(), wide = builder.getF64Type();
  if (auto vector = dyn_cast<VectorType>(type)) {
    wide = vector.clone(wide);
  }
  MathBuilder m(builder, loc, wide);
  Value x = arith::ExtFOp::create(builder, loc, wide, op->getOperand(0));
  Value y = arith::ExtFOp::create(builder, loc, wide, op->getOperand(1));
  return arith::TruncFOp::create(builder, loc, type,
                                 expansion.expandWide(m, x, y));
}

static void expandOperation(Operation *op, const Expansion &expansion) {
  if (isNarrowFloat(op->getResult(0).getType())) {
    op = widenOperation(op);
  }
  OpBuilder builder(op);
  Type element = getElementTypeOrSelf(op->getResult(0).getType());
  Value result;
  if (expansion.expand && element.isF32()) {
    result = expandInRange(builder, op, expansion);
  } else if (expansion.expandWide && element.isF32()) {
    result = expandInDouble(builder, op, expansion);
  } else {
    result = callLibm(builder, op, expansion.libm);
  }
  op->getResult(0).replaceAllUsesWith(result);
  op->erase();
}

LogicalResult tessera::cpu::expandMath(ModuleOp module) {
  module.getContext()
      ->loadDialect<func::FuncDialect, scf::SCFDialect,
                    vector::VectorDialect>();
  expandComposites(module);
  SmallVector<std::pair<Operation *, const Expansion *>> work;
  module.walk([&](Operation *op) {
    if (const Expansion *expansion = findExpansion(op)) {
      work.push_back({op, expansion});
    }
  });
  for (auto [op, expansion] : work) {
    Type element = getElementTypeOrSelf(op->getResult(0).getType());
    if (!isa<FloatType>(element)) {
      return op->emitOpError("expected a float type, got ") << element;
    }
    expandOperation(op, *expansion);
  }
  return success();
}

namespace {
struct ExpandMath : tessera::cpu::impl::ExpandMathBase<ExpandMath> {
  void runOnOperation() override {
    if (failed(expandMath(getOperation()))) {
      signalPassFailure();
    }
  }
};
} // namespace
