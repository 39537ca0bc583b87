//===- WeightsObject.cpp - an object file around streamed bytes -----------===//
//
// Header, weights, symbol table, strings, section headers, in this order; all
// sizes are known before the first byte is written.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/WeightsObject.h"
#include "tessera/abi.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace llvm;
using namespace tessera::emit;

namespace {
/// Where the parts lie in the object.
struct Layout {
  uint64_t weights = TSR_ALIGNMENT;
  uint64_t weightsBytes;
  uint64_t symbols;
  uint64_t strings;
  uint64_t sectionNames;
  uint64_t sections;
  uint64_t end;
};

enum SectionIndex {
  null,
  data,
  symbolTable,
  stringTable,
  nameTable,
  stack,
  count
};

constexpr StringLiteral kNames[] = {"",          ".rodata.tessera_weights",
                                    ".symtab",   ".strtab",
                                    ".shstrtab", ".note.GNU-stack"};
} // namespace

static std::string nameTableText() {
  std::string text;
  for (StringRef name : kNames) {
    text += name.str() + '\0';
  }
  return text;
}

static Layout layoutOf(const ArtifactDescription &artifact, StringRef symbol) {
  Layout layout;
  layout.weightsBytes = paddedWeightsBytes(artifact);
  layout.symbols = layout.weights + layout.weightsBytes;
  layout.strings = layout.symbols + 2 * sizeof(ELF::Elf64_Sym);
  layout.sectionNames = layout.strings + symbol.size() + 2;
  layout.sections = alignTo(layout.sectionNames + nameTableText().size(), 8);
  layout.end = layout.sections + SectionIndex::count * sizeof(ELF::Elf64_Shdr);
  return layout;
}

template <typename T>
static void writeValue(raw_ostream &stream, const T &value) {
  stream.write(reinterpret_cast<const char *>(&value), sizeof(value));
}

static void writeHeader(raw_ostream &stream, const Layout &layout) {
  ELF::Elf64_Ehdr header = {};
  std::memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = ELF::EM_X86_64;
  header.e_version = ELF::EV_CURRENT;
  header.e_shoff = layout.sections;
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(ELF::Elf64_Shdr);
  header.e_shnum = SectionIndex::count;
  header.e_shstrndx = SectionIndex::nameTable;
  writeValue(stream, header);
}

static void writeSymbols(raw_ostream &stream, const Layout &layout) {
  ELF::Elf64_Sym none = {};
  ELF::Elf64_Sym weights = {};
  weights.st_name = 1;
  weights.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  weights.st_other = ELF::STV_HIDDEN;
  weights.st_shndx = SectionIndex::data;
  weights.st_size = layout.weightsBytes;
  writeValue(stream, none);
  writeValue(stream, weights);
}

static void writeSections(raw_ostream &stream, const Layout &layout) {
  ELF::Elf64_Shdr sections[SectionIndex::count] = {};
  uint32_t name = 0;
  for (unsigned i = 0; i < SectionIndex::count; ++i) {
    sections[i].sh_name = name;
    sections[i].sh_addralign = 1;
    name += kNames[i].size() + 1;
  }
  auto set = [&](unsigned index, uint32_t type, uint64_t offset, uint64_t end) {
    sections[index].sh_type = type;
    sections[index].sh_offset = offset;
    sections[index].sh_size = end - offset;
  };
  set(data, ELF::SHT_PROGBITS, layout.weights, layout.symbols);
  sections[data].sh_flags = ELF::SHF_ALLOC;
  sections[data].sh_addralign = TSR_ALIGNMENT;
  set(symbolTable, ELF::SHT_SYMTAB, layout.symbols, layout.strings);
  sections[symbolTable].sh_link = stringTable;
  sections[symbolTable].sh_info = 1; // The first global symbol.
  sections[symbolTable].sh_entsize = sizeof(ELF::Elf64_Sym);
  sections[symbolTable].sh_addralign = 8;
  set(stringTable, ELF::SHT_STRTAB, layout.strings, layout.sectionNames);
  set(nameTable, ELF::SHT_STRTAB, layout.sectionNames,
      layout.sectionNames + nameTableText().size());
  set(stack, ELF::SHT_PROGBITS, layout.sections, layout.sections);
  writeValue(stream, sections);
}

uint64_t tessera::emit::weightsObjectBytes(const ArtifactDescription &artifact,
                                           StringRef symbol) {
  return layoutOf(artifact, symbol).end;
}

Error tessera::emit::writeWeightsObject(const ArtifactDescription &artifact,
                                        StringRef symbol, raw_ostream &stream) {
  Layout layout = layoutOf(artifact, symbol);
  uint64_t start = stream.tell();
  auto padTo = [&](uint64_t offset) {
    stream.write_zeros(offset - (stream.tell() - start));
  };
  writeHeader(stream, layout);
  padTo(layout.weights);
  Expected<WeightsIdentity> identity = streamWeights(artifact, stream);
  if (!identity) {
    return identity.takeError();
  }
  writeSymbols(stream, layout);
  stream << '\0' << symbol << '\0' << nameTableText();
  padTo(layout.sections);
  writeSections(stream, layout);
  return Error::success();
}
