//===- Graph.cpp - the tsr dialect: registration and checked creation -----===//

#include "dialects/graph/Graph.h"
#include "dialects/graph/Scalar.h"
#include "dialects/graph/Shapes.h"
#include "dialects/kernel/ExtentLimits.h"
#include "dialects/kernel/Extents.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/IR/Verifier.h"

using namespace mlir;
using namespace tessera::graph;

#include "dialects/graph/GraphDialect.cpp.inc"
#include "dialects/graph/GraphInterfaces.cpp.inc"

namespace tessera::graph {
void registerContractionOps(Dialect &dialect);
void registerIndexingOps(Dialect &dialect);
void registerLibraryOps(Dialect &dialect);
void registerPointwiseOps(Dialect &dialect);
void registerRecurrenceOps(Dialect &dialect);
void registerReductionOps(Dialect &dialect);
void registerShapeOps(Dialect &dialect);
void registerWindowOps(Dialect &dialect);
} // namespace tessera::graph

void TsrDialect::initialize() {
  registerContractionOps(*this);
  registerIndexingOps(*this);
  registerLibraryOps(*this);
  registerPointwiseOps(*this);
  registerRecurrenceOps(*this);
  registerReductionOps(*this);
  registerShapeOps(*this);
  registerWindowOps(*this);
}

/// Whether sizes, pads, strides and the like are small enough to be added and
/// multiplied. The values of tsr.extents are data, not parameters.
static bool areModerate(ArrayRef<NamedAttribute> attributes) {
  auto isModerate = [](int64_t value) {
    return value > -tessera::kernel::kMostBytes &&
           value < tessera::kernel::kMostBytes;
  };
  return llvm::all_of(attributes, [&](NamedAttribute attribute) {
    if (auto list = dyn_cast<DenseI64ArrayAttr>(attribute.getValue())) {
      return llvm::all_of(list.asArrayRef(), isModerate);
    }
    auto map = dyn_cast<AffineMapAttr>(attribute.getValue());
    return !map || attribute.getName() == "values" ||
           llvm::all_of(map.getValue().getResults(), [&](AffineExpr expr) {
             return isModerate(tessera::kernel::constantOf(expr).value_or(0));
           });
  });
}

Operation *
tessera::graph::createCheckedOperation(OpBuilder &builder, Location loc,
                                       OperationName name, ValueRange operands,
                                       ArrayRef<NamedAttribute> attributes) {
  auto emit = [&] {
    return emitError(loc) << "'" << name.getStringRef() << "' op ";
  };
  auto info = name.getRegisteredInfo();
  auto *inference = name.getInterface<InferTypeOpInterface>();
  if (!info || !inference) {
    emit() << "expected an operation of the tsr dialect";
    return nullptr;
  }
  if (!areModerate(attributes)) {
    emit() << "expected parameters below " << tessera::kernel::kMostBytes;
    return nullptr;
  }
  OperationState state(loc, name);
  state.addOperands(operands);
  state.addAttributes(attributes);
  DictionaryAttr dictionary = state.attributes.getDictionary(loc.getContext());
  SmallVector<int64_t> storage(name.getOpPropertyByteSize() / 8 + 1);
  OpaqueProperties properties(storage.data());
  name.initOpProperties(properties, nullptr);
  // An operation without attributes has no properties to set.
  LogicalResult inferred = name.getOpPropertyByteSize() == 0
                               ? success()
                               : name.setOpPropertiesFromAttribute(
                                     name, properties, dictionary, emit);
  if (succeeded(inferred)) {
    inferred = inference->inferReturnTypes(
        loc.getContext(), loc, state.operands, dictionary, properties,
        /*regions=*/{}, state.types);
  }
  name.destroyOpProperties(properties);
  if (failed(inferred)) {
    return nullptr;
  }
  for (Type type : state.types) {
    std::string problem =
        tessera::kernel::problemOfType(cast<RankedTensorType>(type));
    if (!problem.empty()) {
      emit() << problem;
      return nullptr;
    }
  }
  Operation *op = builder.create(state);
  if (failed(verify(op, /*verifyRecursively=*/false))) {
    op->erase();
    return nullptr;
  }
  return op;
}
