//===- Partition.cpp - modules that LLVM compiles alone -------------------===//

#include "codegen/cpu/Partition.h"

using namespace mlir;
using namespace tessera::cpu;

static bool isInternal(LLVM::LLVMFuncOp function) {
  return !function.isExternal() &&
         function.getLinkage() == LLVM::Linkage::Internal;
}

/// How many operations a function has, with the internal functions it names.
static int64_t sizeOf(LLVM::LLVMFuncOp function, const SymbolTable &symbols) {
  int64_t size = 0;
  function.walk([&](Operation *) { ++size; });
  if (auto uses = SymbolTable::getSymbolUses(&function.getBody())) {
    llvm::SmallPtrSet<Operation *, 4> seen;
    for (const SymbolTable::SymbolUse &use : *uses) {
      auto callee = dyn_cast_or_null<LLVM::LLVMFuncOp>(
          symbols.lookup(use.getSymbolRef().getRootReference()));
      if (callee && isInternal(callee) && seen.insert(callee).second) {
        size += sizeOf(callee, symbols);
      }
    }
  }
  return size;
}

std::vector<Functions> tessera::cpu::groupsOf(ModuleOp module,
                                              const SymbolTable &symbols) {
  constexpr int64_t worthwhile = 1000;
  std::vector<Functions> groups;
  int64_t room = 0;
  for (auto function : module.getOps<LLVM::LLVMFuncOp>()) {
    if (function.isExternal() || isInternal(function)) {
      continue;
    }
    int64_t size = sizeOf(function, symbols);
    if (size > room) {
      groups.emplace_back();
      room = worthwhile;
    }
    groups.back().push_back(function);
    room -= size;
  }
  return groups;
}

static void hide(LLVM::LLVMFuncOp function) {
  function.setLinkage(LLVM::Linkage::External);
  function.setVisibility_(LLVM::Visibility::Hidden);
  function.setDsoLocal(true);
}

namespace {
/// Copies functions and what they name into a module of their own.
class Extraction {
public:
  explicit Extraction(const SymbolTable &symbols)
      : symbols(symbols), part(ModuleOp::create(symbols.getOp()->getLoc())),
        builder(OpBuilder::atBlockEnd(part->getBody())) {}

  LogicalResult copy(const Functions &functions) {
    done.insert(functions.begin(), functions.end());
    return success(llvm::all_of(functions, [&](LLVM::LLVMFuncOp function) {
      return succeeded(copyFunction(function));
    }));
  }

  OwningOpRef<ModuleOp> take() { return std::move(part); }

private:
  LogicalResult copyFunction(LLVM::LLVMFuncOp function) {
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

  LogicalResult copySymbol(const SymbolTable::SymbolUse &use) {
    Operation *symbol = symbols.lookup(use.getSymbolRef().getRootReference());
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

  const SymbolTable &symbols;
  OwningOpRef<ModuleOp> part;
  OpBuilder builder;
  llvm::SmallPtrSet<Operation *, 8> done;
};
} // namespace

FailureOr<OwningOpRef<ModuleOp>>
tessera::cpu::extract(const Functions &functions, const SymbolTable &symbols) {
  Extraction extraction(symbols);
  if (failed(extraction.copy(functions))) {
    return failure();
  }
  return extraction.take();
}
