//===- RecordFiles.cpp - where tuning keeps what it finds -----------------===//

#include "compiler/tools/RecordFiles.h"
#include "compiler/tools/Command.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;
using namespace tessera;
using namespace tessera::tools;

RecordFiles::RecordFiles(StringRef path, bool isCached)
    : path(path.str()), cachePath(isCached ? tune::userRecordsPath() : "") {}

static void warn(const std::string &text) {
  errs() << "warning: " << printable(text) << "\n";
}

void RecordFiles::leaveOutCache(Error error) {
  warn("the user's records are left out: " + toString(std::move(error)));
  cachePath.clear();
  cache = {};
}

Error RecordFiles::open() {
  std::vector<std::string> warnings;
  if (!cachePath.empty()) {
    if (Error error = cache.read(cachePath, /*mustExist=*/false, warnings)) {
      leaveOutCache(std::move(error));
    }
  }
  if (!path.empty()) {
    if (Error error = records.read(path, /*mustExist=*/false, warnings)) {
      return error;
    }
    if (Error error = records.write(path)) {
      return error;
    }
  }
  for (const std::string &warning : warnings) {
    warn(warning);
  }
  return Error::success();
}

const tune::TuningRecord *RecordFiles::find(StringRef kernel, StringRef target,
                                            StringRef machine) const {
  for (const tune::TuningRecords *source : {&records, &cache}) {
    const tune::TuningRecord *found = source->find(kernel, target, machine);
    if (found && found->compiler == TESSERA_VERSION) {
      return found;
    }
  }
  return nullptr;
}

void RecordFiles::add(const tune::TuningRecord &record) {
  records.set(record);
  measured.push_back(record);
}

Error RecordFiles::save() {
  if (!path.empty()) {
    if (Error error = records.write(path)) {
      return error;
    }
  }
  if (cachePath.empty()) {
    return Error::success();
  }
  // Another process may tune another model.
  tune::TuningRecords latest;
  std::vector<std::string> ignored;
  Error error = latest.read(cachePath, /*mustExist=*/false, ignored);
  if (!error) {
    for (const tune::TuningRecord &record : measured) {
      latest.set(record);
    }
    error = latest.write(cachePath);
  }
  if (error) {
    leaveOutCache(std::move(error));
  }
  return Error::success();
}
