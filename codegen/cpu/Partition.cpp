//===- Partition.cpp - one module for each function -----------------------===//

#include "codegen/cpu/Partition.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

SmallVector<LLVM::LLVMFuncOp> tessera::cpu::definedFunctions(ModuleOp module) {
  SmallVector<LLVM::LLVMFuncOp> functions;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (!function.isExternal()) {
      functions.push_back(function);
    }
  }
  return functions;
}

static void hide(LLVM::LLVMFuncOp function) {
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  function.setDsoLocal(true);
}

/// Declares a function that another part (or library) defines.
static void declareFunction(OpBuilder &builder, LLVM::LLVMFuncOp function) {
  auto declaration =
      cast<LLVM::LLVMFuncOp>(builder.insert(function->cloneWithoutRegions()));
  if (!function.isExternal()) {
    hide(declaration);
  }
}

/// Copies a constant into the part.
static LogicalResult copyGlobal(OpBuilder &builder, LLVM::GlobalOp global) {
  if (!global.getConstant()) {
    return global.emitError("expected a constant global, got a mutable one");
  }
  auto copy = cast<LLVM::GlobalOp>(builder.clone(*global));
  copy.setLinkage(LLVM::Linkage::Internal);
  return success();
}

FailureOr<OwningOpRef<ModuleOp>>
tessera::cpu::extractFunction(LLVM::LLVMFuncOp function) {
  auto module = function->getParentOfType<ModuleOp>();
  OwningOpRef<ModuleOp> part = ModuleOp::create(module.getLoc());
  OpBuilder builder = OpBuilder::atBlockEnd(part->getBody());
  hide(cast<LLVM::LLVMFuncOp>(builder.clone(*function)));
  auto uses = SymbolTable::getSymbolUses(&function.getBody());
  if (!uses) {
    return function.emitError("expected known symbol uses, got unknown ones");
  }
  llvm::SmallPtrSet<Operation *, 8> done;
  done.insert(function);
  for (const SymbolTable::SymbolUse &use : *uses) {
    Operation *symbol = SymbolTable::lookupSymbolIn(module, use.getSymbolRef());
    if (!symbol) {
      return use.getUser()->emitError("expected a symbol of the module, got ")
             << use.getSymbolRef();
    }
    if (!done.insert(symbol).second) {
      continue;
    }
    if (auto callee = dyn_cast<LLVM::LLVMFuncOp>(symbol)) {
      declareFunction(builder, callee);
    } else if (auto global = dyn_cast<LLVM::GlobalOp>(symbol)) {
      if (failed(copyGlobal(builder, global))) {
        return failure();
      }
    } else {
      return symbol->emitError("expected a function or a constant");
    }
  }
  return part;
}
