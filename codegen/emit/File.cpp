//===- File.cpp - files that appear complete or not at all ----------------===//

#include "codegen/emit/File.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Signals.h"
#include <csignal>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace llvm;
using namespace tessera::emit;

static std::error_code lastError() {
  return std::error_code(errno, std::generic_category());
}

Error tessera::emit::fileError(StringRef action, StringRef path,
                               std::error_code code) {
  return createStringError(code, "cannot " + action + " '" + path +
                                     "': " + code.message());
}

/// Writes all of `bytes` at `offset`, which pwrite need not do at once.
static bool writeAt(int file, uint64_t offset, StringRef bytes) {
  while (!bytes.empty()) {
    ssize_t written = pwrite(file, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return false;
    }
    bytes = bytes.drop_front(written);
    offset += written;
  }
  return true;
}

PendingFile::PendingFile(std::string target, std::string temporary)
    : target(std::move(target)), temporary(std::move(temporary)) {}

PendingFile::PendingFile(PendingFile &&other)
    : target(std::move(other.target)), temporary(std::move(other.temporary)) {
  other.temporary.clear();
}

PendingFile::~PendingFile() {
  if (!temporary.empty()) {
    sys::fs::remove(temporary);
    sys::DontRemoveFileOnSignal(temporary);
  }
}

Expected<PendingFile> PendingFile::create(StringRef target) {
  if (sys::fs::is_directory(target)) {
    return fileError("write", target,
                     std::make_error_code(std::errc::is_a_directory));
  }
  SmallString<256> model(sys::path::parent_path(target));
  sys::path::append(model, "." + sys::path::filename(target) + ".%%%%%%%%");
  int file = -1;
  SmallString<256> path;
  // The mode of a new file: what the user's mask leaves.
  if (std::error_code code =
          sys::fs::createUniqueFile(model, file, path, sys::fs::OF_None,
                                    sys::fs::all_read | sys::fs::all_write)) {
    return fileError("write", target, code);
  }
  ::close(file);
  sys::RemoveFileOnSignal(path);
  return PendingFile(target.str(), path.str().str());
}

Error PendingFile::append(function_ref<Error(raw_ostream &)> writer) const {
  int file = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC | O_APPEND);
  if (file < 0) {
    return fileError("write", target, lastError());
  }
  raw_fd_ostream stream(file, /*shouldClose=*/true);
  Error error = writer(stream);
  stream.close();
  if (stream.has_error()) {
    // A stream destroyed with an unread error would end the program.
    std::error_code code = stream.error();
    stream.clear_error();
    return joinErrors(std::move(error), fileError("write", target, code));
  }
  return error;
}

Error PendingFile::patch(uint64_t offset, StringRef bytes) const {
  int file = ::open(temporary.c_str(), O_RDWR | O_CLOEXEC);
  bool written = file >= 0 && writeAt(file, offset, bytes);
  std::error_code code = lastError();
  if (file >= 0) {
    ::close(file);
  }
  return written ? Error::success() : fileError("write", target, code);
}

Error PendingFile::sync() const {
  int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC);
  bool synced = file >= 0 && fsync(file) == 0;
  std::error_code code = lastError();
  if (file >= 0) {
    ::close(file);
  }
  return synced ? Error::success() : fileError("write", target, code);
}

Error PendingFile::rename() {
  if (std::error_code failure = sys::fs::rename(temporary, target)) {
    return fileError("write", target, failure);
  }
  sys::DontRemoveFileOnSignal(temporary);
  temporary.clear();
  return Error::success();
}

Error PendingFile::commit() {
  Error error = sync();
  return error ? std::move(error) : rename();
}

namespace {
/// Ignores the signals that end a program while names are given: any thread
/// may receive them, so blocking them in one is not enough.
class TerminationHold {
public:
  TerminationHold() {
    struct sigaction ignore = {};
    ignore.sa_handler = SIG_IGN;
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &ignore, &previous[i]);
    }
  }
  ~TerminationHold() {
    for (size_t i = 0; i < std::size(kSignals); ++i) {
      sigaction(kSignals[i], &previous[i], nullptr);
    }
  }

private:
  static constexpr int kSignals[] = {SIGHUP, SIGINT, SIGTERM};
  struct sigaction previous[std::size(kSignals)];
};
} // namespace

Error tessera::emit::commitTogether(ArrayRef<PendingFile *> files) {
  for (PendingFile *file : files) {
    if (Error error = file->sync()) {
      return error;
    }
  }
  TerminationHold hold;
  for (size_t i = 0; i < files.size(); ++i) {
    if (Error error = files[i]->rename()) {
      for (PendingFile *named : files.take_front(i)) {
        sys::fs::remove(named->targetPath());
      }
      return error;
    }
  }
  return Error::success();
}

Expected<MemoryFile> MemoryFile::create(StringRef contents) {
  int descriptor = memfd_create("tessera", MFD_CLOEXEC);
  if (descriptor < 0) {
    return fileError("create", "memory file", lastError());
  }
  MemoryFile file(descriptor);
  if (!writeAt(descriptor, 0, contents)) {
    return fileError("write", "memory file", lastError());
  }
  return file;
}

MemoryFile::MemoryFile(MemoryFile &&other) : descriptor(other.descriptor) {
  other.descriptor = -1;
}

MemoryFile::~MemoryFile() {
  if (descriptor >= 0) {
    ::close(descriptor);
  }
}

std::string MemoryFile::path() const {
  return "/proc/self/fd/" + std::to_string(descriptor);
}
