//===- ModelFile.cpp - a model's file and its external data ---------------===//

#include "compiler/import/ModelFile.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/Path.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace llvm;

namespace tessera::import {

static Error failure(const Twine &why) {
  return createStringError(inconvertibleErrorCode(), why);
}

Expected<std::unique_ptr<MappedFile>> MappedFile::map(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) {
    close(descriptor);
    return failure("expected a regular file");
  }
  size_t size = status.st_size;
  if (size == 0) {
    close(descriptor);
    return std::unique_ptr<MappedFile>(new MappedFile("", 0));
  }
  void *data = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
  int mapError = errno;
  close(descriptor);
  if (data == MAP_FAILED) {
    return failure(Twine("cannot map the file: ") + strerror(mapError));
  }
  return std::unique_ptr<MappedFile>(
      new MappedFile(static_cast<const char *>(data), size));
}

MappedFile::~MappedFile() {
  if (size != 0) {
    munmap(const_cast<char *>(data), size);
  }
}

Expected<std::unique_ptr<ModelFile>> ModelFile::open(StringRef path) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  int descriptor =
      ::open(path.str().c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return failure(Twine("cannot open the file: ") + strerror(errno));
  }
  Expected<std::unique_ptr<MappedFile>> file = MappedFile::map(descriptor);
  if (!file) {
    return file.takeError();
  }
  auto model = std::make_unique<ModelFile>();
  model->folder = sys::path::parent_path(path).str();
  if (model->folder.empty()) {
    model->folder = ".";
  }
  model->file = std::move(*file);
  return model;
}

/// Opens a path below `folder` one component at a time, following no link.
static int openBelow(StringRef folder, StringRef location) {
  int directory =
      ::open(folder.str().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  SmallVector<StringRef> components;
  location.split(components, '/', -1, /*KeepEmpty=*/false);
  for (size_t i = 0; i < components.size() && directory >= 0; ++i) {
    bool last = i + 1 == components.size();
    int flags =
        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (last ? O_NONBLOCK : O_DIRECTORY);
    int next = openat(directory, components[i].str().c_str(), flags);
    int openError = errno;
    close(directory);
    errno = openError;
    directory = next;
  }
  return directory;
}

Expected<StringRef> ModelFile::external(StringRef location) {
  auto found = externals.find(location);
  if (found != externals.end()) {
    return found->second->bytes();
  }
  SmallVector<StringRef> components;
  location.split(components, '/', -1, /*KeepEmpty=*/false);
  if (components.empty() || location.starts_with("/") ||
      location.contains('\0') || is_contained(components, "..")) {
    return failure("expected external data in the model's folder, got '" +
                   location + "'");
  }
  int descriptor = openBelow(folder, location);
  if (descriptor < 0) {
    return failure("cannot open external data '" + location +
                   "': " + strerror(errno));
  }
  // A second name may lie outside the folder.
  struct stat status;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
      status.st_nlink > 1) {
    close(descriptor);
    return failure("expected external data '" + location +
                   "' to be a file with one name, got " +
                   Twine(uint64_t(status.st_nlink)) + " hard links");
  }
  Expected<std::unique_ptr<MappedFile>> file = MappedFile::map(descriptor);
  if (!file) {
    return failure("external data '" + location +
                   "': " + toString(file.takeError()));
  }
  StringRef bytes = (*file)->bytes();
  externals[location] = std::move(*file);
  return bytes;
}

} // namespace tessera::import
