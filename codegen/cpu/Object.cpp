//===- Object.cpp - LLVM dialect to object files --------------------------===//

#include "codegen/cpu/Object.h"
#include "codegen/cpu/HalideCall.h"
#include "codegen/cpu/Optimise.h"
#include "codegen/cpu/Partition.h"
#include "mlir/Target/LLVMIR/Dialect/Builtin/BuiltinToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Dialect/LLVMIR/LLVMToLLVMIRTranslation.h"
#include "mlir/Target/LLVMIR/Export.h"
#include <atomic>
#include <mutex>
#include <thread>

using namespace mlir;
using namespace tessera::cpu;

static void registerTranslations(MLIRContext &context) {
  registerBuiltinDialectTranslation(context);
  registerLLVMDialectTranslation(context);
}

namespace {
/// Compiles groups of functions one after another until none is left; several
/// threads do so at once. The MLIR module is touched under the lock only.
class Workers {
public:
  Workers(ModuleOp module, const tessera::schedule::Target &target,
          const ObjectOptions &options)
      : module(module), target(target), options(options), symbols(module),
        groups(groupsOf(module, symbols)), objects(groups.size()) {}

  void run() {
    unsigned count = options.jobs
                         ? options.jobs
                         : std::max(1u, std::thread::hardware_concurrency());
    count = std::min<size_t>(count, groups.size());
    std::vector<std::thread> helpers;
    for (unsigned i = 1; i < count; ++i) {
      helpers.emplace_back([this] { work(); });
    }
    work();
    for (std::thread &helper : helpers) {
      helper.join();
    }
  }

  /// The objects, or the first function's error in the order of the module.
  FailureOr<Objects> take() {
    if (hasFailed) {
      return failure();
    }
    return std::move(objects);
  }

private:
  void work();
  /// Whether the caller can do without this group and those behind it.
  bool isOver(size_t index) const {
    size_t before = 0;
    for (const Functions &group : llvm::ArrayRef(groups).take_front(index)) {
      before += group.size();
    }
    return options.isOver && before >= options.leastFunctions &&
           options.isOver();
  }
  std::unique_ptr<llvm::Module>
  translate(size_t index, llvm::LLVMContext &context, HalideFunctions &missing);
  void fail(Location loc, llvm::Error error) {
    std::lock_guard<std::mutex> guard(lock);
    hasFailed = true;
    mlir::emitError(loc) << "expected code, got an error of LLVM: "
                         << llvm::toString(std::move(error));
  }

  ModuleOp module;
  const tessera::schedule::Target &target;
  const ObjectOptions &options;
  SymbolTable symbols;
  std::vector<Functions> groups;
  Objects objects;
  std::mutex lock;
  std::atomic<size_t> next{0};
  std::atomic<bool> hasFailed{false};
};
} // namespace

std::unique_ptr<llvm::Module> Workers::translate(size_t index,
                                                 llvm::LLVMContext &context,
                                                 HalideFunctions &missing) {
  std::lock_guard<std::mutex> guard(lock);
  FailureOr<OwningOpRef<ModuleOp>> part = extract(groups[index], symbols);
  std::unique_ptr<llvm::Module> result;
  if (succeeded(part)) {
    missing = halideFunctionsOf(**part);
    result = translateModuleToLLVMIR(**part, context,
                                     groups[index].front().getSymName());
  }
  hasFailed = hasFailed || !result;
  return result;
}

void Workers::work() {
  auto machine = createTargetMachine(target, options);
  if (!machine) {
    return fail(module.getLoc(), machine.takeError());
  }
  for (size_t i = next++; i < groups.size() && !hasFailed && !isOver(i);
       i = next++) {
    llvm::LLVMContext context;
    HalideFunctions missing;
    std::unique_ptr<llvm::Module> code = translate(i, context, missing);
    if (!code) {
      return;
    }
    if (llvm::Error error = linkHalideFunctions(missing, target, *code)) {
      return fail(groups[i].front().getLoc(), std::move(error));
    }
    setTarget(*code, **machine, target, options);
    optimise(*code, **machine, options);
    auto object = generateCode(*code, **machine, options);
    if (!object) {
      return fail(groups[i].front().getLoc(), object.takeError());
    }
    objects[i] = std::move(*object);
  }
}

FailureOr<Objects> tessera::cpu::compileObjects(ModuleOp module,
                                                const schedule::Target &target,
                                                const ObjectOptions &options) {
  registerTranslations(*module.getContext());
  Workers workers(module, target, options);
  workers.run();
  return workers.take();
}

LogicalResult tessera::cpu::printLLVM(ModuleOp module,
                                      const schedule::Target &target,
                                      llvm::raw_ostream &stream) {
  registerTranslations(*module.getContext());
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code =
      translateModuleToLLVMIR(module, context, "model");
  if (!code) {
    return failure();
  }
  ObjectOptions options;
  auto machine = createTargetMachine(target, options);
  if (!machine) {
    return module.emitError("expected a target that LLVM knows: ")
           << llvm::toString(machine.takeError());
  }
  setTarget(*code, **machine, target, options);
  code->print(stream, nullptr);
  return success();
}
