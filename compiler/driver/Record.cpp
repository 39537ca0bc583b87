//===- Record.cpp - writes what a library remembers -----------------------===//

#include "compiler/driver/Record.h"
#include "codegen/schedule/Passes.h"
#include "codegen/schedule/ScheduleFile.h"
#include "codegen/tune/LaunchCost.h"
#include "codegen/tune/LoopCost.h"
#include "compiler/driver/PlanFacts.h"
#include "dialects/kernel/Extents.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;
using namespace tessera;
namespace json = llvm::json;

/// JSON holds UTF-8 only; names in models may hold anything.
static std::string validText(StringRef text) { return json::fixUTF8(text); }

template <typename Printable>
static std::string textOf(Printable value) {
  std::string text;
  llvm::raw_string_ostream(text) << value;
  return text;
}

static std::string mapText(AffineMap map) {
  return textOf(AffineMapAttr::get(map));
}

json::Array tessera::graphRecord(ModuleOp model) {
  json::Array nodes;
  llvm::DenseMap<Operation *, int64_t> positions;
  auto visit = [&](Operation *op) {
    bool isNode =
        op->getNumResults() > 0 && !op->hasTrait<OpTrait::ConstantLike>();
    if (!isNode || isa<FunctionOpInterface>(op)) {
      return;
    }
    json::Array inputs;
    for (Value operand : op->getOperands()) {
      auto found = positions.find(operand.getDefiningOp());
      if (operand.getDefiningOp() && found != positions.end()) {
        inputs.push_back(found->second);
      }
    }
    positions[op] = nodes.size();
    // Only the shape: an encoding of free sizes says nothing to a reader.
    std::string type;
    llvm::raw_string_ostream os(type);
    if (auto tensor = dyn_cast<RankedTensorType>(op->getResult(0).getType())) {
      llvm::interleave(
          tensor.getShape(), os,
          [&](int64_t extent) {
            ShapedType::isDynamic(extent) ? os << "?" : os << extent;
          },
          "x");
      os << (tensor.getRank() ? " " : "") << tensor.getElementType();
    }
    nodes.push_back(json::Object{{"op", op->getName().stripDialect()},
                                 {"name", validText(nodesOf(op->getLoc()))},
                                 {"type", type},
                                 {"inputs", std::move(inputs)}});
  };
  model.walk<WalkOrder::PreOrder>(visit);
  return nodes;
}

/// Names of the signature's inputs or outputs.
static std::string signatureName(ModuleOp plan, StringRef list, int64_t index) {
  auto signature = plan->getAttrOfType<DictionaryAttr>("tsk.signature");
  auto entries = signature ? signature.getAs<ArrayAttr>(list) : ArrayAttr();
  auto entry = entries && index < static_cast<int64_t>(entries.size())
                   ? dyn_cast<DictionaryAttr>(entries[index])
                   : DictionaryAttr();
  auto name = entry ? entry.getAs<StringAttr>("name") : StringAttr();
  return name ? validText(name.getValue()) : "";
}

static json::Object bufferRecord(ModuleOp plan, Operation *op) {
  if (auto arena = dyn_cast<kernel::ArenaOp>(op)) {
    return json::Object{{"kind", "arena"},
                        {"offset", mapText(arena.getOffset())},
                        {"bytes", mapText(arena.getBytes())}};
  }
  if (auto weight = dyn_cast<kernel::WeightOp>(op)) {
    auto type = cast<ShapedType>(weight.getValue().getType());
    int64_t elements = type.getNumElements();
    return json::Object{
        {"kind", "weight"},
        {"size", elements * kernel::storageBytesOf(type.getElementType())}};
  }
  if (auto argument = dyn_cast<kernel::ArgumentOp>(op)) {
    return json::Object{
        {"kind", "argument"},
        {"name", signatureName(plan, "inputs", argument.getIndex())}};
  }
  if (auto output = dyn_cast<kernel::OutputOp>(op)) {
    return json::Object{
        {"kind", "output"},
        {"name", signatureName(plan, "outputs", output.getIndex())}};
  }
  return json::Object{{"kind", "other"}};
}

/// What is known of a launch besides its buffers; calls of the operator library
/// have none of it.
static json::Object launchRecord(kernel::LaunchOp launch) {
  json::Array footprints;
  for (unsigned i = 0; i < launch.getBuffers().size(); ++i) {
    footprints.push_back(mapText(tune::footprintOf(launch, i)));
  }
  // A launch that a target changed is still the kernel that was tuned.
  auto key = launch->getAttrOfType<StringAttr>(schedule::kKeyAttr);
  AffineMap operations = tune::operationsOf(launch);
  if (launch->hasAttr(schedule::kInsteadAttr)) {
    operations = AffineMap::getConstantMap(0, launch.getContext());
  }
  return json::Object{{"class", tune::classOf(launch)},
                      {"key", key ? key.str() : schedule::kernelKeyOf(launch)},
                      {"operations", mapText(operations)},
                      {"footprints", std::move(footprints)}};
}

/// What is known of a loop of launches; a buffer counts once, however often
/// blocks of it are read.
static json::Object loopRecord(ModuleOp plan, kernel::LoopOp loop) {
  json::Array footprints;
  for (Value buffer : loop.getBuffers()) {
    footprints.push_back(mapText(tune::footprintOf(plan, loop, buffer)));
  }
  return json::Object{{"class", "blocked"},
                      {"operations", mapText(tune::operationsOf(loop))},
                      {"footprints", std::move(footprints)}};
}

json::Object tessera::planRecord(ModuleOp plan, json::Array graph) {
  json::Array dimensions, buffers, launches;
  if (auto list = plan->getAttrOfType<ArrayAttr>(kernel::kDimensionsAttr)) {
    for (Attribute dimension : list) {
      dimensions.push_back(validText(textOf(dimension)));
    }
  }
  llvm::DenseMap<Operation *, int64_t> known;
  for (Operation *op : kernel::stepsOf(plan)) {
    auto launch = dyn_cast<kernel::LaunchOp>(op);
    auto loop = dyn_cast<kernel::LoopOp>(op);
    SmallVector<Value> buffersOfStep =
        loop ? loop.getBuffers() : SmallVector<Value>(op->getOperands());
    json::Array operands;
    for (Value operand : buffersOfStep) {
      Operation *buffer = operand.getDefiningOp();
      auto [found, inserted] = known.try_emplace(buffer, buffers.size());
      if (inserted) {
        buffers.push_back(bufferRecord(plan, buffer));
      }
      operands.push_back(found->second);
    }
    json::Object entry = launch ? launchRecord(launch)
                         : loop ? loopRecord(plan, loop)
                                : json::Object{{"class", "library"}};
    entry["nodes"] = validText(nodesOf(op->getLoc()));
    entry["buffers"] = std::move(operands);
    entry["inputs"] = launch ? launch.getInputs().size()
                      : loop ? buffersOfStep.size() - 1
                             : cast<kernel::CallOp>(op).getInputs().size();
    launches.push_back(std::move(entry));
  }
  json::Object record{{"version", 1},
                      {"dimensions", std::move(dimensions)},
                      {"graph", std::move(graph)},
                      {"buffers", std::move(buffers)},
                      {"launches", std::move(launches)}};
  for (StringRef name : {"workspace", "arena_lower_bound"}) {
    if (auto map = plan->getAttrOfType<AffineMapAttr>("tsk." + name.str())) {
      record[name] = mapText(map.getValue());
    }
  }
  return record;
}

json::Object tessera::variantRecord(ModuleOp scheduled, StringRef target,
                                    bool hasOwnSteps) {
  json::Array launches;
  for (Operation *op : kernel::stepsOf(scheduled)) {
    auto launch = dyn_cast<kernel::LaunchOp>(op);
    if (!launch) {
      launches.push_back(json::Object());
      continue;
    }
    json::Object entry{{"schedule", textOf(Attribute(*launch.getSchedule()))}};
    if (auto times =
            launch->getAttrOfType<DenseF64ArrayAttr>(schedule::kTunedAttr)) {
      entry["default_ns"] = times[0];
      entry["tuned_ns"] = times[1];
    }
    launches.push_back(std::move(entry));
  }
  json::Object result{{"target", target}, {"launches", std::move(launches)}};
  if (hasOwnSteps) {
    result["plan"] = planRecord(scheduled, json::Array());
  }
  return result;
}
