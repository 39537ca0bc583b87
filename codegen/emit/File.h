//===- File.h - files that appear complete or not at all --------*- C++ -*-===//
//
// Everything is written under a temporary name in the target's folder, synced,
// and renamed; failures and signals remove the temporary file.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_EMIT_FILE_H
#define TESSERA_CODEGEN_EMIT_FILE_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <string>

namespace tessera::emit {

/// A temporary file that becomes `target` when committed.
class PendingFile {
public:
  /// Reserves a name beside `target`; creates an empty file there.
  static llvm::Expected<PendingFile> create(llvm::StringRef target);
  PendingFile(PendingFile &&other);
  PendingFile &operator=(PendingFile &&) = delete;
  /// Removes the file unless it was committed.
  ~PendingFile();

  /// Where the file is now, and where it will be.
  const std::string &path() const { return temporary; }
  const std::string &targetPath() const { return target; }
  /// Appends what `writer` writes; a full disk is an error.
  llvm::Error
  append(llvm::function_ref<llvm::Error(llvm::raw_ostream &)> writer) const;
  /// Writes `bytes` at `offset`.
  llvm::Error patch(uint64_t offset, llvm::StringRef bytes) const;
  /// Syncs the file and gives it its final name.
  llvm::Error commit();

private:
  friend llvm::Error commitTogether(llvm::ArrayRef<PendingFile *> files);
  llvm::Error sync() const;
  llvm::Error rename();
  PendingFile(std::string target, std::string temporary);
  std::string target;
  std::string temporary;
};

/// Gives all files their names, in order, the one that users look for last.
/// A signal that ends the program does so before the first name or after the
/// last; a failure takes the earlier names back.
llvm::Error commitTogether(llvm::ArrayRef<PendingFile *> files);

/// A file in memory that has a path, for libraries that take only paths.
class MemoryFile {
public:
  static llvm::Expected<MemoryFile> create(llvm::StringRef contents);
  MemoryFile(MemoryFile &&other);
  MemoryFile &operator=(MemoryFile &&) = delete;
  ~MemoryFile();
  std::string path() const;

private:
  explicit MemoryFile(int descriptor) : descriptor(descriptor) {}
  int descriptor;
};

/// An error about a file: `cannot ACTION 'PATH': WHY`.
llvm::Error fileError(llvm::StringRef action, llvm::StringRef path,
                      std::error_code code);

} // namespace tessera::emit

#endif // TESSERA_CODEGEN_EMIT_FILE_H
