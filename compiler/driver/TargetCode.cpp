//===- TargetCode.cpp - the plan and the code for one target --------------===//

#include "compiler/driver/TargetCode.h"
#include "codegen/cpu/Passes.h"
#include "codegen/emit/Artifact.h"
#include "codegen/schedule/ChooseSchedule.h"
#include "codegen/schedule/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Transforms/Passes.h"
#include "tessera/abi.h"

using namespace mlir;
using namespace tessera;

static unsigned isaOf(StringRef target) {
  for (unsigned isa = TSR_ISA_X86_64_V3; isa <= TSR_ISA_X86_64_AMX; ++isa) {
    if (emit::isaTarget(isa) == target) {
      return isa;
    }
  }
  return 0;
}

TargetCode::TargetCode(const schedule::Target &target)
    : target(&target), isa(isaOf(target.name)) {}

/// Moves the addresses of all weights.
static void shiftWeights(ModuleOp plan, int64_t bytes) {
  plan.walk([&](kernel::WeightOp weight) {
    weight.setOffset(*weight.getOffset() + bytes);
  });
}

/// Makes the names of a further target differ from the first's, and leaves out
/// the functions that all targets share.
static void separateNames(ModuleOp code, StringRef prefix, StringRef suffix) {
  llvm::DenseMap<Attribute, FlatSymbolRefAttr> renamed;
  SmallVector<LLVM::LLVMFuncOp> functions(code.getOps<LLVM::LLVMFuncOp>());
  for (LLVM::LLVMFuncOp function : functions) {
    std::string name = function.getName().str();
    if (name == (prefix + "_generated_resolve").str() ||
        name == (prefix + "_generated_shapes").str()) {
      function.erase();
    } else if (StringRef(name).starts_with((prefix + "_kernel_").str()) ||
               StringRef(name).starts_with((prefix + "_loop_").str())) {
      auto before = FlatSymbolRefAttr::get(function);
      function.setSymName(name + "_" + suffix.str());
      renamed[before] = FlatSymbolRefAttr::get(function);
    }
  }
  // All at once: a walk for each of a thousand functions took half of the time
  // of compiling them.
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](SymbolRefAttr reference) -> Attribute {
    auto found = renamed.find(reference);
    return found == renamed.end() ? Attribute(reference) : found->second;
  });
  replacer.recursivelyReplaceElementsIn(code);
}

llvm::Error tessera::makeCode(TargetCode &code, const Stages &stages,
                              StringRef prefix, bool further) {
  const CompileOptions &options = stages.options;
  OwningOpRef<ModuleOp> module = code.plan->clone();
  shiftWeights(*module, code.weightsBegin);
  schedule::fitGroupedTiles(*module, *code.target);
  cpu::EmitKernelsOptions emitOptions;
  emitOptions.prefix = prefix.str();
  emitOptions.isa = emit::isaSuffix(code.isa).str();
  emitOptions.byteProducts = code.target->byteProducts;
  llvm::Error error =
      stages.run(*module, "kernels", [&](OpPassManager &manager) {
        // Tiles are final: which tasks meet depends on them.
        manager.addPass(schedule::createJoinLaunches());
        manager.addPass(cpu::createOutlineOffsets());
        manager.addPass(cpu::createEmitKernels(emitOptions));
        // Every point of a tile computes its addresses anew. What they share is
        // found here in a tenth of the time that LLVM takes.
        manager.addPass(createCSEPass());
      });
  if (error) {
    return error;
  }
  if (further) {
    separateNames(*module, prefix, emitOptions.isa);
  }
  error = stages.run(*module, "llvm", [&](OpPassManager &manager) {
    manager.addPass(cpu::createExpandMath());
    manager.addPass(cpu::createLowerToLLVM());
  });
  if (error) {
    return error;
  }
  if (options.emit == Emit::llvm) {
    return stages.writeText([&](raw_ostream &stream) {
      return succeeded(cpu::printLLVM(*module, *code.target, stream))
                 ? llvm::Error::success()
                 : stages.diagnostics.takeErrors(
                       "cannot compile: no LLVM IR for the model");
    });
  }
  TimingScope scope = stages.timing.nest("objects");
  cpu::ObjectOptions objectOptions;
  objectOptions.jobs = options.jobs;
  objectOptions.sanitize = options.sanitize;
  llvm::FailureOr<cpu::Objects> objects =
      cpu::compileObjects(*module, *code.target, objectOptions);
  if (failed(objects)) {
    return stages.diagnostics.takeErrors(
        "cannot compile: no machine code for the model");
  }
  code.objects = std::move(*objects);
  return llvm::Error::success();
}
