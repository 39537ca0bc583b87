//===- EntryPoints.cpp - a model's exported functions ---------------------===//

#include "codegen/emit/EntryPoints.h"
#include "llvm/ADT/SmallVector.h"

using namespace llvm;
using namespace tessera::emit;

namespace {
/// An exported function that hands its arguments, with the descriptor before
/// and scratch memory after them, to a function of the runtime.
struct Wrapper {
  StringLiteral name;
  StringLiteral target;
  unsigned arguments;
  bool takesDescriptor;
  bool takesScratch;
  /// Reached through the descriptor only.
  bool hidden;
};

/// Argument types are pointers but for the sizes marked below.
constexpr Wrapper kWrappers[] = {
    {"_open", "tsr_runtime_open", 2, true, false, false},
    {"_close", "tsr_runtime_close", 1, true, false, false},
    {"_workspace_size", "tsr_runtime_workspace_size", 2, true, true, false},
    {"_run", "tsr_runtime_run", 6, true, true, false},
    {"_threads_create", "tsr_runtime_threads_create", 2, false, false, false},
    {"_threads_destroy", "tsr_runtime_threads_destroy", 1, false, false, false},
    {"_generated_workspace_bytes", "tsr_runtime_workspace_bytes", 2, true, true,
     true},
    {"_generated_call", "tsr_runtime_call", 7, true, true, true},
};
} // namespace

/// The type of argument `index`: sizes and counts are integers.
static Type *argumentType(const Wrapper &wrapper, unsigned index,
                          LLVMContext &context) {
  if (wrapper.name == "_threads_create" && index == 0) {
    return Type::getInt32Ty(context);
  }
  bool isSize = (wrapper.name == "_run" && index == 4) ||
                (wrapper.name == "_generated_call" && index == 5);
  return isSize ? cast<Type>(Type::getInt64Ty(context))
                : PointerType::getUnqual(context);
}

static void addWrapper(DescriptorBuilder &module, const Wrapper &wrapper,
                       StringRef prefix, Constant *descriptor, uint64_t words) {
  LLVMContext &context = module.context();
  IRBuilder<> builder(context);
  SmallVector<Type *> outer, inner;
  for (unsigned i = 0; i < wrapper.arguments; ++i) {
    outer.push_back(argumentType(wrapper, i, context));
  }
  if (wrapper.takesDescriptor) {
    inner.push_back(builder.getPtrTy());
  }
  inner.append(outer);
  if (wrapper.takesScratch) {
    inner.push_back(builder.getPtrTy());
  }
  auto *status = builder.getInt32Ty();
  Function *function = Function::Create(FunctionType::get(status, outer, false),
                                        GlobalValue::ExternalLinkage,
                                        prefix + wrapper.name, module.module());
  function->setVisibility(wrapper.hidden ? GlobalValue::HiddenVisibility
                                         : GlobalValue::DefaultVisibility);
  function->setDoesNotThrow();
  Function *target = module.hiddenFunction(
      wrapper.target, FunctionType::get(status, inner, false));
  builder.SetInsertPoint(BasicBlock::Create(context, "", function));
  SmallVector<Value *> arguments;
  if (wrapper.takesDescriptor) {
    arguments.push_back(descriptor);
  }
  for (Argument &argument : function->args()) {
    arguments.push_back(&argument);
  }
  if (wrapper.takesScratch) {
    Type *scratch =
        ArrayType::get(builder.getInt64Ty(), std::max<uint64_t>(words, 1));
    arguments.push_back(builder.CreateAlloca(scratch));
  }
  builder.CreateRet(builder.CreateCall(target, arguments));
}

void tessera::emit::addEntryPoints(DescriptorBuilder &module, StringRef prefix,
                                   Constant *descriptor,
                                   uint64_t scratchWords) {
  for (const Wrapper &wrapper : kWrappers) {
    addWrapper(module, wrapper, prefix, descriptor, scratchWords);
  }
}
