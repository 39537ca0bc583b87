// Any bytes as what users hand over beside a model: the first line as the value
// of --dim, all of it as a file of schedules.
#include "codegen/schedule/ScheduleFile.h"
#include "compiler/driver/Registry.h"
#include "compiler/import/Import.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "scratch.h"

using namespace tessera;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const fuzz::Scratch scratch;
  llvm::StringRef text = fuzz::textOf(data, size);
  auto rule = import::parseDimensionRule(text.split('\n').first);
  if (!rule) {
    llvm::consumeError(rule.takeError());
  } else if (rule->lower < 0 || rule->upper < rule->lower) {
    std::abort();
  }
  mlir::DialectRegistry registry;
  registerDialects(registry);
  mlir::MLIRContext context(registry, mlir::MLIRContext::Threading::DISABLED);
  context.loadAllAvailableDialects();
  mlir::ScopedDiagnosticHandler silence(
      &context, [](mlir::Diagnostic &) { return mlir::success(); });
  auto module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  schedule::ScheduleFile file;
  (void)file.read(scratch.write("schedules.json", text), "", module);
  module->erase();
  return 0;
}
