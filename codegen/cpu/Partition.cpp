//===- Partition.cpp - one module for each function -----------------------===//

#include "codegen/cpu/Partition.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;

static bool isInternal(LLVM::LLVMFuncOp function) {
  return !function.isExternal() &&
         function.getLinkage() == LLVM::Linkage::Internal;
}

SmallVector<LLVM::LLVMFuncOp> tessera::cpu::sharedFunctions(ModuleOp module) {
  SmallVector<LLVM::LLVMFuncOp> functions;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (!function.isExternal() && !isInternal(function)) {
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

namespace {
/// Copies a function and what it names into a module of its own.
class Extraction {
public:
  explicit Extraction(ModuleOp module)
      : module(module), part(ModuleOp::create(module.getLoc())),
        builder(OpBuilder::atBlockEnd(part->getBody())) {}

  LogicalResult copyFunction(LLVM::LLVMFuncOp function) {
    done.insert(function);
    auto copy = cast<LLVM::LLVMFuncOp>(builder.clone(*function));
    if (!isInternal(function)) {
      hide(copy);
    }
    auto uses = SymbolTable::getSymbolUses(&function.getBody());
    if (!uses) {
      return function.emitError("expected known symbol uses, got unknown ones");
    }
    for (const SymbolTable::SymbolUse &use : *uses) {
      if (failed(copySymbol(use))) {
        return failure();
      }
    }
    return success();
  }

  OwningOpRef<ModuleOp> take() { return std::move(part); }

private:
  LogicalResult copySymbol(const SymbolTable::SymbolUse &use) {
    Operation *symbol = SymbolTable::lookupSymbolIn(module, use.getSymbolRef());
    if (!symbol) {
      return use.getUser()->emitError("expected a symbol of the module, got ")
             << use.getSymbolRef();
    }
    if (!done.insert(symbol).second) {
      return success();
    }
    if (auto callee = dyn_cast<LLVM::LLVMFuncOp>(symbol)) {
      if (isInternal(callee)) {
        return copyFunction(callee);
      }
      declareFunction(callee);
      return success();
    }
    if (auto global = dyn_cast<LLVM::GlobalOp>(symbol)) {
      return copyGlobal(global);
    }
    return symbol->emitError("expected a function or a constant");
  }

  /// Declares a function that another part (or library) defines.
  void declareFunction(LLVM::LLVMFuncOp function) {
    auto declaration =
        cast<LLVM::LLVMFuncOp>(builder.insert(function->cloneWithoutRegions()));
    if (!function.isExternal()) {
      hide(declaration);
    }
  }

  LogicalResult copyGlobal(LLVM::GlobalOp global) {
    if (!global.getConstant()) {
      return global.emitError("expected a constant global, got a mutable one");
    }
    auto copy = cast<LLVM::GlobalOp>(builder.clone(*global));
    copy.setLinkage(LLVM::Linkage::Internal);
    return success();
  }

  ModuleOp module;
  OwningOpRef<ModuleOp> part;
  OpBuilder builder;
  llvm::SmallPtrSet<Operation *, 8> done;
};
} // namespace

FailureOr<OwningOpRef<ModuleOp>>
tessera::cpu::extractFunction(LLVM::LLVMFuncOp function) {
  Extraction extraction(function->getParentOfType<ModuleOp>());
  if (failed(extraction.copyFunction(function))) {
    return failure();
  }
  return extraction.take();
}
