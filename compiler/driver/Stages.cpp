//===- Stages.cpp - runs passes and writes IR -----------------------------===//

#include "compiler/driver/Stages.h"
#include "mlir/Pass/Pass.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;
using namespace tessera;

/// Weights as text would take several times their size.
static OpPrintingFlags printingFlags() {
  constexpr int64_t kMostElements = 16, kMostResourceCharacters = 64;
  return OpPrintingFlags()
      .elideLargeElementsAttrs(kMostElements)
      .elideLargeResourceString(kMostResourceCharacters);
}

static void enablePrinting(PassManager &manager,
                           const CompileOptions &options) {
  if (!options.printAfterAll && options.printAfter.empty()) {
    return;
  }
  auto isWanted = [&options](Pass *pass, Operation *) {
    return options.printAfterAll || pass->getArgument() == options.printAfter;
  };
  manager.enableIRPrinting(
      /*shouldPrintBeforePass=*/nullptr, isWanted, /*printModuleScope=*/true,
      /*printAfterOnlyOnChange=*/false, /*printAfterOnlyOnFailure=*/false,
      llvm::errs(), printingFlags());
}

llvm::Error Stages::run(ModuleOp module, StringRef stage,
                        function_ref<void(OpPassManager &)> add) const {
  TimingScope scope = timing.nest(stage);
  PassManager manager(module.getContext());
  manager.enableVerifier(true);
  manager.enableTiming(scope);
  enablePrinting(manager, options);
  add(manager);
  if (failed(manager.run(module))) {
    return diagnostics.takeErrors("cannot compile: the stage '" + stage.str() +
                                  "' failed");
  }
  return llvm::Error::success();
}

llvm::Error
Stages::writeText(function_ref<llvm::Error(raw_ostream &)> print) const {
  StringRef path = options.outputPath;
  if (path == "-") {
    llvm::Error error = print(llvm::outs());
    llvm::outs().flush();
    return error;
  }
  llvm::Error error = llvm::writeToOutput(path, print);
  return error ? llvm::createStringError("cannot write " + path + ": " +
                                         llvm::toString(std::move(error)))
               : llvm::Error::success();
}

llvm::Error Stages::writeModule(ModuleOp module) const {
  return writeText([&](raw_ostream &stream) {
    module.print(stream, printingFlags().useLocalScope());
    stream << "\n";
    return llvm::Error::success();
  });
}
