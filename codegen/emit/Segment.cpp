//===- Segment.cpp - weights as one more segment of a library -------------===//
//
// The program header of a note reserved for the purpose becomes the segment's:
// it comes after all loaded segments in the table, as an ascending order of
// addresses demands, and its section header keeps tools like strip informed.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Segment.h"
#include "codegen/emit/Descriptor.h"
#include "tessera/abi.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;
using namespace tessera::emit;

namespace {
using File = object::ELF64LEFile;
using Header = object::ELF64LE::Phdr;
using Section = object::ELF64LE::Shdr;

constexpr uint64_t kPageBytes = 4096;

/// What the linked file says, before it is changed.
struct Linked {
  uint64_t fileBytes = 0;
  /// First page after everything that is loaded.
  uint64_t nextAddress = 0;
  /// Offsets in the file of the reserved headers and of the descriptor.
  uint64_t programHeader = 0;
  uint64_t sectionHeader = 0;
  uint64_t descriptor = 0;
  uint64_t descriptorAddress = 0;
  Section section;
};
} // namespace

static Error invalid(const Twine &what) {
  return createStringError("the linked library has " + what);
}

/// Finds the reserved note's section and program header.
static Error findReserved(const File &file, Linked &linked) {
  auto sections = file.sections();
  auto headers = file.program_headers();
  if (!sections || !headers) {
    return joinErrors(sections.takeError(), headers.takeError());
  }
  const uint8_t *base = file.base();
  for (const Section &section : *sections) {
    Expected<StringRef> name = file.getSectionName(section);
    if (!name) {
      return name.takeError();
    }
    if (*name == kWeightsNote) {
      linked.section = section;
      linked.sectionHeader = reinterpret_cast<const uint8_t *>(&section) - base;
    }
  }
  if (linked.sectionHeader == 0) {
    return invalid("no reserved note");
  }
  for (const Header &header : *headers) {
    if (header.p_type == ELF::PT_LOAD) {
      linked.nextAddress = std::max<uint64_t>(linked.nextAddress,
                                              header.p_vaddr + header.p_memsz);
    } else if (header.p_type == ELF::PT_NOTE &&
               header.p_vaddr == linked.section.sh_addr &&
               header.p_memsz == linked.section.sh_size) {
      linked.programHeader = reinterpret_cast<const uint8_t *>(&header) - base;
    }
  }
  linked.nextAddress = alignTo(linked.nextAddress, kPageBytes);
  return linked.programHeader == 0 ? invalid("no header for the reserved note")
                                   : Error::success();
}

/// Finds the descriptor by its exported name.
static Error findDescriptor(const object::ELF64LEObjectFile &object,
                            StringRef name, Linked &linked) {
  const File &file = object.getELFFile();
  for (object::ELFSymbolRef symbol : object.getDynamicSymbolIterators()) {
    Expected<StringRef> symbolName = symbol.getName();
    Expected<uint64_t> address = symbol.getAddress();
    if (!symbolName || !address) {
      return joinErrors(symbolName.takeError(), address.takeError());
    }
    if (*symbolName == name) {
      linked.descriptorAddress = *address;
    }
  }
  auto headers = file.program_headers();
  if (!headers) {
    return headers.takeError();
  }
  for (const Header &header : *headers) {
    uint64_t position = linked.descriptorAddress - header.p_vaddr;
    if (header.p_type == ELF::PT_LOAD &&
        linked.descriptorAddress >= header.p_vaddr &&
        position + sizeof(tsr_descriptor) <= header.p_filesz) {
      linked.descriptor = header.p_offset + position;
    }
  }
  return linked.descriptor == 0 ? invalid("no descriptor") : Error::success();
}

static Expected<Linked> readLinked(StringRef path, StringRef prefix) {
  auto buffer = MemoryBuffer::getFile(path, false, false);
  if (!buffer) {
    return fileError("read", path, buffer.getError());
  }
  auto object = object::ELF64LEObjectFile::create(**buffer);
  if (!object) {
    return object.takeError();
  }
  Linked linked;
  linked.fileBytes = (*buffer)->getBufferSize();
  if (Error error = findReserved(object->getELFFile(), linked)) {
    return error;
  }
  if (Error error =
          findDescriptor(*object, (prefix + "_descriptor").str(), linked)) {
    return error;
  }
  return linked;
}

template <typename T>
static StringRef bytesOf(const T &value) {
  return StringRef(reinterpret_cast<const char *>(&value), sizeof(value));
}

static Error patchHeaders(const Linked &linked, uint64_t offset, uint64_t bytes,
                          const PendingFile &library) {
  Header header = {};
  header.p_type = ELF::PT_LOAD;
  header.p_flags = ELF::PF_R;
  header.p_offset = offset;
  header.p_vaddr = linked.nextAddress;
  header.p_paddr = linked.nextAddress;
  header.p_filesz = bytes;
  header.p_memsz = bytes;
  header.p_align = kPageBytes;
  Section section = linked.section;
  // The name's tail names the section: ".note.tessera.weights" shows as
  // ".tessera.weights".
  section.sh_name = section.sh_name + StringRef(".note").size();
  section.sh_type = ELF::SHT_PROGBITS;
  section.sh_flags = ELF::SHF_ALLOC;
  section.sh_addr = linked.nextAddress;
  section.sh_offset = offset;
  section.sh_size = bytes;
  section.sh_addralign = kPageBytes;
  if (Error error = library.patch(linked.programHeader, bytesOf(header))) {
    return error;
  }
  return library.patch(linked.sectionHeader, bytesOf(section));
}

static Error patchDescriptor(const Linked &linked,
                             const WeightsIdentity &identity,
                             const PendingFile &library) {
  int64_t fields[] = {
      static_cast<int64_t>(linked.nextAddress - linked.descriptorAddress),
      static_cast<int64_t>(identity.buildId),
      static_cast<int64_t>(identity.hash)};
  static_assert(offsetof(tsr_descriptor, weights_hash) ==
                offsetof(tsr_descriptor, weights_offset) + 16);
  return library.patch(linked.descriptor +
                           offsetof(tsr_descriptor, weights_offset),
                       bytesOf(fields));
}

Error tessera::emit::appendWeights(const ArtifactDescription &artifact,
                                   const PendingFile &library) {
  Expected<Linked> linked = readLinked(library.path(), artifact.prefix);
  if (!linked) {
    return linked.takeError();
  }
  uint64_t offset = alignTo(linked->fileBytes, kPageBytes);
  WeightsIdentity identity;
  Error written = library.append([&](raw_ostream &stream) {
    stream.write_zeros(offset - linked->fileBytes);
    return streamWeights(artifact, stream).moveInto(identity);
  });
  if (written) {
    return written;
  }
  if (Error error = patchHeaders(*linked, offset, identity.bytes, library)) {
    return error;
  }
  return patchDescriptor(*linked, identity, library);
}
