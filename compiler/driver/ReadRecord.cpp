//===- ReadRecord.cpp - a library's record at fixed sizes -----------------===//

#include "compiler/driver/Record.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/Sizes.h"
#include "mlir/AsmParser/AsmParser.h"
#include "llvm/ADT/ScopeExit.h"

using namespace mlir;
using namespace tessera;
namespace json = llvm::json;

namespace {
/// Reads maps as numbers.
class Reader {
public:
  Reader(const json::Object &record, ArrayRef<int64_t> given)
      : record(record), module(ModuleOp::create(UnknownLoc::get(&context))) {
    context.loadDialect<kernel::TskDialect>();
    SmallVector<Attribute> dimensions;
    if (const json::Array *list = record.getArray("dimensions")) {
      for (const json::Value &text : *list) {
        dimensions.push_back(parse(text.getAsString().value_or("")));
      }
    }
    if (!llvm::is_contained(dimensions, Attribute())) {
      (*module)->setAttr(kernel::kDimensionsAttr,
                         ArrayAttr::get(&context, dimensions));
      sizes = kernel::resolveSizes(*module, given);
    }
  }

  ModelRecord read(StringRef target);

private:
  Attribute parse(StringRef text) {
    ScopedDiagnosticHandler silence(&context,
                                    [](Diagnostic &) { return success(); });
    return text.empty() ? Attribute() : parseAttribute(text, &context);
  }

  /// The results of a map written as text; empty where there is none.
  SmallVector<int64_t> evaluate(std::optional<StringRef> text) {
    auto map = dyn_cast_or_null<AffineMapAttr>(parse(text.value_or("")));
    return map ? kernel::evaluateSizes(map.getValue(), sizes)
               : SmallVector<int64_t>();
  }
  int64_t least(std::optional<StringRef> text) {
    auto values = evaluate(text);
    return values.empty() ? -1 : *llvm::min_element(values);
  }

  RecordedNode node(const json::Object &entry);
  RecordedBuffer buffer(const json::Object &entry);
  RecordedLaunch launch(const json::Object &entry);
  const json::Object *variantOf(StringRef target);
  void addSchedules(const json::Object *variant, ModelRecord &result);

  const json::Object &record;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  SmallVector<int64_t> sizes;
};
} // namespace

std::string RecordedLaunch::algorithm() const {
  return StringRef(schedule).split('<').second.split(',').first.str();
}

static std::string textAt(const json::Object &entry, StringRef key) {
  return entry.getString(key).value_or("").str();
}

static std::vector<int64_t> numbersAt(const json::Object &entry,
                                      StringRef key) {
  std::vector<int64_t> result;
  if (const json::Array *list = entry.getArray(key)) {
    for (const json::Value &value : *list) {
      result.push_back(value.getAsInteger().value_or(-1));
    }
  }
  return result;
}

RecordedNode Reader::node(const json::Object &entry) {
  return {textAt(entry, "op"), textAt(entry, "name"), textAt(entry, "type"),
          numbersAt(entry, "inputs")};
}

RecordedBuffer Reader::buffer(const json::Object &entry) {
  RecordedBuffer result;
  result.kind = textAt(entry, "kind");
  result.name = textAt(entry, "name");
  result.offset = least(entry.getString("offset"));
  result.bytes = entry.getInteger("size").value_or(
      std::max<int64_t>(0, least(entry.getString("bytes"))));
  return result;
}

RecordedLaunch Reader::launch(const json::Object &entry) {
  RecordedLaunch result;
  result.kernelClass = textAt(entry, "class");
  result.key = textAt(entry, "key");
  result.nodes = textAt(entry, "nodes");
  result.operations =
      std::max<int64_t>(0, least(entry.getString("operations")));
  if (const json::Array *footprints = entry.getArray("footprints")) {
    for (const json::Value &footprint : *footprints) {
      result.bytes += std::max<int64_t>(0, least(footprint.getAsString()));
    }
  }
  result.buffers = numbersAt(entry, "buffers");
  result.inputs = entry.getInteger("inputs").value_or(0);
  return result;
}

const json::Object *Reader::variantOf(StringRef target) {
  const json::Array *variants = record.getArray("variants");
  if (!variants) {
    return nullptr;
  }
  for (const json::Value &value : *variants) {
    const json::Object *variant = value.getAsObject();
    if (variant && variant->getString("target") == target) {
      return variant;
    }
  }
  return nullptr;
}

void Reader::addSchedules(const json::Object *variant, ModelRecord &result) {
  const json::Array *launches =
      variant ? variant->getArray("launches") : nullptr;
  for (size_t i = 0;
       launches && i < launches->size() && i < result.launches.size(); ++i) {
    if (const json::Object *entry = (*launches)[i].getAsObject()) {
      RecordedLaunch &launch = result.launches[i];
      launch.schedule = textAt(*entry, "schedule");
      launch.defaultTime = entry->getNumber("default_ns").value_or(0);
      launch.tunedTime = entry->getNumber("tuned_ns").value_or(0);
    }
  }
}

ModelRecord Reader::read(StringRef target) {
  ModelRecord result;
  const json::Object *variant = variantOf(target);
  // Some targets have other launches, and buffers for them.
  const json::Object *own = variant ? variant->getObject("plan") : nullptr;
  const json::Object &plan = own ? *own : record;
  auto forEach = [](const json::Object &from, StringRef key, auto function) {
    const json::Array *list = from.getArray(key);
    for (const json::Value &value : list ? *list : json::Array()) {
      if (const json::Object *entry = value.getAsObject()) {
        function(*entry);
      }
    }
  };
  forEach(record, "graph", [&](const json::Object &entry) {
    result.graph.push_back(node(entry));
  });
  forEach(plan, "buffers", [&](const json::Object &entry) {
    result.buffers.push_back(buffer(entry));
  });
  forEach(plan, "launches", [&](const json::Object &entry) {
    result.launches.push_back(launch(entry));
  });
  addSchedules(variant, result);
  bool isFirst = true;
  forEach(record, "variants", [&](const json::Object &entry) {
    result.otherWeightsBytes +=
        isFirst ? 0 : entry.getInteger("weights").value_or(0);
    isFirst = false;
  });
  result.workspaceBytes = least(plan.getString("workspace"));
  auto bounds = evaluate(plan.getString("arena_lower_bound"));
  result.workspaceLowerBound = bounds.empty() ? -1 : *llvm::max_element(bounds);
  return result;
}

llvm::Expected<ModelRecord>
tessera::readRecord(StringRef text, ArrayRef<int64_t> given, StringRef target) {
  auto parsed = json::parse(text);
  if (!parsed) {
    return parsed.takeError();
  }
  const json::Object *record = parsed->getAsObject();
  if (!record || record->getInteger("version") != 1) {
    return llvm::createStringError(
        "the record in the library has another form; compile the model again");
  }
  return Reader(*record, given).read(target);
}
