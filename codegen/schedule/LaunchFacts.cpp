//===- LaunchFacts.cpp - what choosers ask about a launch -----------------===//

#include "codegen/schedule/LaunchFacts.h"
#include "codegen/schedule/Footprint.h"
#include "dialects/kernel/Extents.h"
#include "dialects/kernel/InnerInputs.h"
#include "dialects/kernel/LinearForm.h"
#include "dialects/kernel/Reduction.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tessera::kernel;

namespace tessera::schedule {

/// Passes needed before the value is known.
static unsigned stageOf(Value value, llvm::DenseMap<Value, unsigned> &known) {
  Operation *op = value.getDefiningOp();
  if (!op) {
    return 0;
  }
  if (auto found = known.find(value); found != known.end()) {
    return found->second;
  }
  unsigned stage = isa<ReduceOp>(op);
  unsigned deepest = 0;
  for (Value operand : op->getOperands()) {
    deepest = std::max(deepest, stageOf(operand, known));
  }
  return known[value] = stage + deepest;
}

/// About how many instructions the operation becomes: gathers find the address
/// of each lane, elementary functions are polynomials.
static int64_t instructionsOf(Operation &op) {
  constexpr int64_t gather = 16, elementary = 16;
  if (isa<GatherOp>(op)) {
    return gather;
  }
  return isa<math::MathDialect>(op.getDialect()) ? elementary : 1;
}

static AccessFacts factsOf(AffineMap map, unsigned dims, Type buffer) {
  AccessFacts facts;
  LinearForm form = linearFormOf(map.getResult(0), dims);
  for (unsigned d = 0; d < dims; ++d) {
    facts.strides.push_back(form.stride(d));
  }
  facts.elementBytes =
      storageBytesOf(cast<BufferType>(buffer).getElementType());
  return facts;
}

/// Whether other launches read what this one reads of a constant, or read it
/// without a reduction, so that it has no panels. Directions of a recurrence
/// have parts of one constant each.
static bool othersRead(LaunchOp launch, unsigned input) {
  Value buffer = launch.getInputs()[input];
  Footprint own = readFootprintOf(launch, input);
  for (OpOperand &use : buffer.getUses()) {
    auto other = dyn_cast<LaunchOp>(use.getOwner());
    if (other == launch) {
      continue;
    }
    if (!other) {
      return true;
    }
    Block &body = other.getBody().front();
    unsigned theirs = use.getOperandNumber();
    bool isReduced =
        innerInputs(body)[theirs] && !body.getOps<ReduceOp>().empty();
    if (!isReduced || !areApart(own, readFootprintOf(other, theirs))) {
      return true;
    }
  }
  return false;
}

static bool isPackable(LaunchOp launch, unsigned input,
                       const AccessFacts &facts) {
  auto weight = launch.getInputs()[input].getDefiningOp<WeightOp>();
  bool known = llvm::all_of(facts.strides,
                            [](auto stride) { return stride.has_value(); });
  if (!weight || !known || isa<IntegerSetAttr>(launch.getGuards()[input])) {
    return false;
  }
  // A second large copy of a constant that others read as it is would double
  // it.
  constexpr int64_t smallBytes = 1 << 16;
  auto type = cast<ShapedType>(weight.getValue().getType());
  return !othersRead(launch, input) ||
         type.getNumElements() * storageBytesOf(type.getElementType()) <=
             smallBytes;
}

LaunchFacts::LaunchFacts(LaunchOp launch) {
  unsigned dims = launch.getNumDims();
  for (unsigned d = 0; d < dims; ++d) {
    auto extent = constantOf(launch.getExtents().getResult(d));
    extents.push_back(extent.value_or(kAssumedExtent));
    isFree.push_back(!extent);
    iterators.push_back(launch.getIterator(d));
    sequential |= iterators.back() == IteratorKind::sequential;
  }
  Block &body = launch.getBody().front();
  SmallVector<bool> inner = innerInputs(body);
  llvm::DenseMap<Value, unsigned> known;
  for (Operation &op : body) {
    bodyInstructions += instructionsOf(op);
  }
  for (auto reduce : body.getOps<ReduceOp>()) {
    stages = std::max(stages, stageOf(reduce, known));
    positional |= isPositional(reduce.getKind());
    ++reductions;
    Type reduced = reduce.getValue().getType();
    if (reduced.isIntOrFloat()) {
      reducedBits = std::max(reducedBits, reduced.getIntOrFloatBitWidth());
    }
  }
  for (unsigned i = 0; i < launch.getInputs().size(); ++i) {
    if (launch.isWholeInput(i)) {
      continue;
    }
    inputs.push_back(
        factsOf(launch.getInputMap(i), dims, launch.getInputs()[i].getType()));
    inputs.back().inner = stages == 0 || inner[i];
    inputs.back().packable = isPackable(launch, i, inputs.back());
  }
  for (auto gather : body.getOps<GatherOp>()) {
    // A gather behaves like a read at its map; computed coordinates count as
    // unknown.
    LinearForm form = linearFormOf(gather.getMap().getResult(0),
                                   gather.getMap().getNumDims());
    AccessFacts facts;
    for (unsigned d = 0; d < dims; ++d) {
      facts.strides.push_back(form.stride(d));
    }
    unsigned source = cast<BlockArgument>(gather.getSource()).getArgNumber();
    facts.inner = stages == 0 || inner[source];
    inputs.push_back(facts);
  }
  for (unsigned o = 0; o < launch.getOutputs().size(); ++o) {
    outputs.push_back(factsOf(launch.getOutputMap(o), dims,
                              launch.getOutputs()[o].getType()));
  }
  storesRows = launch.storesRows();
}

int64_t LaunchFacts::elementBytes() const {
  int64_t bytes = 1;
  for (const AccessFacts &access :
       llvm::concat<const AccessFacts>(inputs, outputs)) {
    bytes = std::max(bytes, access.elementBytes);
  }
  return bytes;
}

int64_t LaunchFacts::reducedPoints() const {
  int64_t points = 1;
  for (unsigned d = 0; d < numDims(); ++d) {
    points *= isReduction(d) ? extents[d] : 1;
  }
  return points;
}

bool LaunchFacts::windowsMeet(const AccessFacts &input, unsigned row,
                              unsigned reduction) const {
  std::optional<int64_t> step = input.strides[row],
                         within = input.strides[reduction];
  return isReduction(reduction) && step.value_or(0) != 0 &&
         within.value_or(0) != 0 && *step % *within == 0 &&
         std::abs(*step / *within) < extents[reduction];
}

} // namespace tessera::schedule
