//===- Link.cpp - lld as a function ---------------------------------------===//

#include "codegen/emit/Link.h"
#include "codegen/emit/File.h"
#include "codegen/emit/StackSizes.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;
using namespace tessera::emit;

/// A file of the library folder: beside the program's folder when built, in
/// lib/tessera when installed.
static Expected<std::string> libraryFile(StringRef name) {
  static int anchor;
  std::string program = sys::fs::getMainExecutable(nullptr, &anchor);
  SmallString<256> folder(program);
  // Unit tests lie one level deeper than tools.
  for (unsigned level = 0; level < 2; ++level) {
    sys::path::remove_filename(folder);
    for (StringRef candidate : {"../lib", "../lib/tessera"}) {
      SmallString<256> path(folder);
      sys::path::append(path, candidate, name);
      if (sys::fs::exists(path)) {
        return path.str().str();
      }
    }
  }
  return createStringError("cannot find '" + name +
                           "' in ../lib or ../lib/tessera beside '" + program +
                           "'; install Tessera whole");
}

/// Options that make the link reproducible and the result small and hard.
static std::vector<std::string> options(const ArtifactDescription &artifact,
                                        LinkKind kind) {
  std::vector<std::string> result = {"ld.lld", "-m", "elf_x86_64",
                                     "--threads=1", "--nostdlib"};
  if (kind == LinkKind::relocatable) {
    result.push_back("-r");
    return result;
  }
  for (const char *option :
       {"-shared", "--gc-sections", "--build-id=sha1", "--hash-style=gnu",
        "-Bsymbolic", "--as-needed", "-z", "relro", "-z", "now", "-z",
        "noexecstack", "-z", "separate-code"}) {
    result.push_back(option);
  }
  // A sanitizer's functions come from the program that loads the library.
  bool instrumented = artifact.sanitizer != Sanitizer::none;
  result.push_back("-z");
  result.push_back(instrumented ? "undefs" : "defs");
  return result;
}

/// All objects in one file: a model may have more of them than a process may
/// have open files.
static Expected<MemoryFile> archiveOf(ArrayRef<MemoryBufferRef> objects) {
  std::vector<NewArchiveMember> members;
  std::vector<std::string> names;
  names.reserve(objects.size());
  for (MemoryBufferRef object : objects) {
    names.push_back(std::to_string(members.size()) + ".o");
    auto stripped = withoutStackSizes(object);
    if (!stripped) {
      return stripped.takeError();
    }
    NewArchiveMember member(object);
    if (*stripped) {
      member.Buf = std::move(*stripped);
    }
    member.MemberName = names.back();
    members.push_back(std::move(member));
  }
  auto archive = writeArchiveToBuffer(members, SymtabWritingMode::NormalSymtab,
                                      object::Archive::K_GNU,
                                      /*Deterministic=*/true, /*Thin=*/false);
  if (!archive) {
    return archive.takeError();
  }
  return MemoryFile::create((*archive)->getBuffer());
}

static Error run(ArrayRef<std::string> arguments) {
  // lld keeps state in globals while it runs.
  static std::mutex mutex;
  std::lock_guard<std::mutex> guard(mutex);
  SmallVector<const char *> pointers;
  for (const std::string &argument : arguments) {
    pointers.push_back(argument.c_str());
  }
  std::string output, problem;
  raw_string_ostream outputStream(output), problemStream(problem);
  lld::Result result = lld::lldMain(pointers, outputStream, problemStream,
                                    {{lld::Gnu, &lld::elf::link}});
  if (result.retCode != 0) {
    return createStringError("linking failed: " +
                             StringRef(problem).rtrim().str());
  }
  return Error::success();
}

Error tessera::emit::link(const ArtifactDescription &artifact,
                          ArrayRef<MemoryBufferRef> extra, LinkKind kind,
                          StringRef output) {
  SmallVector<StringRef> libraries;
  libraries.push_back(artifact.sanitizer == Sanitizer::thread
                          ? "libtessera_model_thread.a"
                          : "libtessera_model.a");
  // Members are taken only for the calls that the model makes.
  libraries.push_back("libtessera_operators.a");
  if (kind == LinkKind::shared) {
    libraries.append({"libtessera_stub_c.so", "libtessera_stub_m.so"});
  }
  std::vector<std::string> arguments = options(artifact, kind);
  SmallVector<MemoryBufferRef> objects(extra);
  objects.append(artifact.objects.begin(), artifact.objects.end());
  Expected<MemoryFile> archive = archiveOf(objects);
  if (!archive) {
    return archive.takeError();
  }
  arguments.insert(arguments.end(),
                   {"--whole-archive", archive->path(), "--no-whole-archive"});
  for (StringRef library : libraries) {
    Expected<std::string> path = libraryFile(library);
    if (!path) {
      return path.takeError();
    }
    arguments.push_back(*path);
  }
  arguments.insert(arguments.end(), {"-o", output.str()});
  return run(arguments);
}
