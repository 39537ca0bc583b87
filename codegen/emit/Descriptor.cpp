//===- Descriptor.cpp - the constant that describes a model ---------------===//

#include "codegen/emit/Descriptor.h"
#include "codegen/emit/DescriptorBuilder.h"
#include "codegen/emit/EntryPoints.h"
#include "codegen/emit/StackSizes.h"
#include "tessera/abi.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Verifier.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/Compression.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Triple.h"

using namespace llvm;
using namespace tessera::emit;

namespace {
constexpr StringLiteral kTriple = "x86_64-unknown-linux-gnu";
} // namespace

/// Words of scratch: dimensions, all extents, all pointers (see the runtime's
/// tsr_runtime_scratch_words).
static uint64_t scratchWords(const ArtifactDescription &artifact) {
  uint64_t words = artifact.dimensions.size() + artifact.inputs.size() +
                   artifact.outputs.size();
  for (const Tensor &tensor : artifact.inputs) {
    words += tensor.axes.size();
  }
  for (const Tensor &tensor : artifact.outputs) {
    words += tensor.axes.size();
  }
  return words;
}

static Constant *dimensionTable(DescriptorBuilder &module,
                                const ArtifactDescription &artifact) {
  SmallVector<Constant *> entries;
  for (const Dimension &dimension : artifact.dimensions) {
    entries.push_back(module.structOf(
        {module.string(dimension.name), module.word(dimension.lower),
         module.word(dimension.upper), module.half(dimension.kind),
         module.half(0)}));
  }
  return module.table(entries);
}

static Constant *tensorTable(DescriptorBuilder &module,
                             ArrayRef<Tensor> tensors) {
  SmallVector<Constant *> entries;
  for (const Tensor &tensor : tensors) {
    SmallVector<Constant *> axes;
    for (const Axis &axis : tensor.axes) {
      axes.push_back(module.structOf({module.word(axis.extent),
                                      module.word(axis.dimension),
                                      module.string(axis.text)}));
    }
    entries.push_back(module.structOf(
        {module.string(tensor.name), module.half(tensor.elementType),
         module.half(tensor.axes.size()), module.half(tensor.elementBytes),
         module.half(tensor.flags), module.table(axes)}));
  }
  return module.table(entries);
}

static Constant *variantTable(DescriptorBuilder &module,
                              const ArtifactDescription &artifact) {
  IRBuilder<> builder(module.context());
  auto *runType =
      FunctionType::get(builder.getInt32Ty(), {builder.getPtrTy()}, false);
  auto *sizeType =
      FunctionType::get(builder.getInt64Ty(), {builder.getPtrTy()}, false);
  SmallVector<Constant *> entries;
  for (unsigned isa : artifact.variants) {
    std::string suffix = "_" + isaSuffix(isa).str();
    std::string generated = artifact.prefix + "_generated_";
    entries.push_back(module.structOf(
        {module.string(isaTarget(isa)), module.half(isa), module.half(0),
         module.hiddenFunction(generated + "run" + suffix, runType),
         module.hiddenFunction(generated + "workspace" + suffix, sizeType)}));
  }
  return module.table(entries);
}

static Constant *kernelTable(DescriptorBuilder &module,
                             const ArtifactDescription &artifact) {
  SmallVector<Constant *> entries;
  for (const KernelRecord &kernel : artifact.kernels) {
    entries.push_back(module.structOf(
        {module.string(kernel.name), module.string(kernel.nodes)}));
  }
  return module.table(entries);
}

/// The record in the form that the runtime documents: compressed bytes, their
/// count and that of the text.
static SmallVector<Constant *, 3>
recordFields(DescriptorBuilder &module, const ArtifactDescription &artifact) {
  SmallVector<uint8_t, 0> bytes;
  if (!artifact.record.empty() && compression::zlib::isAvailable()) {
    compression::zlib::compress(arrayRefFromStringRef(artifact.record), bytes);
  }
  SmallVector<Constant *> entries;
  for (uint8_t byte : bytes) {
    entries.push_back(module.octet(byte));
  }
  uint64_t textBytes = bytes.empty() ? 0 : artifact.record.size();
  return {module.table(entries), module.word(bytes.size()),
          module.word(textBytes)};
}

/// Where the weights start, relative to the descriptor.
static Constant *weightsOffset(DescriptorBuilder &module, StringRef prefix,
                               WeightsPlace place, Constant *descriptor) {
  if (place != WeightsPlace::object) {
    return module.word(0);
  }
  auto *weights = new GlobalVariable(
      *module.module(), Type::getInt8Ty(module.context()), true,
      GlobalValue::ExternalLinkage, nullptr, prefix + "_generated_weights");
  weights->setVisibility(GlobalValue::HiddenVisibility);
  Type *integer = Type::getInt64Ty(module.context());
  return ConstantExpr::getSub(ConstantExpr::getPtrToInt(weights, integer),
                              ConstantExpr::getPtrToInt(descriptor, integer));
}

/// The fields of tsr_descriptor, in order.
static SmallVector<Constant *>
descriptorFields(DescriptorBuilder &module, const ArtifactDescription &artifact,
                 const WeightsPlacement &weights, uint64_t stackBytes,
                 Constant *self) {
  IRBuilder<> builder(module.context());
  const std::string &prefix = artifact.prefix;
  Type *pointer = builder.getPtrTy();
  auto hidden = [&](StringRef name, FunctionType *type) {
    return module.hiddenFunction((prefix + name).str(), type);
  };
  auto function = [&](StringRef name) {
    return module.module()->getFunction((prefix + name).str());
  };
  SmallVector<Constant *, 3> record = recordFields(module, artifact);
  return {
      module.half(sizeof(tsr_descriptor)),
      module.half(TSR_ABI_VERSION),
      module.string(prefix),
      module.string("Tessera " TESSERA_VERSION),
      module.word(artifact.modelHash),
      module.word(paddedWeightsBytes(artifact)),
      weightsOffset(module, prefix, weights.place, self),
      module.word(weights.identity.buildId),
      module.word(weights.identity.hash),
      module.string(weights.fileName),
      module.word(stackBytes),
      module.word(scratchWords(artifact)),
      module.half(artifact.dimensions.size()),
      module.half(artifact.inputs.size()),
      module.half(artifact.outputs.size()),
      module.half(artifact.variants.size()),
      module.half(artifact.kernels.size()),
      module.half(0),
      dimensionTable(module, artifact),
      tensorTable(module, artifact.inputs),
      tensorTable(module, artifact.outputs),
      variantTable(module, artifact),
      kernelTable(module, artifact),
      record[0],
      record[1],
      record[2],
      hidden("_generated_resolve",
             FunctionType::get(builder.getInt32Ty(), {pointer}, false)),
      hidden("_generated_shapes",
             FunctionType::get(builder.getVoidTy(), {pointer, pointer}, false)),
      function("_open"),
      function("_generated_workspace_bytes"),
      function("_generated_call"),
      function("_close"),
  };
}

static void addDescriptor(DescriptorBuilder &module,
                          const ArtifactDescription &artifact,
                          const WeightsPlacement &weights,
                          uint64_t stackBytes) {
  // The descriptor refers to the wrappers and they to it: a placeholder
  // stands for it until its type is known.
  auto *placeholder = new GlobalVariable(
      *module.module(), Type::getInt8Ty(module.context()), true,
      GlobalValue::ExternalLinkage, nullptr, "descriptor");
  placeholder->setVisibility(GlobalValue::HiddenVisibility);
  addEntryPoints(module, artifact.prefix, placeholder, scratchWords(artifact));
  Constant *value = module.structOf(
      descriptorFields(module, artifact, weights, stackBytes, placeholder));
  auto *descriptor = new GlobalVariable(
      *module.module(), value->getType(), true, GlobalValue::ExternalLinkage,
      value, artifact.prefix + "_generated_descriptor");
  descriptor->setVisibility(GlobalValue::HiddenVisibility);
  placeholder->replaceAllUsesWith(descriptor);
  placeholder->eraseFromParent();
  GlobalAlias::create(
      descriptor->getValueType(), 0, GlobalValue::ExternalLinkage,
      artifact.prefix + "_descriptor", descriptor, module.module());
}

/// Compiles the module; it holds no code worth optimising.
static Expected<std::unique_ptr<MemoryBuffer>> compile(Module &module,
                                                       TargetMachine &machine) {
  std::string problem;
  raw_string_ostream text(problem);
  if (verifyModule(module, &text)) {
    return createStringError("the descriptor is not valid: " + problem);
  }
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  legacy::PassManager passes;
  if (machine.addPassesToEmitFile(passes, stream, nullptr,
                                  CodeGenFileType::ObjectFile)) {
    return createStringError("LLVM cannot write objects for " + kTriple);
  }
  passes.run(module);
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes),
                                                   "descriptor", false);
}

Expected<std::unique_ptr<MemoryBuffer>>
tessera::emit::descriptorObject(const ArtifactDescription &artifact,
                                const WeightsPlacement &weights) {
  Expected<uint64_t> stackBytes =
      stackBytesOf(artifact, scratchWords(artifact));
  if (!stackBytes) {
    return stackBytes.takeError();
  }
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  std::string problem;
  Triple triple(kTriple);
  const llvm::Target *target = TargetRegistry::lookupTarget(triple, problem);
  if (!target) {
    return createStringError(problem);
  }
  std::unique_ptr<TargetMachine> machine(target->createTargetMachine(
      triple, "x86-64", "", TargetOptions(), Reloc::PIC_, std::nullopt,
      CodeGenOptLevel::Default));
  DescriptorBuilder module(*machine);
  addDescriptor(module, artifact, weights, *stackBytes);
  module.note(".note.tessera", TSR_NOTE_PREFIX, artifact.prefix, 4);
  if (weights.place == WeightsPlace::segment) {
    module.note(kWeightsNote, TSR_NOTE_PREFIX + 1, "", 8);
  }
  module.keepNotes();
  return compile(*module.module(), *machine);
}
