//===- HostFunction.cpp - writes a function the runtime calls -------------===//

#include "codegen/cpu/HostFunction.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace tessera::cpu {

HostFunction::HostFunction(ModuleOp code, StringRef name, unsigned parameters,
                           Result result)
    : code(code), loc(code.getLoc()), b(OpBuilder::atBlockEnd(code.getBody())),
      pointer(LLVM::LLVMPointerType::get(b.getContext())),
      index(b.getI64Type()) {
  Type returned = result == Result::none
                      ? Type(LLVM::LLVMVoidType::get(b.getContext()))
                  : result == Result::status ? Type(b.getI32Type())
                                             : index;
  auto type = LLVM::LLVMFunctionType::get(
      returned, SmallVector<Type>(parameters, pointer));
  function = LLVM::LLVMFuncOp::create(b, loc, name, type);
  function.setVisibility_(LLVM::Visibility::Hidden);
  entry = function.addEntryBlock(b);
  b.setInsertionPointToStart(entry);
}

Value HostFunction::field(Value base, int64_t bytes) {
  return LLVM::GEPOp::create(
      b, loc, pointer, b.getI8Type(), base,
      ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(bytes)});
}

Value HostFunction::loadField(Value base, int64_t bytes, Type type) {
  return LLVM::LoadOp::create(b, loc, type, field(base, bytes), 8);
}

Value HostFunction::advance(Value base, Value bytes) {
  return LLVM::GEPOp::create(b, loc, pointer, b.getI8Type(), base,
                             ValueRange{bytes});
}

SmallVector<Value> HostFunction::loadSymbols(Value dims, unsigned count) {
  SmallVector<Value> symbols;
  for (unsigned i = 0; i < count; ++i) {
    symbols.push_back(loadField(dims, 8 * i, index));
  }
  return symbols;
}

unsigned HostFunction::dimensionCount(ModuleOp plan) {
  auto list = plan->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr);
  return list ? list.size() : 0;
}

void HostFunction::returnIfNonzero(Value status) {
  Value zero =
      LLVM::ConstantOp::create(b, loc, b.getI32Type(), b.getI32IntegerAttr(0));
  Value bad =
      LLVM::ICmpOp::create(b, loc, LLVM::ICmpPredicate::ne, status, zero);
  Block *leave = new Block(), *next = new Block();
  function.getBody().push_back(leave);
  function.getBody().push_back(next);
  LLVM::CondBrOp::create(b, loc, bad, leave, next);
  b.setInsertionPointToStart(leave);
  LLVM::ReturnOp::create(b, loc, status);
  b.setInsertionPointToStart(next);
}

LLVM::LLVMFuncOp HostFunction::declare(StringRef name,
                                       ArrayRef<Type> parameters) {
  if (auto known = code.lookupSymbol<LLVM::LLVMFuncOp>(name)) {
    return known;
  }
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), parameters);
  OpBuilder top = OpBuilder::atBlockBegin(code.getBody());
  auto declared = LLVM::LLVMFuncOp::create(top, loc, name, type);
  declared.setVisibility_(LLVM::Visibility::Hidden);
  return declared;
}

LLVM::LLVMFuncOp HostFunction::parallelFunction() {
  return declare("tsr_runtime_parallel", {pointer, pointer, pointer, index});
}

LLVM::LLVMFuncOp HostFunction::parallelStepsFunction() {
  return declare("tsr_runtime_parallel_steps",
                 {pointer, pointer, pointer, index, index});
}

LLVM::LLVMFuncOp HostFunction::parallelJoinedFunction() {
  return declare("tsr_runtime_parallel_joined", {pointer, pointer, index});
}

LLVM::LLVMFuncOp HostFunction::parallelBandsFunction() {
  return declare("tsr_runtime_parallel_bands",
                 {pointer, pointer, index, index});
}

} // namespace tessera::cpu
