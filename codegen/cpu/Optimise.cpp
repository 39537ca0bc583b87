//===- Optimise.cpp - LLVM IR to machine code -----------------------------===//
//
// Kernels arrive vectorised, tiled and unrolled, so LLVM's own loop
// transformations would only undo the schedule; scalar clean-up stays on.
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/Optimise.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/Transforms/Instrumentation/AddressSanitizer.h"
#include "llvm/Transforms/Instrumentation/ThreadSanitizer.h"
#include <mutex>

using namespace llvm;

Expected<std::unique_ptr<TargetMachine>>
tessera::cpu::createTargetMachine(const schedule::Target &target,
                                  const ObjectOptions &options) {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
  Triple triple(target.triple);
  std::string message;
  const llvm::Target *entry = TargetRegistry::lookupTarget(triple, message);
  if (!entry) {
    return createStringError("target " + target.name + ": " + message);
  }
  TargetOptions settings;
  settings.FunctionSections = true;
  // Frame sizes, from which the stack need of a model is computed.
  settings.EmitStackSizeSection = true;
  // Only multiplications and additions written as one operation are fused.
  settings.AllowFPOpFusion = FPOpFusion::Strict;
  std::unique_ptr<TargetMachine> machine(entry->createTargetMachine(
      triple, target.cpu, target.features, settings, Reloc::PIC_,
      CodeModel::Small,
      options.optimise ? CodeGenOptLevel::Aggressive : CodeGenOptLevel::None));
  if (!machine) {
    return createStringError("target " + target.name +
                             ": LLVM has no code generator for it");
  }
  return machine;
}

void tessera::cpu::setTarget(Module &module, TargetMachine &machine,
                             const schedule::Target &target,
                             const ObjectOptions &options) {
  module.setTargetTriple(machine.getTargetTriple());
  module.setDataLayout(machine.createDataLayout());
  module.setPICLevel(PICLevel::BigPIC);
  std::string width = std::to_string(target.vectorBits);
  for (Function &function : module) {
    function.addFnAttr(Attribute::NoUnwind);
    if (function.isDeclaration()) {
      // LLVM would compute calls of libm itself, with the host's libm.
      function.addFnAttr(Attribute::NoBuiltin);
      continue;
    }
    function.addFnAttr("target-cpu", target.cpu);
    function.addFnAttr("target-features", target.features);
    function.addFnAttr("prefer-vector-width", width);
    function.addFnAttr("min-legal-vector-width", width);
    // Loops stay loops: a call of memset costs more than a tile's row.
    function.addFnAttr("no-builtins");
    function.addFnAttr("no-trapping-math", "true");
    if (options.sanitize == "address") {
      function.addFnAttr(Attribute::SanitizeAddress);
    } else if (options.sanitize == "thread") {
      function.addFnAttr(Attribute::SanitizeThread);
    }
  }
}

/// ThreadSanitizer skips accesses of more than 16 bytes, which most of ours
/// are: reports them as ranges.
static void reportWideAccesses(Module &module) {
  const DataLayout &layout = module.getDataLayout();
  IRBuilder<> builder(module.getContext());
  FunctionType *type = FunctionType::get(
      builder.getVoidTy(), {builder.getPtrTy(), builder.getInt64Ty()}, false);
  FunctionCallee read = module.getOrInsertFunction("__tsan_read_range", type);
  FunctionCallee write = module.getOrInsertFunction("__tsan_write_range", type);
  for (Function &function : module) {
    for (Instruction &instruction : instructions(function)) {
      if (!isa<LoadInst, StoreInst>(instruction)) {
        continue;
      }
      uint64_t bytes = layout.getTypeStoreSize(getLoadStoreType(&instruction));
      if (bytes > 16) {
        builder.SetInsertPoint(&instruction);
        builder.CreateCall(isa<LoadInst>(instruction) ? read : write,
                           {getLoadStorePointerOperand(&instruction),
                            builder.getInt64(bytes)});
      }
    }
  }
}

/// What generated code leaves to do, in the order of LLVM's own pipelines:
/// calls of small functions, addresses that move out of loops, values computed
/// twice, short loops. LLVM's other passes take a quarter of the time to
/// compile and change no model's speed beyond noise (docs/decisions/014).
/// Induction variables come late: analysed before values are shared, an index
/// that is a long expression takes as long as all other passes together.
static constexpr StringLiteral kPipeline =
    "cgscc(inline),function(sroa,simplifycfg,early-cse<memssa>,instcombine<no-"
    "verify-fixpoint>,"
    "loop-mssa(loop-rotate,licm),gvn,instcombine<no-verify-fixpoint>,"
    "loop(indvars,loop-unroll-full),simplifycfg)";

static Error addPipeline(PassBuilder &builder,
                         const tessera::cpu::ObjectOptions &options,
                         ModulePassManager &pipeline) {
  if (options.optimise) {
    if (Error error = builder.parsePassPipeline(pipeline, kPipeline)) {
      return error;
    }
  }
  if (options.sanitize == "address") {
    pipeline.addPass(AddressSanitizerPass(AddressSanitizerOptions()));
  } else if (options.sanitize == "thread") {
    pipeline.addPass(ModuleThreadSanitizerPass());
    pipeline.addPass(createModuleToFunctionPassAdaptor(ThreadSanitizerPass()));
  }
  return Error::success();
}

void tessera::cpu::optimise(Module &module, TargetMachine &machine,
                            const ObjectOptions &options) {
  PassBuilder builder(&machine);
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager components;
  ModuleAnalysisManager modules;
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(components);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, components, modules);
  ModulePassManager pipeline;
  cantFail(addPipeline(builder, options, pipeline));
  pipeline.run(module, modules);
  if (options.sanitize == "thread") {
    reportWideAccesses(module);
  }
}

Expected<std::unique_ptr<MemoryBuffer>>
tessera::cpu::generateCode(Module &module, TargetMachine &machine,
                           const ObjectOptions &options) {
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  CodeGenFileType type = options.assembly ? CodeGenFileType::AssemblyFile
                                          : CodeGenFileType::ObjectFile;
  if (machine.addPassesToEmitFile(passes, stream, nullptr, type,
                                  /*DisableVerify=*/true)) {
    return createStringError("LLVM cannot write this kind of file");
  }
  passes.run(module);
  return std::make_unique<SmallVectorMemoryBuffer>(
      std::move(bytes), module.getName(), /*RequiresNullTerminator=*/false);
}
