//===- DescriptorBuilder.h - C constants as LLVM globals --------*- C++ -*-===//
//
// Small vocabulary for writing C data structures as constants of an LLVM
// module: words, strings, structs, tables, notes.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_DESCRIPTORBUILDER_H
#define TESSERA_CODEGEN_EMIT_DESCRIPTORBUILDER_H

#include "llvm/ADT/StringMap.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

namespace tessera::emit {

class DescriptorBuilder {
public:
  explicit DescriptorBuilder(const llvm::TargetMachine &machine);

  llvm::LLVMContext &context() { return llvmContext; }
  llvm::Module *module() { return llvmModule.get(); }

  /// A 64-bit integer.
  llvm::Constant *word(uint64_t value);
  /// An 8-bit integer.
  llvm::Constant *octet(uint8_t value);
  /// A 32-bit integer.
  llvm::Constant *half(uint32_t value);
  /// The address of a NUL-terminated string; equal strings share one.
  llvm::Constant *string(llvm::StringRef text);
  /// Fields laid out as C does.
  llvm::Constant *structOf(llvm::ArrayRef<llvm::Constant *> fields);
  /// The address of an array of entries of one type; null when there are none.
  llvm::Constant *table(llvm::ArrayRef<llvm::Constant *> entries);
  /// A function of another object of the same library.
  llvm::Function *hiddenFunction(llvm::StringRef name,
                                 llvm::FunctionType *type);
  /// An ELF note with a text (NUL-terminated) in a section of its own.
  void note(llvm::StringRef section, uint32_t type, llvm::StringRef text,
            uint64_t alignment);
  /// Protects all notes from removal; once, at the end.
  void keepNotes();

private:
  llvm::GlobalVariable *constant(llvm::Constant *value);

  llvm::LLVMContext llvmContext;
  std::unique_ptr<llvm::Module> llvmModule;
  llvm::StringMap<llvm::Constant *> strings;
  llvm::SmallVector<llvm::GlobalValue *> notes;
};

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_DESCRIPTORBUILDER_H
