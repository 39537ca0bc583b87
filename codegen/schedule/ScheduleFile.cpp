//===- ScheduleFile.cpp - recorded schedules ------------------------------===//

#include "codegen/schedule/ScheduleFile.h"
#include "dialects/kernel/LaunchText.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/LineIterator.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

std::string kernelKeyOf(LaunchOp launch) {
  std::string text;
  llvm::raw_string_ostream os(text);
  printNest(os, launch);
  // Values are numbered inside the body, so equal bodies print alike.
  AsmState state(launch, OpPrintingFlags().useLocalScope());
  for (Operation &op : launch.getBody().front()) {
    op.print(os, state);
    os << ';';
  }
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true, 16);
}

namespace {
/// One line of a file.
struct Record {
  std::string kernel, target, machine;
  /// The default was the fastest: nothing to use, nothing to warn of.
  bool isDefault = false;
  RecordedSchedule recorded;
};
} // namespace

bool mayBeRecord(StringRef line) {
  constexpr size_t kMostBytes = 1 << 16, kMostBrackets = 256;
  return line.size() <= kMostBytes && size_t(llvm::count_if(line, [](char c) {
                                        return StringRef("[{(<").contains(c);
                                      })) <= kMostBrackets;
}

static std::optional<Record> parseRecord(StringRef line, MLIRContext *context) {
  if (!mayBeRecord(line)) {
    return std::nullopt;
  }
  auto value = llvm::json::parse(line);
  if (!value) {
    llvm::consumeError(value.takeError());
    return std::nullopt;
  }
  const llvm::json::Object *object = value->getAsObject();
  auto textOf = [&](StringRef name) {
    return object ? object->getString(name) : std::nullopt;
  };
  auto kernel = textOf("kernel"), target = textOf("target"),
       schedule = textOf("schedule");
  if (!kernel || !target || !schedule) {
    return std::nullopt;
  }
  // Parsing reports its own errors; a bad record must only warn.
  ScopedDiagnosticHandler silence(context,
                                  [](Diagnostic &) { return success(); });
  Record record{kernel->str(),
                target->str(),
                textOf("machine").value_or("").str(),
                object->getBoolean("default").value_or(false),
                {}};
  record.recorded.schedule =
      dyn_cast_or_null<ScheduleAttr>(parseAttribute(*schedule, context));
  auto before = object->getNumber("default_ns"),
       after = object->getNumber("ns");
  if (before && after && *before > 0 && *after > 0) {
    record.recorded.defaultTime = *before;
    record.recorded.time = *after;
  }
  return record.recorded.schedule ? std::optional(record) : std::nullopt;
}

LogicalResult ScheduleFile::read(StringRef path, StringRef machine,
                                 Operation *where) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    return where->emitError("cannot read schedules from '")
           << path << "': " << buffer.getError().message();
  }
  llvm::StringMap<RecordedSchedule> found;
  unsigned foreign = 0;
  for (llvm::line_iterator line(**buffer); !line.is_at_end(); ++line) {
    std::optional<Record> record = parseRecord(*line, where->getContext());
    if (!record) {
      where->emitWarning("ignored line ") << line.line_number() << " of '"
                                          << path << "': not a schedule record";
      continue;
    }
    if (record->isDefault) {
      continue;
    }
    if (!machine.empty() && !record->machine.empty() &&
        record->machine != machine) {
      ++foreign;
      continue;
    }
    auto [entry, inserted] = found.try_emplace(
        record->kernel + "/" + record->target, record->recorded);
    if (!inserted && record->recorded.gain() >= entry->second.gain()) {
      entry->second = record->recorded;
    }
  }
  if (foreign > 0) {
    where->emitWarning("ignored ")
        << foreign << " records of '" << path
        << "': measured on other machines; name the target in place of "
           "'native' to use them";
  }
  for (const auto &entry : found) {
    records[entry.getKey()] = entry.getValue();
  }
  return success();
}

std::optional<RecordedSchedule> ScheduleFile::lookup(LaunchOp launch,
                                                     StringRef target) const {
  if (records.empty()) {
    return std::nullopt;
  }
  auto found = records.find(kernelKeyOf(launch) + "/" + target.str());
  return found == records.end() ? std::nullopt
                                : std::optional(found->getValue());
}

} // namespace tessera::schedule
