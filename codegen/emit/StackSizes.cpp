//===- StackSizes.cpp - how much stack generated code needs ---------------===//
//
// Generated code does not recurse and nests at most four deep: the plan, the
// part of a loop that one thread runs, the task of one of its launches, and the
// kernel. The sum of the four largest frames therefore bounds every chain of
// calls.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/StackSizes.h"
#include "llvm/ObjCopy/CommonConfig.h"
#include "llvm/ObjCopy/ELF/ELFConfig.h"
#include "llvm/ObjCopy/ELF/ELFObjcopy.h"
#include "llvm/Object/ELFObjectFile.h"
#include "llvm/Support/DataExtractor.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include <algorithm>

using namespace llvm;
using namespace tessera::emit;

namespace {
constexpr StringLiteral kSection = ".stack_sizes";
constexpr unsigned kNestedFrames = 4;
/// The runtime's C functions between P_run and the plan, and libm below the
/// kernel: their frames together stay far below this.
constexpr uint64_t kRuntimeBytes = 8192;
/// A frame's return address and saved frame pointer.
constexpr uint64_t kLinkBytes = 16;
} // namespace

/// Adds the frame sizes in one section: an address and a size for each.
static Error readFrames(StringRef contents, std::vector<uint64_t> &frames) {
  DataExtractor data(contents, /*IsLittleEndian=*/true, /*AddressSize=*/8);
  DataExtractor::Cursor cursor(0);
  while (cursor && !data.eof(cursor)) {
    data.getAddress(cursor);
    uint64_t bytes = data.getULEB128(cursor);
    frames.push_back(bytes + kLinkBytes);
  }
  return cursor.takeError();
}

Expected<uint64_t>
tessera::emit::stackBytesOf(const ArtifactDescription &artifact,
                            uint64_t scratchWords) {
  std::vector<uint64_t> frames(kNestedFrames, 0);
  for (MemoryBufferRef buffer : artifact.objects) {
    auto object = object::ObjectFile::createELFObjectFile(buffer);
    if (!object) {
      return object.takeError();
    }
    for (const object::SectionRef &section : (*object)->sections()) {
      Expected<StringRef> name = section.getName();
      if (!name) {
        return name.takeError();
      }
      if (*name != kSection) {
        continue;
      }
      Expected<StringRef> contents = section.getContents();
      if (!contents) {
        return contents.takeError();
      }
      if (Error error = readFrames(*contents, frames)) {
        return error;
      }
    }
  }
  std::partial_sort(frames.begin(), frames.begin() + kNestedFrames,
                    frames.end(), std::greater<>());
  uint64_t bytes = kRuntimeBytes + scratchWords * sizeof(uint64_t);
  for (unsigned i = 0; i < kNestedFrames; ++i) {
    bytes += frames[i];
  }
  return bytes;
}

Expected<std::unique_ptr<MemoryBuffer>>
tessera::emit::withoutStackSizes(MemoryBufferRef buffer) {
  if (!buffer.getBuffer().contains(kSection)) {
    return nullptr;
  }
  auto object = object::ObjectFile::createELFObjectFile(buffer);
  if (!object) {
    return object.takeError();
  }
  objcopy::CommonConfig common;
  Expected<objcopy::NameOrPattern> pattern =
      objcopy::NameOrPattern::create(kSection, objcopy::MatchStyle::Literal,
                                     [](Error error) { return error; });
  if (!pattern) {
    return pattern.takeError();
  }
  if (Error error = common.ToRemove.addMatcher(std::move(pattern))) {
    return error;
  }
  SmallVector<char, 0> bytes;
  raw_svector_ostream stream(bytes);
  if (Error error = objcopy::elf::executeObjcopyOnBinary(
          common, objcopy::ELFConfig(),
          cast<object::ELFObjectFileBase>(**object), stream)) {
    return error;
  }
  return std::make_unique<SmallVectorMemoryBuffer>(std::move(bytes), "object",
                                                   false);
}
