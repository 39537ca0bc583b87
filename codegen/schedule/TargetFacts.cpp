//===- TargetFacts.cpp - a target's numbers from a file -------------------===//

#include "codegen/schedule/TargetFacts.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;

namespace tessera::schedule {

namespace {
/// A number of a target that a file may set.
struct Fact {
  StringLiteral name;
  int64_t least, most;
  void (*set)(Target &, int64_t);
};
} // namespace

static constexpr int64_t kKibibyte = 1 << 10, kGibibyte = 1 << 30;

static const Fact facts[] = {
    {"tile_registers", 2, 32,
     [](Target &target, int64_t value) { target.tileRegisters = value; }},
    {"fma_per_cycle", 1, 8,
     [](Target &target, int64_t value) { target.fmaPerCycle = value; }},
    {"fma_latency", 1, 32,
     [](Target &target, int64_t value) { target.fmaLatency = value; }},
    {"l1_bytes", kKibibyte, kGibibyte,
     [](Target &target, int64_t value) { target.l1Bytes = value; }},
    {"l2_bytes", kKibibyte, kGibibyte,
     [](Target &target, int64_t value) { target.l2Bytes = value; }},
};

static Error setFact(Target &target, StringRef name, const json::Value &value,
                     StringRef path) {
  for (const Fact &fact : facts) {
    if (fact.name != name) {
      continue;
    }
    auto number = value.getAsInteger();
    if (!number || *number < fact.least || *number > fact.most) {
      return createStringError(path + ": " + name +
                               ": expected a number from " + Twine(fact.least) +
                               " to " + Twine(fact.most));
    }
    fact.set(target, *number);
    return Error::success();
  }
  return createStringError(path + ": " + name +
                           ": expected tile_registers, fma_per_cycle, "
                           "fma_latency, l1_bytes or l2_bytes");
}

Expected<Target> withFacts(const Target &target, StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    return createStringError("cannot read " + path + ": " +
                             buffer.getError().message());
  }
  constexpr size_t kMostBytes = 1 << 16;
  auto parsed = json::parse((*buffer)->getBuffer().take_front(kMostBytes));
  const json::Object *object = parsed ? parsed->getAsObject() : nullptr;
  if (!parsed) {
    consumeError(parsed.takeError());
  }
  if (!object) {
    return createStringError(path + ": expected a JSON object of numbers");
  }
  Target result = target;
  for (const auto &[name, value] : *object) {
    if (Error error = setFact(result, name, value, path)) {
      return std::move(error);
    }
  }
  return result;
}

} // namespace tessera::schedule
