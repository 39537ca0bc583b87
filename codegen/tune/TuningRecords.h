//===- TuningRecords.h - files of measured schedules ------------*- C++ -*-===//
//
// JSON, one record a line, sorted by kernel, target and machine: made to be
// kept in version control and merged line by line.
//
//===----------------------------------------------------------------------===//

#ifndef TESSERA_CODEGEN_TUNE_TUNINGRECORDS_H
#define TESSERA_CODEGEN_TUNE_TUNINGRECORDS_H

#include "llvm/Support/Error.h"
#include <map>
#include <string>
#include <tuple>
#include <vector>

namespace tessera::tune {

struct TuningRecord {
  /// Key of what is computed (schedule::kernelKeyOf), and the target's name.
  std::string kernel, target;
  /// signatureOf the machine it was measured on.
  std::string machine;
  /// Version of the compiler, and the kernel's class, for readers.
  std::string compiler, kernelClass;
  std::string schedule;
  int64_t peakClass = 0;
  /// Nanoseconds of the default and of this schedule.
  double defaultTime = 0, time = 0;
  /// Least possible time over the measured one.
  double shareOfPeak = 0;
  /// The default was not beaten.
  bool isDefault = false;
};

class TuningRecords {
public:
  /// Adds the records of a file; those that do not parse are left out with a
  /// warning. Of two records for one kernel and machine the one with the
  /// greater gain stays. A file that does not exist is an error only if
  /// `mustExist`.
  llvm::Error read(llvm::StringRef path, bool mustExist,
                   std::vector<std::string> &warnings);

  /// Adds a record in place of any other for its kernel and machine.
  void set(TuningRecord record);

  const TuningRecord *find(llvm::StringRef kernel, llvm::StringRef target,
                           llvm::StringRef machine) const;

  /// Writes all records; the file appears complete or not at all.
  llvm::Error write(llvm::StringRef path) const;

  size_t size() const { return records.size(); }

private:
  std::map<std::tuple<std::string, std::string, std::string>, TuningRecord>
      records;
};

/// The user's file of records for all models: under XDG_CACHE_HOME or
/// ~/.cache. Empty when neither is known.
std::string userRecordsPath();

} // namespace tessera::tune

#endif // TESSERA_CODEGEN_TUNE_TUNINGRECORDS_H
