//===- ModelFile.h - a model's file and its external data -------*- C++ -*-===//
//
// Files are mapped read-only and stay mapped for as long as the module that
// was imported from them: large weights are read in place.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_IMPORT_MODELFILE_H
#define TESSERA_COMPILER_IMPORT_MODELFILE_H

#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>

namespace tessera::import {

/// A read-only mapping of a whole regular file.
class MappedFile {
public:
  /// Maps what `descriptor` refers to and closes it.
  static llvm::Expected<std::unique_ptr<MappedFile>> map(int descriptor);
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  llvm::StringRef bytes() const { return {data, size}; }

private:
  MappedFile(const char *data, size_t size) : data(data), size(size) {}
  const char *data;
  size_t size;
};

/// The model's own file and the files in its folder that hold tensor data.
class ModelFile {
public:
  static llvm::Expected<std::unique_ptr<ModelFile>> open(llvm::StringRef path);

  llvm::StringRef bytes() const { return file->bytes(); }

  /// The bytes of a file below the model's folder; symbolic and hard links,
  /// absolute paths, `..` and what is no regular file are refused.
  llvm::Expected<llvm::StringRef> external(llvm::StringRef location);

private:
  std::string folder;
  std::unique_ptr<MappedFile> file;
  llvm::StringMap<std::unique_ptr<MappedFile>> externals;
};

} // namespace tessera::import

#endif // TESSERA_COMPILER_IMPORT_MODELFILE_H
