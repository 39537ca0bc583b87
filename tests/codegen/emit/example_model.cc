//===- example_model.cc - a hand-written model for tests ------------------===//

#include "example_model.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace tessera::emit;

/// `@` stands for the prefix.
static const char kText[] = R"(
target triple = "x86_64-unknown-linux-gnu"
declare hidden void @tsr_runtime_parallel(ptr, ptr, ptr, i64)

define internal void @rows(ptr %frame, i64 %begin, i64 %end) {
entry:
  %inputs = load ptr, ptr %frame
  %outputsField = getelementptr i8, ptr %frame, i64 8
  %outputs = load ptr, ptr %outputsField
  %weightsField = getelementptr i8, ptr %frame, i64 24
  %weights = load ptr, ptr %weightsField
  %x = load ptr, ptr %inputs
  %y = load ptr, ptr %outputs
  %first = mul i64 %begin, 4
  %last = mul i64 %end, 4
  %any = icmp slt i64 %first, %last
  br i1 %any, label %loop, label %exit
loop:
  %i = phi i64 [ %first, %entry ], [ %next, %loop ]
  %j = and i64 %i, 3
  %xi = getelementptr float, ptr %x, i64 %i
  %wj = getelementptr float, ptr %weights, i64 %j
  %a = load float, ptr %xi
  %b = load float, ptr %wj
  %p = fmul float %a, %b
  %yi = getelementptr float, ptr %y, i64 %i
  store float %p, ptr %yi
  %next = add i64 %i, 1
  %more = icmp slt i64 %next, %last
  br i1 %more, label %loop, label %exit
exit:
  ret void
}

define hidden i32 @@_generated_run_x86_64_v3(ptr %frame) {
  %dimsField = getelementptr i8, ptr %frame, i64 32
  %dims = load ptr, ptr %dimsField
  %n = load i64, ptr %dims
  %threadsField = getelementptr i8, ptr %frame, i64 40
  %threads = load ptr, ptr %threadsField
  call void @tsr_runtime_parallel(ptr %threads, ptr @rows, ptr %frame, i64 %n)
  ret i32 0
}

define hidden i64 @@_generated_workspace_x86_64_v3(ptr %dims) {
  %n = load i64, ptr %dims
  %bytes = mul i64 %n, 64
  ret i64 %bytes
}

define hidden i32 @@_generated_resolve(ptr %dims) {
  %n = load i64, ptr %dims
  %bad = icmp ugt i64 %n, 100
  %status = select i1 %bad, i32 5, i32 0
  ret i32 %status
}

define hidden void @@_generated_shapes(ptr %dims, ptr %extents) {
  %n = load i64, ptr %dims
  store i64 %n, ptr %extents
  %e1 = getelementptr i64, ptr %extents, i64 1
  store i64 4, ptr %e1
  %e2 = getelementptr i64, ptr %extents, i64 2
  store i64 %n, ptr %e2
  %e3 = getelementptr i64, ptr %extents, i64 3
  store i64 4, ptr %e3
  ret void
}
)";

static std::unique_ptr<MemoryBuffer> compileText(const std::string &text) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMContext context;
  SMDiagnostic diagnostic;
  std::unique_ptr<Module> module =
      parseAssemblyString(text, diagnostic, context);
  if (!module) {
    diagnostic.print("example_model", errs());
    return nullptr;
  }
  std::string problem;
  const llvm::Target *target =
      TargetRegistry::lookupTarget(module->getTargetTriple(), problem);
  std::unique_ptr<TargetMachine> machine(
      target->createTargetMachine(module->getTargetTriple(), "x86-64-v3", "",
                                  TargetOptions(), Reloc::PIC_));
  module->setDataLayout(machine->createDataLayout());
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  machine->addPassesToEmitFile(passes, stream, nullptr,
                               CodeGenFileType::ObjectFile);
  passes.run(*module);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), "example",
                                                   false);
}

ExampleModel tessera::emit::exampleModel(const std::string &prefix,
                                         float scale) {
  std::string text(kText);
  for (size_t at = 0; (at = text.find("@@", at)) != std::string::npos;) {
    text.replace(at, 2, "@" + prefix);
  }
  ExampleModel model;
  model.object = compileText(text);
  ArtifactDescription &artifact = model.artifact;
  artifact.prefix = prefix;
  artifact.modelName = prefix;
  artifact.modelHash = 42;
  artifact.dimensions = {{"batch", "batch", 0, 100, TSR_DIMENSION_INPUT}};
  std::vector<Axis> axes = {{-1, 0, "batch"}, {kColumns, -1, "4"}};
  artifact.inputs = {{"x", "x", TSR_FLOAT32, 4, axes}};
  artifact.outputs = {{"y:0", "y_0", TSR_FLOAT32, 4, axes}};
  artifact.kernels = {{"rows", "Mul_1"}};
  artifact.variants = {TSR_ISA_X86_64_V3};
  artifact.objects = {model.object->getMemBufferRef()};
  artifact.weightsBytes = kColumns * sizeof(float);
  artifact.writeWeights = [scale](raw_ostream &stream) {
    for (unsigned i = 1; i <= kColumns; ++i) {
      float value = scale * static_cast<float>(i);
      stream.write(reinterpret_cast<const char *>(&value), sizeof(value));
    }
    return Error::success();
  };
  return model;
}
