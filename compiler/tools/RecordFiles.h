//===- RecordFiles.h - where tuning keeps what it finds ---------*- C++ -*-===//
//
// The file of --tuning, which the user asked for, and the user's records of all
// models, which are a convenience: trouble with the second is a warning.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_COMPILER_TOOLS_RECORDFILES_H
#define TESSERA_COMPILER_TOOLS_RECORDFILES_H

#include "codegen/tune/TuningRecords.h"

namespace tessera::tools {

class RecordFiles {
public:
  /// `path`: the file of --tuning, or empty.
  RecordFiles(llvm::StringRef path, bool isCached);

  /// Reads both. What keeps the file from being written is found out here,
  /// before anything is measured.
  llvm::Error open();

  /// A record of this version of the compiler, of the file before the cache.
  const tune::TuningRecord *find(llvm::StringRef kernel, llvm::StringRef target,
                                 llvm::StringRef machine) const;

  /// Adds what was measured now, in both.
  void add(const tune::TuningRecord &record);
  /// Adds what was found in the cache to the file.
  void keep(const tune::TuningRecord &record) { records.set(record); }

  /// Writes both, with what others wrote into the cache meanwhile.
  llvm::Error save();

  /// All records of the file.
  const tune::TuningRecords &ofFile() const { return records; }

private:
  void leaveOutCache(llvm::Error error);

  std::string path, cachePath;
  tune::TuningRecords records, cache;
  std::vector<tune::TuningRecord> measured;
};

} // namespace tessera::tools

#endif // TESSERA_COMPILER_TOOLS_RECORDFILES_H
