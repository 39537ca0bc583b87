//===- DescriptorBuilder.cpp - C constants as LLVM globals ----------------===//

#include "codegen/emit/DescriptorBuilder.h"
#include "tessera/abi.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"

using namespace llvm;
using namespace tessera::emit;

DescriptorBuilder::DescriptorBuilder(const TargetMachine &machine)
    : llvmModule(std::make_unique<Module>("tessera", llvmContext)) {
  llvmModule->setTargetTriple(machine.getTargetTriple());
  llvmModule->setDataLayout(machine.createDataLayout());
  llvmModule->setPICLevel(PICLevel::BigPIC);
}

Constant *DescriptorBuilder::word(uint64_t value) {
  return ConstantInt::get(Type::getInt64Ty(llvmContext), value);
}

Constant *DescriptorBuilder::octet(uint8_t value) {
  return ConstantInt::get(Type::getInt8Ty(llvmContext), value);
}

Constant *DescriptorBuilder::half(uint32_t value) {
  return ConstantInt::get(Type::getInt32Ty(llvmContext), value);
}

GlobalVariable *DescriptorBuilder::constant(Constant *value) {
  return new GlobalVariable(*llvmModule, value->getType(), true,
                            GlobalValue::PrivateLinkage, value);
}

Constant *DescriptorBuilder::string(StringRef text) {
  Constant *&entry = strings[text];
  if (!entry) {
    GlobalVariable *global =
        constant(ConstantDataArray::getString(llvmContext, text));
    global->setUnnamedAddr(GlobalValue::UnnamedAddr::Global);
    entry = global;
  }
  return entry;
}

Constant *DescriptorBuilder::structOf(ArrayRef<Constant *> fields) {
  return ConstantStruct::getAnon(llvmContext, fields);
}

Constant *DescriptorBuilder::table(ArrayRef<Constant *> entries) {
  if (entries.empty()) {
    return ConstantPointerNull::get(PointerType::getUnqual(llvmContext));
  }
  auto *type = ArrayType::get(entries.front()->getType(), entries.size());
  return constant(ConstantArray::get(type, entries));
}

Function *DescriptorBuilder::hiddenFunction(StringRef name,
                                            FunctionType *type) {
  if (Function *function = llvmModule->getFunction(name)) {
    return function;
  }
  Function *function = Function::Create(type, GlobalValue::ExternalLinkage,
                                        name, llvmModule.get());
  function->setVisibility(GlobalValue::HiddenVisibility);
  return function;
}

void DescriptorBuilder::note(StringRef section, uint32_t type, StringRef text,
                             uint64_t alignment) {
  std::string owner(TSR_NOTE_OWNER, sizeof(TSR_NOTE_OWNER));
  std::string body = text.empty() ? "" : text.str() + '\0';
  uint32_t bytes = body.size();
  body.resize(alignTo(body.size(), 4), '\0');
  Constant *value =
      structOf({half(owner.size()), half(bytes), half(type),
                ConstantDataArray::getString(llvmContext, owner, false),
                ConstantDataArray::getString(llvmContext, body, false)});
  auto *global =
      new GlobalVariable(*llvmModule, value->getType(), true,
                         GlobalValue::InternalLinkage, value, "note");
  global->setSection(section);
  global->setAlignment(Align(alignment));
  notes.push_back(global);
}

void DescriptorBuilder::keepNotes() { appendToUsed(*llvmModule, notes); }
