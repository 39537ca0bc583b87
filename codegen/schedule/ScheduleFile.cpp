//===- ScheduleFile.cpp - recorded schedules ------------------------------===//

#include "codegen/schedule/ScheduleFile.h"
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
  for (Attribute part :
       {Attribute(AffineMapAttr::get(launch.getExtents())),
        Attribute(launch.getIterators()), Attribute(launch.getInputMaps()),
        Attribute(launch.getOutputMaps()), Attribute(launch.getPads()),
        Attribute(launch.getGuards()), Attribute(launch.getFeedbackAttr())}) {
    os << part << ';';
  }
  for (Type type : launch.getOperandTypes()) {
    os << type << ';';
  }
  // Values are numbered inside the body, so equal bodies print alike.
  AsmState state(launch, OpPrintingFlags().useLocalScope());
  for (Operation &op : launch.getBody().front()) {
    op.print(os, state);
    os << ';';
  }
  return llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true, 16);
}

LogicalResult ScheduleFile::read(StringRef path, Operation *where) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer) {
    return where->emitError("cannot read schedules from '")
           << path << "': " << buffer.getError().message();
  }
  for (llvm::line_iterator line(**buffer); !line.is_at_end(); ++line) {
    auto value = llvm::json::parse(*line);
    llvm::json::Object *record = value ? value->getAsObject() : nullptr;
    if (!value) {
      llvm::consumeError(value.takeError());
    }
    auto key = record ? record->getString("kernel") : std::nullopt;
    auto target = record ? record->getString("target") : std::nullopt;
    auto text = record ? record->getString("schedule") : std::nullopt;
    // Parsing reports its own errors; a bad record must only warn.
    ScopedDiagnosticHandler silence(where->getContext(),
                                    [](Diagnostic &) { return success(); });
    auto schedule = text ? dyn_cast_or_null<ScheduleAttr>(
                               parseAttribute(*text, where->getContext()))
                         : ScheduleAttr();
    if (!key || !target || !schedule) {
      where->emitWarning("ignored line ") << line.line_number() << " of '"
                                          << path << "': not a schedule record";
      continue;
    }
    records[(*key + "/" + *target).str()] = schedule;
  }
  return success();
}

ScheduleAttr ScheduleFile::lookup(LaunchOp launch, StringRef target) const {
  return records.empty()
             ? ScheduleAttr()
             : records.lookup(kernelKeyOf(launch) + "/" + target.str());
}

} // namespace tessera::schedule
