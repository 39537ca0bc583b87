//===- Link.cpp - lld as a function ---------------------------------------===//

#include "codegen/emit/Link.h"
#include "codegen/emit/File.h"
#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
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
  if (kind == LinkKind::shared) {
    libraries.append({"libtessera_stub_c.so", "libtessera_stub_m.so"});
  }
  std::vector<std::string> arguments = options(artifact, kind);
  std::vector<MemoryFile> files;
  SmallVector<MemoryBufferRef> objects(extra);
  objects.append(artifact.objects.begin(), artifact.objects.end());
  for (MemoryBufferRef object : objects) {
    Expected<MemoryFile> file = MemoryFile::create(object.getBuffer());
    if (!file) {
      return file.takeError();
    }
    arguments.push_back(file->path());
    files.push_back(std::move(*file));
  }
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
