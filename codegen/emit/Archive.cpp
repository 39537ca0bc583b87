//===- Archive.cpp - writes a model as a static library -------------------===//
//
// One object holds code, runtime and descriptor; all but the exported names
// are made local in it, so that two models and an embedder's own names never
// meet. Another holds the weights; it is written by hand so that they stream.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Descriptor.h"
#include "codegen/emit/Header.h"
#include "codegen/emit/Link.h"
#include "codegen/emit/WeightsFile.h"
#include "codegen/emit/WeightsObject.h"
#include "llvm/ObjCopy/CommonConfig.h"
#include "llvm/ObjCopy/ELF/ELFConfig.h"
#include "llvm/ObjCopy/ELF/ELFObjcopy.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"

using namespace llvm;
using namespace tessera::emit;

/// Names that stay global in the object: they start with the prefix and are
/// not generated.
static Expected<std::vector<std::string>>
exportedNames(const object::ObjectFile &object) {
  std::vector<std::string> names;
  for (const object::SymbolRef &symbol : object.symbols()) {
    Expected<uint32_t> flags = symbol.getFlags();
    Expected<StringRef> name = symbol.getName();
    if (!flags || !name) {
      return joinErrors(flags.takeError(), name.takeError());
    }
    if ((*flags & object::SymbolRef::SF_Global) &&
        !(*flags &
          (object::SymbolRef::SF_Undefined | object::SymbolRef::SF_Hidden))) {
      names.push_back(name->str());
    }
  }
  return names;
}

/// Links everything but the weights to one object with few global names.
static Expected<std::unique_ptr<MemoryBuffer>>
linkObject(const ArtifactDescription &artifact, MemoryBufferRef descriptor,
           StringRef path) {
  Expected<PendingFile> linked = PendingFile::create(path);
  if (!linked) {
    return linked.takeError();
  }
  if (Error error =
          link(artifact, descriptor, LinkKind::relocatable, linked->path())) {
    return error;
  }
  auto buffer = MemoryBuffer::getFile(linked->path(), false, false);
  if (!buffer) {
    return fileError("read", linked->path(), buffer.getError());
  }
  auto object = object::ObjectFile::createELFObjectFile(**buffer);
  if (!object) {
    return object.takeError();
  }
  objcopy::CommonConfig common;
  objcopy::ELFConfig elf;
  elf.LocalizeHidden = true;
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  if (Error error = objcopy::elf::executeObjcopyOnBinary(
          common, elf, cast<object::ELFObjectFileBase>(**object), stream)) {
    return error;
  }
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), "model",
                                                   false);
}

static void writeMemberHeader(raw_ostream &stream, StringRef name,
                              uint64_t bytes) {
  stream << formatv("{0,-16}{1,-12}{2,-6}{3,-6}{4,-8}{5,-10}`\n", name, "0",
                    "0", "0", "644", bytes);
}

static std::string bigEndian(uint32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(value >> shift);
  }
  return bytes;
}

/// The archive's symbol table: `model` names lie in the first member, the
/// weights' name in the second.
static std::string symbolTable(ArrayRef<std::string> names, uint64_t first,
                               StringRef weightsName, uint64_t second) {
  std::string offsets, strings;
  for (const std::string &name : names) {
    offsets += bigEndian(first);
    strings += name + '\0';
  }
  if (!weightsName.empty()) {
    offsets += bigEndian(second);
    strings += weightsName.str() + '\0';
  }
  std::string table =
      bigEndian(names.size() + !weightsName.empty()) + offsets + strings;
  table.resize(alignTo(table.size(), 2), '\0');
  return table;
}

/// The part of the archive before the weights member's bytes.
static Error writeHead(raw_ostream &stream, const MemoryBuffer &model,
                       StringRef weightsName, uint64_t weightsObjectBytes) {
  auto object = object::ObjectFile::createELFObjectFile(model);
  if (!object) {
    return object.takeError();
  }
  Expected<std::vector<std::string>> names = exportedNames(**object);
  if (!names) {
    return names.takeError();
  }
  constexpr uint64_t magicBytes = 8, headerBytes = 60;
  uint64_t tableBytes = symbolTable(*names, 0, weightsName, 0).size();
  uint64_t first = magicBytes + headerBytes + tableBytes;
  uint64_t modelBytes = alignTo(model.getBufferSize(), 2);
  uint64_t second = first + headerBytes + modelBytes;
  stream << "!<arch>\n";
  writeMemberHeader(stream, "/", tableBytes);
  stream << symbolTable(*names, first, weightsName, second);
  writeMemberHeader(stream, "model.o/", model.getBufferSize());
  stream << model.getBuffer();
  stream.write_zeros(modelBytes - model.getBufferSize());
  if (!weightsName.empty()) {
    writeMemberHeader(stream, "weights.o/", weightsObjectBytes);
  }
  return Error::success();
}

static Error writeArchive(const ArtifactDescription &artifact,
                          const MemoryBuffer &model, bool hasWeights,
                          raw_ostream &stream) {
  std::string weightsName =
      hasWeights ? artifact.prefix + "_generated_weights" : "";
  if (Error error = writeHead(stream, model, weightsName,
                              weightsObjectBytes(artifact, weightsName))) {
    return error;
  }
  return hasWeights ? writeWeightsObject(artifact, weightsName, stream)
                    : Error::success();
}

/// Writes everything but the weights file.
static Expected<PendingFile> writePending(const ArtifactDescription &artifact,
                                          const WeightsPlacement &placement,
                                          StringRef path) {
  auto descriptor = descriptorObject(artifact, placement);
  if (!descriptor) {
    return descriptor.takeError();
  }
  auto model = linkObject(artifact, (*descriptor)->getMemBufferRef(), path);
  if (!model) {
    return model.takeError();
  }
  Expected<PendingFile> file = PendingFile::create(path);
  if (!file) {
    return file;
  }
  Error written = file->append([&](raw_ostream &stream) {
    return writeArchive(artifact, **model,
                        placement.place == WeightsPlace::object, stream);
  });
  if (written) {
    return written;
  }
  return file;
}

Error tessera::emit::emitArchive(const ArtifactDescription &artifact,
                                 StringRef path, StringRef headerPath) {
  WeightsPlacement placement;
  if (artifact.weightsBytes != 0 && artifact.weightsInFile) {
    Expected<PendingFile> weights = writeWeightsFile(artifact, path, placement);
    if (!weights) {
      return weights.takeError();
    }
    Expected<PendingFile> file = writePending(artifact, placement, path);
    return file ? commitWithHeader(artifact, headerPath, &*weights, *file)
                : file.takeError();
  }
  if (artifact.weightsBytes != 0) {
    // The descriptor holds the weights' hash and stands before them in the
    // archive; a first pass over the weights finds it.
    raw_null_ostream nowhere;
    placement.place = WeightsPlace::object;
    if (Error error =
            streamWeights(artifact, nowhere).moveInto(placement.identity)) {
      return error;
    }
  }
  Expected<PendingFile> file = writePending(artifact, placement, path);
  return file ? commitWithHeader(artifact, headerPath, nullptr, *file)
              : file.takeError();
}
