//===- TuningRecords.cpp - files of measured schedules --------------------===//

#include "codegen/tune/TuningRecords.h"
#include "codegen/schedule/ScheduleFile.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace llvm;
using namespace tessera;
using namespace tessera::tune;

static std::optional<TuningRecord> parseRecord(StringRef line) {
  if (!schedule::mayBeRecord(line)) {
    return std::nullopt;
  }
  Expected<json::Value> value = json::parse(line);
  if (!value) {
    consumeError(value.takeError());
    return std::nullopt;
  }
  const json::Object *object = value->getAsObject();
  if (!object) {
    return std::nullopt;
  }
  auto textOf = [&](StringRef name) {
    return object->getString(name).value_or("").str();
  };
  TuningRecord record;
  record.kernel = textOf("kernel");
  record.target = textOf("target");
  record.machine = textOf("machine");
  record.compiler = textOf("compiler");
  record.kernelClass = textOf("class");
  record.schedule = textOf("schedule");
  record.peakClass = object->getInteger("peak_class").value_or(0);
  record.defaultTime = object->getNumber("default_ns").value_or(0);
  record.time = object->getNumber("ns").value_or(0);
  record.shareOfPeak = object->getNumber("share_of_peak").value_or(0);
  record.isDefault = object->getBoolean("default").value_or(false);
  bool isComplete = !record.kernel.empty() && !record.target.empty() &&
                    StringRef(record.schedule).starts_with("#tsk.schedule<");
  return isComplete ? std::optional(record) : std::nullopt;
}

/// How many times faster than the default.
static double gainOf(const TuningRecord &record) {
  return record.time > 0 ? record.defaultTime / record.time : 1;
}

Error TuningRecords::read(StringRef path, bool mustExist,
                          std::vector<std::string> &warnings) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    if (!mustExist &&
        buffer.getError() == std::errc::no_such_file_or_directory) {
      return Error::success();
    }
    return createStringError("cannot read " + path + ": " +
                             buffer.getError().message());
  }
  for (line_iterator line(**buffer); !line.is_at_end(); ++line) {
    std::optional<TuningRecord> record = parseRecord(*line);
    if (!record) {
      warnings.push_back("ignored line " + std::to_string(line.line_number()) +
                         " of " + path.str() + ": not a schedule record");
      continue;
    }
    const TuningRecord *known =
        find(record->kernel, record->target, record->machine);
    if (!known || gainOf(*known) < gainOf(*record)) {
      set(std::move(*record));
    }
  }
  return Error::success();
}

void TuningRecords::set(TuningRecord record) {
  auto key = std::make_tuple(record.kernel, record.target, record.machine);
  records[key] = std::move(record);
}

const TuningRecord *TuningRecords::find(StringRef kernel, StringRef target,
                                        StringRef machine) const {
  auto found =
      records.find(std::make_tuple(kernel.str(), target.str(), machine.str()));
  return found == records.end() ? nullptr : &found->second;
}

static void print(const TuningRecord &record, raw_ostream &os) {
  auto quoted = [](StringRef text) {
    std::string result;
    raw_string_ostream(result) << json::Value(json::fixUTF8(text));
    return result;
  };
  os << "{\"kernel\": " << quoted(record.kernel)
     << ", \"target\": " << quoted(record.target);
  auto field = [&](StringRef name, StringRef text) {
    if (!text.empty()) {
      os << ", \"" << name << "\": " << quoted(text);
    }
  };
  field("machine", record.machine);
  field("compiler", record.compiler);
  field("class", record.kernelClass);
  field("schedule", record.schedule);
  if (record.time > 0) {
    os << ", \"peak_class\": " << record.peakClass
       << format(", \"default_ns\": %.0f, \"ns\": %.0f, "
                 "\"share_of_peak\": %.3f",
                 record.defaultTime, record.time, record.shareOfPeak);
  }
  os << (record.isDefault ? ", \"default\": true" : "") << "}\n";
}

Error TuningRecords::write(StringRef path) const {
  StringRef folder = sys::path::parent_path(path);
  if (!folder.empty()) {
    if (std::error_code code = sys::fs::create_directories(folder)) {
      return createStringError("cannot create the folder " + folder + ": " +
                               code.message());
    }
  }
  Error error = writeToOutput(path, [&](raw_ostream &os) {
    for (const auto &[key, record] : records) {
      print(record, os);
    }
    return Error::success();
  });
  return error ? createStringError("cannot write " + path + ": " +
                                   toString(std::move(error)))
               : Error::success();
}

std::string tessera::tune::userRecordsPath() {
  const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
  SmallString<256> path;
  if (cache && sys::path::is_absolute(cache)) {
    path = cache;
  } else if (home && *home) {
    path = home;
    sys::path::append(path, ".cache");
  } else {
    return "";
  }
  sys::path::append(path, "tessera", "schedules.jsonl");
  return path.str().str();
}
